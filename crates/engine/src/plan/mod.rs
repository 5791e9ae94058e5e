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

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{Action, JobOptions};
use gitlab_client::{Gitlab, GitlabError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storage::{PlannedItem, StorageError};

pub(crate) use self::draft::Drafts;
pub(crate) use self::since::changed_since_plan;
pub(crate) use self::verify::verify;

use self::draft::{Draft, Makers};
use self::one::plan_one;
use crate::confirmation::confirmation;
use crate::done::Moves;
use crate::estate::look_up::look_up;
use crate::estate::own_levels::{self, Needed};
use crate::estate::{Estate, Known};
use crate::operation::{Me, ObjectKind, PlanContext, Registry};
use crate::plan_taker::{CHUNK, PlanTaker};
use crate::protected::ProtectedPaths;
use crate::settings::visibility;

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
    let levels = needed_levels(&drafts, &planned, who.me);
    if !levels.is_empty() {
        drop(planned);
        own_levels::read(gitlab, who.me, &levels, &mut estate).await?;
        planned = plan_all(&drafts, &World::new(&makers, &estate, options, who))?;
    }
    let world = World::new(&makers, &estate, options, who);
    hand_over(&drafts, &world, &mut planned, taker).await?;
    let all = drafts.iter().zip(&planned);
    Ok(confirmation(
        registry,
        all.map(|(draft, plan)| (draft.operation.name(), &*draft.target, plan)),
    ))
}

/// Plans everything with what is known.
fn plan_all(drafts: &[Draft<'_>], world: &World<'_>) -> Result<Vec<PlannedItem>, PlanError> {
    let mut planned: Vec<Option<PlannedItem>> = drafts.iter().map(|_| None).collect();
    for at in order::in_order_of_need(drafts.len(), world.makers) {
        let draft = &drafts[at as usize];
        let mut entry = plan_one(at as usize, draft, world, &planned)?;
        if draft.is_said_again() {
            entry.changes = Vec::new();
        }
        planned[at as usize] = Some(entry);
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

/// Hands what was planned to the taker, and leaves an outline of each.
async fn hand_over(
    drafts: &[Draft<'_>],
    world: &World<'_>,
    planned: &mut [PlannedItem],
    taker: &mut dyn PlanTaker,
) -> Result<(), PlanError> {
    for (drafts, planned) in drafts.chunks(CHUNK).zip(planned.chunks_mut(CHUNK)) {
        let mut whole = Vec::with_capacity(planned.len());
        for (draft, entry) in drafts.iter().zip(planned) {
            taker.have_a_say(entry);
            let outline = outline(entry);
            let mut entry = std::mem::replace(entry, outline);
            if draft.is_said_again() && entry.action != Action::Conflict {
                entry.changes = draft.changes(world)?;
            }
            whole.push(entry);
        }
        taker.take(whole).await?;
    }
    Ok(taker.finish().await?)
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
fn needed_levels(drafts: &[Draft<'_>], planned: &[PlannedItem], me: &Me) -> BTreeSet<Needed> {
    let mut needed = BTreeSet::new();
    if me.administrator {
        return needed;
    }
    for (draft, plan) in drafts.iter().zip(planned) {
        if !plan.action.writes() {
            continue;
        }
        let found: Option<Found> = plan
            .found
            .as_deref()
            .and_then(|found| serde_json::from_str(found.get()).ok());
        if let Some(Met::Known(place)) = found.and_then(|found| found.needs.into_iter().next()) {
            needed.insert((place.kind, place.id, draft.level));
        }
    }
    needed
}
