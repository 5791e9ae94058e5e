//! Planning: what each item of a job would do, before anything is sent.
//!
//! Looks up what exists in lists rather than one by one ([`crate::estate::look_up`]), orders items by
//! need (a project after its group, a child after its parent), and says for each item whether it would
//! create, update or leave its target, or what stands in its way. Planning twice gives the same plan.

mod draft;
mod last_owner;
mod one;
mod order;
mod since;
mod verify;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use domain::{Action, JobOptions};
use gitlab_client::{Gitlab, GitlabError};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storage::{PlannedItem, StorageError};

pub(crate) use self::draft::Drafts;
pub(crate) use self::since::changed_since_plan;
pub(crate) use self::verify::verify;

use self::draft::{Draft, Makers};
use self::one::plan_one;
use crate::confirmation::{Asked, confirmation};
use crate::done::Moves;
use crate::estate::look_up::look_up;
use crate::estate::own_levels::{self, Needed};
use crate::estate::{Estate, Known};
use crate::operation::{Me, ObjectKind, ObjectRef, PlanContext, Registry};
use crate::plan_taker::{CHUNK, PlanTaker};
use crate::protected::ProtectedPaths;
use crate::settings::visibility;

/// Items that a core plans at a time at least: for fewer it is not worth waking another.
const A_FEW: usize = 32;

/// So many items are in memory with everything that their plan says.
const WHOLE: usize = 32_768;

/// What planning remembers for the run, stored with the item.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// For each need, in order: what meets it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) needs: Vec<Met>,
    /// What the operation wanted remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remember: Option<Box<RawValue>>,
}

impl Found {
    /// As it was stored; what cannot be read has found nothing.
    fn read(stored: Option<&RawValue>) -> Self {
        stored
            .and_then(|found| serde_json::from_str(found.get()).ok())
            .unwrap_or_default()
    }
}

/// The number of the object that an item changes, as its plan found it; `None` where there is none, or not yet.
pub(crate) fn found_object(stored: Option<&RawValue>) -> Option<u64> {
    match Found::read(stored).needs.first()? {
        Met::Known(place) => Some(place.id),
        Met::Item(_) => None,
    }
}

/// What meets a need.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Met {
    /// Another item of the job makes it.
    Item(u32),
    /// It exists.
    Known(Arc<Place>),
}

/// An object that exists, as far as a call needs it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) kind: ObjectKind,
    pub(crate) id: u64,
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) url: Option<String>,
}

impl From<&Known> for Place {
    fn from(known: &Known) -> Self {
        Self {
            kind: known.kind,
            id: known.id,
            path: known.full_path.clone(),
            url: known.web_url.clone(),
        }
    }
}

impl From<Place> for Known {
    fn from(place: Place) -> Self {
        Self {
            kind: place.kind,
            id: place.id,
            full_path: place.path,
            web_url: place.url,
            fields: BTreeMap::default(),
        }
    }
}

/// Why a plan could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// GitLab could not be asked.
    #[error(transparent)]
    Gitlab(#[from] GitlabError),
    /// The plan could not be written down.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An item names an operation this program does not have: it was made by another version.
    #[error("item {index} is a `{operation}`, which this version does not know")]
    UnknownOperation {
        /// The item.
        index: u32,
        /// What it wants to be.
        operation: String,
    },
    /// An item's parameters are not what its operation stored: made by another version, or a defect.
    #[error("the parameters of item {index} cannot be read")]
    Parameters {
        /// The item.
        index: u32,
        /// What is wrong with them.
        #[source]
        source: serde_json::Error,
    },
}

/// For whom a plan is made, and within which bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    /// Whose token it is.
    pub(crate) me: &'a Me,
    /// What no job may delete, transfer or archive.
    pub(crate) protected: &'a ProtectedPaths,
}

/// What all items of a job are planned with.
struct World<'a> {
    makers: &'a Makers,
    /// Where things are now that the job itself moved.
    moves: &'a Moves,
    estate: &'a Estate,
    options: &'a JobOptions,
    who: Asker<'a>,
}

impl<'a> World<'a> {
    fn new(makers: &'a Makers, estate: &'a Estate, options: &'a JobOptions, who: Asker<'a>) -> Self {
        Self {
            makers,
            moves: Moves::NONE,
            estate,
            options,
            who,
        }
    }

    /// What the plan of an item compares with.
    fn context<'c>(&self, needs: &'c [Option<Known>], options: &'c JobOptions) -> PlanContext<'c>
    where
        'a: 'c,
    {
        PlanContext {
            needs,
            estate: self.estate,
            options,
            me: self.who.me,
            protected: self.who.protected,
        }
    }
}

