use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::AccessLevel;
use rayon::prelude::*;
use serde_json::value::RawValue;
use storage::StoredItem;

use super::{A_FEW, PlanError};
use crate::done::Moves;
use crate::estate::look_up::Wants;
use crate::expectation::Expectation;
use crate::links::Links;
use crate::making::Making;
use crate::operation::{AnyOperation, Need, ObjectKind, ObjectRef, Outline, Registry, Target};

/// An item that is to be planned. There may be a million: what its parameters say of it is read from them when it
/// is wanted.
pub(super) struct Draft<'a> {
    pub(super) operation: &'a dyn AnyOperation,
    pub(super) params: Box<RawValue>,
    /// What it is called.
    pub(super) target: Box<str>,
    expects: Option<Box<Expectation>>,
    /// Place in the job.
    pub(super) index: u32,
    /// The level that it needs on its first need.
    pub(super) level: AccessLevel,
    pub(super) aim: Aim,
    /// What it makes, if it does.
    pub(super) makes: Option<Making>,
}

/// What an item is about, as far as all of them are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// It makes a group or project.
    New,
    /// It changes one as a whole.
    Whole,
    /// It makes or changes something in one.
    Part,
}

impl<'a> Draft<'a> {
    fn new(registry: &'a Registry, item: StoredItem) -> Result<(Self, Outline), PlanError> {
        let Some(operation) = registry.get(&item.operation) else {
            return Err(PlanError::UnknownOperation {
                index: item.index,
                operation: item.operation,
            });
        };
        let broken = |source| PlanError::Parameters {
            index: item.index,
            source,
        };
        let outline = operation.outline(&item.params).map_err(broken)?;
        let expects = item.expects.as_deref();
        let expects = expects.map(|stored| Expectation::read(Some(stored)));
        let draft = Self {
            operation: &**operation,
            expects: expects.transpose().map_err(broken)?.map(Box::new),
            params: item.params,
            target: item.target.into(),
            index: item.index,
            level: outline.level,
            makes: Making::of(&outline.target),
            aim: match outline.target {
                Target::New { .. } => Aim::New,
                Target::Object { .. } => Aim::Whole,
                Target::Part { .. } => Aim::Part,
            },
        };
        Ok((draft, outline))
    }

    /// What it depends on besides its parameters.
    pub(super) fn expects(&self) -> &Expectation {
        self.expects.as_deref().unwrap_or(Expectation::NOTHING)
    }

    /// What it is about and what it needs.
    pub(super) fn read(&self) -> Result<(Target, Vec<Need>), PlanError> {
        self.operation
            .read(&self.params)
            .map_err(|source| self.broken(source))
    }

    /// What it needs, where that is now.
    pub(super) fn needs(&self, moves: &Moves) -> Result<Vec<Need>, PlanError> {
        let (_, mut needs) = self.read()?;
        for need in &mut needs {
            if let ObjectRef::Path(path) = &need.object
                && let Some(now) = moves.now(path)
            {
                need.object = ObjectRef::Path(now);
            }
        }
        Ok(needs)
    }

    /// Its parameters are not what its operation stored.
    pub(super) fn broken(&self, source: serde_json::Error) -> PlanError {
        PlanError::Parameters {
            index: self.index,
            source,
        }
    }

    /// Whether what the item changes is forgotten and asked again when it is handed over. It depends on nothing
    /// but the item, its needs and what GitLab has, and many items that make something would fill the memory with it.
    pub(super) fn is_said_again(&self) -> bool {
        self.aim == Aim::New
    }
}

/// All items of a job, as they are read from the database one after the other.
pub(crate) struct Drafts<'a> {
    registry: &'a Registry,
    items: Vec<Draft<'a>>,
    wants: Wants,
    places: Places,
    /// For each item, the place of each of its needs.
    needs: Links,
}

/// No item, or no place.
const NONE: u32 = u32::MAX;

impl<'a> Drafts<'a> {
    /// None yet, with room for so many.
    pub(crate) fn with_capacity(registry: &'a Registry, items: usize) -> Self {
        Self {
            registry,
            // Lists that grow by themselves are copied at their largest.
            items: Vec::with_capacity(items),
            wants: Wants::default(),
            places: Places::default(),
            needs: Links::with_capacity(items),
        }
    }

