use std::collections::HashMap;
use std::sync::Arc;

use domain::{Action, Change, ItemResult, ItemStatus};
use serde_json::Value;
use serde_json::value::RawValue;
use storage::StoredItem;

use super::GraphError;
use crate::estate::Known;
use crate::operation::{AnyOperation, CallContext, ObjectKind, Registry, Target};
use crate::plan::{Found, Met, Place};

/// An item of a running job. There may be a million: what is read once is kept as text, what few have in a box.
pub(super) struct Node {
    pub(super) operation: Arc<dyn AnyOperation>,
    pub(super) params: Arc<RawValue>,
    /// What meets its needs.
    pub(super) needs: Box<[Met]>,
    remembered: Option<Box<RawValue>>,
    /// Nothing for what makes a group or project: its parameters say all.
    changes: Option<Box<RawValue>>,
    pub(super) result: Option<Box<ItemResult>>,
    /// Attempts that counted.
    pub(super) attempts: u32,
    /// How many of its writes are done.
    pub(super) step: u32,
    /// Attempts of the present step that counted.
    pub(super) tries: u32,
    /// Number of the last intent; never goes back, so that no intent is mistaken for another.
    pub(super) sendings: u32,
    /// Items it still waits for.
    pub(super) waits_for: u32,
    pub(super) action: Action,
    pub(super) status: ItemStatus,
    aim: Aim,
    /// Whether its present attempt has its budget.
    pub(super) admitted: bool,
    /// Whether those that wait for it know how it ended.
    pub(super) told: bool,
    /// What its calls look at, from its first call to its end: asked for several times then.
    pub(super) looked: Option<Box<Seen>>,
}

/// What an item is about, as far as a runner has to know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// It makes a group or project.
    Makes(ObjectKind),
    /// It changes one as a whole.
    Whole,
    /// It makes or changes something in one.
    Part,
}

/// What a call may look at, read from the texts.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) needs: Vec<Known>,
    pub(super) changes: Vec<Change>,
    pub(super) remembered: Option<Value>,
}

impl Node {
    pub(super) fn read(registry: &Registry, item: StoredItem) -> Result<Self, GraphError> {
        let broken = |source| GraphError::Item {
            index: item.index,
            operation: item.operation.clone(),
            source,
        };
        let operation = Arc::clone(registry.get(&item.operation).ok_or_else(|| broken(None))?);
        let (target, _) = operation
            .read(&item.params)
            .map_err(|error| broken(Some(error)))?;
        let found: Found = match &item.found {
            Some(found) => serde_json::from_str(found.get()).map_err(|error| broken(Some(error)))?,
            None => Found::default(),
        };
        let action = item.action.unwrap_or(Action::Conflict);
        let aim = match target {
            Target::New { kind, .. } => Aim::Makes(kind),
            Target::Object { .. } => Aim::Whole,
            Target::Part { .. } => Aim::Part,
        };
        let is_said_by_params = action == Action::Create && matches!(aim, Aim::Makes(_));
        Ok(Self {
            operation,
            params: item.params.into(),
            needs: found.needs.into(),
            remembered: found.remember,
            changes: item.changes.filter(|_| !is_said_by_params),
            result: item.result.map(Box::new),
            attempts: item.attempts,
            step: item.step,
            tries: 0,
            sendings: item.attempts,
            waits_for: 0,
            action,
            status: item.status,
            aim,
            admitted: false,
            told: false,
            looked: None,
        })
    }

    /// `places` has what earlier items stand under: many have the same.
    pub(super) fn share(&mut self, places: &mut HashMap<(ObjectKind, u64), Arc<Place>>) {
        for need in &mut self.needs {
            if let Met::Known(place) = need {
                let first = places.entry((place.kind, place.id));
                *place = Arc::clone(first.or_insert_with(|| Arc::clone(place)));
            }
        }
    }

    /// With what meets its needs, what a call may look at.
    pub(super) fn seen(&self, needs: Vec<Known>) -> serde_json::Result<Seen> {
        let changes = match &self.changes {
            Some(changes) => serde_json::from_str(changes.get())?,
            None => Vec::new(),
        };
        let remembered = self.remembered.as_deref();
        Ok(Seen {
            needs,
            changes,
            remembered: remembered
                .map(|remembered| serde_json::from_str(remembered.get()))
                .transpose()?,
        })
    }

    pub(super) fn context<'a>(&'a self, seen: &'a Seen) -> CallContext<'a> {
        CallContext {
            step: self.step,
            action: self.action,
            needs: &seen.needs,
            present: self.result.as_deref(),
            changes: &seen.changes,
            remembered: seen.remembered.as_ref(),
        }
    }

    /// Whether it is as wanted: whoever waits for it may go on.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.status, ItemStatus::Succeeded | ItemStatus::Skipped)
    }

    /// What it has made so far, or found.
    pub(super) fn made(&self) -> Option<ItemResult> {
        self.result.as_deref().cloned()
    }

    /// The group or project that it has made; `target` is what the item is called.
    pub(super) fn made_object(&self, target: &str) -> Option<Known> {
        let Aim::Makes(kind) = self.aim else {
            return None;
        };
        let result = self.result.as_ref()?;
        Some(Known::from(Place {
            kind,
            id: result.id?,
            path: result.full_path.clone().unwrap_or_else(|| target.to_owned()),
            url: result.web_url.clone(),
        }))
    }

    /// What the item stands under and what it goes to. Items with the same key are siblings: GitLab does them one after
    /// the other. What changes a group or project as a whole is a sibling of what stands beside it; what makes or
    /// changes something in it, of what else is in it. What goes elsewhere changes paths and members' rights in both
    /// places, and so is a sibling of what is done in either. `name` is what another item is called.
    pub(super) fn parent_keys<'n>(&self, name: impl Fn(u32) -> Option<&'n str>) -> [Option<String>; 2] {
        let path = |met: &Met| match met {
            Met::Known(place) => Some(place.path.to_lowercase()),
            Met::Item(maker) => Some(name(*maker)?.to_lowercase()),
        };
        let first = self.needs.first().and_then(path);
        match self.aim {
            Aim::Whole => {
                let beside = first.as_deref().and_then(|path| path.rsplit_once('/'));
                let beside = beside.map(|(parent, _)| parent.to_owned());
                [beside, self.needs.get(1).and_then(path)]
            }
            Aim::Makes(_) | Aim::Part => [first, None],
        }
    }
}