/// Plans all items of a job, each after those it needs, and hands each to `taker`; `read` is what was looked up a
/// moment ago. Returns what has to be typed to start the job (`None`: nothing).
///
/// # Errors
/// GitLab could not be asked, or the items are not this version's.
pub(crate) async fn plan(
    registry: &Registry,
    gitlab: &Gitlab,
    drafts: Drafts<'_>,
    options: &JobOptions,
    who: Asker<'_>,
    read: Estate,
    taker: &mut dyn PlanTaker,
) -> Result<Option<String>, PlanError> {
    let (drafts, makers, wants) = drafts.complete();
    let mut estate = look_up(gitlab, &wants, who, read).await?;
    drop(wants);
    let mut planned = plan_all(&drafts, &World::new(&makers, &estate, options, who))?;
    let levels = needed_levels(&drafts, &planned, &estate, who.me);
    if !levels.is_empty() {
        drop(planned);
        own_levels::read(gitlab, who.me, &levels, &mut estate).await?;
        planned = plan_all(&drafts, &World::new(&makers, &estate, options, who))?;
    }
    let world = World::new(&makers, &estate, options, who);
    let agreed = hand_over(&drafts, &world, &mut planned, taker).await?;
    let all = drafts.iter().zip(&planned);
    Ok(confirmation(
        registry,
        all.map(|(draft, plan)| Asked {
            operation: draft.operation.name(),
            called: &draft.target,
            plan,
            agreed: agreed.contains(&plan.index),
        }),
    ))
}

/// Plans everything with what is known, on all cores.
fn plan_all(drafts: &[Draft<'_>], world: &World<'_>) -> Result<Vec<PlannedItem>, PlanError> {
    let mut planned: Vec<Option<PlannedItem>> = drafts.iter().map(|_| None).collect();
    let forgets = forgets(drafts);
    for round in order::Rounds::of(drafts.len(), world.makers).each() {
        for some in round.chunks(CHUNK) {
            let plan = |at: &u32| {
                let draft = &drafts[*at as usize];
                let mut entry = plan_one(*at as usize, draft, world, &planned)?;
                if forgets && draft.is_said_again() {
                    entry.changes = Vec::new();
                }
                Ok(entry)
            };
            let entries: Result<Vec<PlannedItem>, PlanError> =
                some.par_iter().with_min_len(A_FEW).map(plan).collect();
            for (at, entry) in some.iter().zip(entries?) {
                planned[*at as usize] = Some(entry);
            }
        }
    }
    let mut planned: Vec<PlannedItem> = planned.into_iter().flatten().collect();
    let estate = world.estate;
    let wholes = order::wholes(drafts, estate, &planned)?;
    order::one_after_the_other(drafts, &wholes, &mut planned);
    last_owner::keep(drafts, estate, &mut planned)?;
    visibility::through_the_tree(wholes.into_iter(), estate, &mut planned);
    order::in_the_order_asked_for(drafts, &mut planned);
    Ok(planned)
}

/// Hands what was planned to the taker, and leaves an outline of each. Returns the items that are what a person has
/// agreed to before, in another job.
async fn hand_over(
    drafts: &[Draft<'_>],
    world: &World<'_>,
    planned: &mut [PlannedItem],
    taker: &mut dyn PlanTaker,
) -> Result<HashSet<u32>, PlanError> {
    let mut agreed = HashSet::new();
    let forgot = forgets(drafts);
    for (drafts, planned) in drafts.chunks(CHUNK).zip(planned.chunks_mut(CHUNK)) {
        let mut whole = Vec::with_capacity(planned.len());
        for (draft, entry) in drafts.iter().zip(planned) {
            taker.have_a_say(entry);
            if let Some(before) = &draft.expects().agreed
                && before.holds_for(found_object(entry.found.as_deref()))
            {
                agreed.insert(entry.index);
            }
            let outline = outline(entry);
            whole.push(std::mem::replace(entry, outline));
        }
        let say = |(entry, draft): (&mut PlannedItem, &Draft<'_>)| {
            if draft.is_said_again() && entry.action == Action::Conflict {
                entry.changes = Vec::new();
            } else if draft.is_said_again() && forgot {
                entry.changes = draft.changes(world)?;
            }
            Ok::<_, PlanError>(())
        };
        whole
            .par_iter_mut()
            .with_min_len(A_FEW)
            .zip(drafts)
            .try_for_each(say)?;
        taker.take(whole).await?;
    }
    taker.finish().await?;
    Ok(agreed)
}

/// Whether what the items change is forgotten and asked again when they are handed over, as far as that can be.
fn forgets(drafts: &[Draft<'_>]) -> bool {
    drafts.len() > WHOLE
}

/// What the confirmation has to know of an item that has been planned.
fn outline(planned: &PlannedItem) -> PlannedItem {
    PlannedItem {
        index: planned.index,
        action: planned.action,
        status: planned.status,
        changes: Vec::new(),
        depends_on: Vec::new(),
        error: None,
        result: planned
            .result
            .clone()
            .filter(|_| planned.action == Action::Delete),
        notes: Vec::new(),
        found: None,
    }
}

/// The levels that the token's user has to have for what the plan would write; none for administrators.
fn needed_levels(
    drafts: &[Draft<'_>],
    planned: &[PlannedItem],
    estate: &Estate,
    me: &Me,
) -> BTreeSet<Needed> {
    let mut needed = BTreeSet::new();
    if me.administrator {
        return needed;
    }
    for (draft, plan) in drafts.iter().zip(planned) {
        if !plan.action.writes() {
            continue;
        }
        let found = Found::read(plan.found.as_deref());
        if let Some(Met::Known(place)) = found.needs.into_iter().next() {
            let makes = draft.makes.filter(|_| plan.action == Action::Create);
            let group = makes.and_then(|_| estate.find(place.kind, &ObjectRef::Id(place.id)));
            let asked = makes.and_then(|makes| makes.level(group?));
            let level = asked.map_or(draft.level, |asked| asked.max(draft.level));
            needed.insert((place.kind, place.id, level));
        }
    }
    needed
}