    /// Adds the next items, which are read on all cores. `items[i].index` is `i`.
    ///
    /// # Errors
    /// One of them is not this version's.
    pub(crate) fn add(&mut self, items: Vec<StoredItem>) -> Result<(), PlanError> {
        let registry = self.registry;
        let read: Result<Vec<_>, PlanError> = items
            .into_par_iter()
            .with_min_len(A_FEW)
            .map(|item| Draft::new(registry, item))
            .collect();
        for (draft, outline) in read? {
            if let Some((kind, path)) = new_path(&outline.target) {
                let place = self.places.number(kind, &path);
                self.places.made_by[place as usize] = draft.index;
            }
            let needs = outline.needs.iter().map(|need| match &need.object {
                ObjectRef::Path(path) => self.places.number(need.kind, path),
                // What is given by number is never made here.
                ObjectRef::Id(_) => NONE,
            });
            self.needs.push(needs);
            want(&mut self.wants, &draft, outline, &Moves::default());
            self.items.push(draft);
        }
        Ok(())
    }

    /// The items, which of them make what each needs, and everything to look for.
    pub(super) fn complete(mut self) -> (Vec<Draft<'a>>, Makers, Wants) {
        self.wants
            .leave_out_made(|kind, path| self.places.is_made(kind, path));
        for need in self.needs.all_mut() {
            *need = self.places.maker(*need);
        }
        (self.items, Makers(self.needs), self.wants)
    }
}

/// The places that items need or make.
#[derive(Default)]
struct Places {
    /// By kind and full path (lower case).
    numbers: HashMap<(ObjectKind, Box<str>), u32>,
    /// By the number of a place: which item makes it.
    made_by: Vec<u32>,
}

impl Places {
    fn number(&mut self, kind: ObjectKind, path: &str) -> u32 {
        match self.numbers.entry((kind, path.to_lowercase().into())) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = u32::try_from(self.made_by.len()).unwrap_or(NONE);
                new.insert(number);
                self.made_by.push(NONE);
                number
            }
        }
    }

    fn maker(&self, number: u32) -> u32 {
        self.made_by.get(number as usize).copied().unwrap_or(NONE)
    }

    fn is_made(&self, kind: ObjectKind, path: &str) -> bool {
        let number = self.numbers.get(&(kind, path.into()));
        number.is_some_and(|number| self.maker(*number) != NONE)
    }
}

/// For each item, which items make what it needs.
#[derive(Debug, Default)]
pub(super) struct Makers(Links);

impl Makers {
    /// The item that makes the need of this number, counted from 0.
    pub(super) fn of(&self, item: usize, need: usize) -> Option<usize> {
        let maker = *self.0.of(u32::try_from(item).ok()?).get(need)?;
        (maker != NONE).then_some(maker as usize)
    }

    /// The items that make something that this one needs.
    pub(super) fn all_of(&self, item: u32) -> impl Iterator<Item = u32> {
        let makers = self.0.of(item).iter().copied();
        makers.filter(|maker| *maker != NONE)
    }
}

/// The full path (lower case) of what an item makes. Below a parent that is given by number it is not known.
fn new_path(target: &Target) -> Option<(ObjectKind, String)> {
    let Target::New { kind, parent, path } = target else {
        return None;
    };
    match parent {
        None => Some((*kind, path.to_lowercase())),
        Some(ObjectRef::Path(parent)) => Some((*kind, format!("{parent}/{path}").to_lowercase())),
        Some(ObjectRef::Id(_)) => None,
    }
}

/// The items that succeeded, to be planned as if they had not been run, and everything to look for.
pub(super) fn of_done<'a>(
    registry: &'a Registry,
    items: impl Iterator<Item = StoredItem>,
    moves: &Moves,
) -> Result<(Vec<Draft<'a>>, Wants), PlanError> {
    let mut drafts = Vec::new();
    let mut wants = Wants::default();
    for item in items {
        let (mut draft, mut outline) = Draft::new(registry, item)?;
        draft.expects = None;
        for need in &mut outline.needs {
            need.object = moves.follow(need.object.clone());
        }
        want(&mut wants, &draft, outline, moves);
        drafts.push(draft);
    }
    Ok((drafts, wants))
}

/// Adds everything to look for, also what this job makes itself: an earlier run may have made it already.
fn want(wants: &mut Wants, draft: &Draft<'_>, outline: Outline, moves: &Moves) {
    let expects = draft.expects();
    if expects.left.is_some() {
        return;
    }
    for need in &outline.needs {
        wants.object(need.kind, &need.object);
        wants.must_exist(need.kind, &need.object);
    }
    if let (Some(path), Some(need)) = (&expects.seen_at, outline.needs.first()) {
        wants.seen_at(need.kind, &need.object, path);
    }
    if let Target::New { kind, parent, path } = &outline.target {
        wants.place(*kind, parent.as_ref(), path);
    }
    wants.compared(&outline.target, &draft.params);
    for read in outline.reads {
        wants.read(read.of(|object| moves.follow(object)));
    }
}
