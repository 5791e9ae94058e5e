//! Planning: what each item of a job would do, before anything is sent.
//!
//! Looks up what exists in lists rather than one by one ([`crate::estate::look_up`]), orders items by
//! need (a project after its group, a child after its parent), and says for each item whether it would
//! create, update or leave its target, or what stands in its way. Planning twice gives the same plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::{Action, Change, ItemError, ItemResult, ItemStatus, JobOptions};
use gitlab_client::{Gitlab, GitlabError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::{PlannedItem, StorageError, StoredItem};

use crate::done::{Done, Moves};
use crate::estate::look_up::{Wants, look_up};
use crate::estate::own_levels::{self, Needed};
use crate::estate::{Estate, Known, same};
use crate::expectation::Expectation;
use crate::operation::{
    AnyOperation, Me, Need, ObjectKind, ObjectRef, PlanContext, Planned, Registry, Target,
};
use crate::plan_taker::{CHUNK, PlanTaker};
use crate::preflight;
use crate::protected::ProtectedPaths;
use crate::settings::visibility;

mod last_owner;

/// What planning remembers for the run, stored with the item.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// For each need, in order: what meets it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) needs: Vec<Met>,
    /// What the operation wanted remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remember: Option<Value>,
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

struct Draft<'a> {
    item: &'a StoredItem,
    operation: &'a Arc<dyn AnyOperation>,
    target: Target,
    needs: Vec<Need>,
    expects: Expectation,
}

/// Plans all items of a job, each after those it needs, and hands each to `taker`. `items[i].index` is `i`;
/// `read` is what was looked up a moment ago. Returns them in their order without what they change.
///
/// # Errors
/// GitLab could not be asked, or the items are not this version's.
pub(crate) async fn plan(
    registry: &Registry,
    gitlab: &Gitlab,
    items: &[StoredItem],
    options: &JobOptions,
    who: Asker<'_>,
    read: Estate,
    taker: &mut dyn PlanTaker,
) -> Result<Vec<PlannedItem>, PlanError> {
    let mut drafts = Vec::with_capacity(items.len());
    for item in items {
        drafts.push(draft(registry, item)?);
    }
    let makers = makers(&drafts);
    let mut estate = look_up(gitlab, &wants(&drafts, &makers, &Moves::default())?, who, read).await?;
    let mut planned = plan_all(&drafts, &makers, &estate, options, who)?;
    let levels = needed_levels(&drafts, &planned, who.me)?;
    if !levels.is_empty() {
        drop(planned);
        own_levels::read(gitlab, who.me, &levels, &mut estate).await?;
        planned = plan_all(&drafts, &makers, &estate, options, who)?;
    }
    let world = World {
        makers: &makers,
        estate: &estate,
        options,
        who,
    };
    hand_over(&drafts, &world, &mut planned, taker).await?;
    Ok(planned)
}

/// Plans everything with what is known.
fn plan_all(
    drafts: &[Draft<'_>],
    makers: &HashMap<(ObjectKind, String), usize>,
    estate: &Estate,
    options: &JobOptions,
    who: Asker<'_>,
) -> Result<Vec<PlannedItem>, PlanError> {
    let world = World {
        makers,
        estate,
        options,
        who,
    };
    let mut planned: Vec<Option<PlannedItem>> = drafts.iter().map(|_| None).collect();
    for index in in_order_of_need(drafts, makers) {
        let mut entry = plan_one(&drafts[index], &world, &planned)?;
        if drafts[index].is_said_again() {
            entry.changes = Vec::new();
        }
        planned[index] = Some(entry);
    }
    let mut planned: Vec<PlannedItem> = planned.into_iter().flatten().collect();
    one_after_the_other(drafts, estate, &mut planned);
    last_owner::keep(drafts, estate, &mut planned);
    let objects = drafts
        .iter()
        .enumerate()
        .filter_map(|(at, draft)| match &draft.target {
            Target::Object { kind, object } => Some((at, estate.find(*kind, object)?)),
            _ => None,
        });
    visibility::through_the_tree(objects, estate, &mut planned);
    in_the_order_asked_for(drafts, &mut planned);
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
    Ok(())
}

/// What others have to know of an item that has been planned.
fn outline(planned: &PlannedItem) -> PlannedItem {
    PlannedItem {
        index: planned.index,
        action: planned.action,
        status: planned.status,
        changes: Vec::new(),
        depends_on: Vec::new(),
        error: None,
        result: planned.result.clone(),
        notes: Vec::new(),
        found: None,
    }
}

/// The levels that the token's user has to have for what the plan would write; none for administrators.
fn needed_levels(
    drafts: &[Draft<'_>],
    planned: &[PlannedItem],
    me: &Me,
) -> Result<BTreeSet<Needed>, PlanError> {
    let mut needed = BTreeSet::new();
    if me.administrator {
        return Ok(needed);
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
            needed.insert((place.kind, place.id, draft.level()?));
        }
    }
    Ok(needed)
}

/// What an item expects to go before it does. Nothing is removed from under an item that was left alone.
fn in_the_order_asked_for(drafts: &[Draft<'_>], planned: &mut [PlannedItem]) {
    for (index, draft) in drafts.iter().enumerate() {
        if draft.expects.after.is_empty() || !planned[index].action.writes() {
            continue;
        }
        let kept = draft.expects.after.iter().find(|&&before| {
            let stays = |error: &ItemError| match error.code.as_str() {
                "CHANGED_SINCE" | "STILL_THERE" => true,
                "NOT_UNDOABLE" => matches!(drafts[before as usize].target, Target::New { .. }),
                _ => false,
            };
            planned
                .get(before as usize)
                .is_some_and(|before| before.error.as_ref().is_some_and(stays))
        });
        if let (Action::Delete, Some(&kept)) = (planned[index].action, kept) {
            let message = format!(
                "`{}` belongs to it and is left as it is (item {kept}): it stays",
                drafts[kept as usize].item.target
            );
            planned[index] = left_alone(draft, error("STILL_THERE", message));
            continue;
        }
        for &before in &draft.expects.after {
            if !planned[index].depends_on.contains(&before) {
                planned[index].depends_on.push(before);
            }
        }
    }
}

/// Compares what the succeeded items of a job did with what GitLab has: for each of them, field by field, from
/// what it left to what is there now; nothing where that is the same. What the job itself moved is looked for
/// where it moved it to.
///
/// # Errors
/// As [`plan`].
pub(crate) async fn verify(
    done: &Done<'_>,
    gitlab: &Gitlab,
    options: &JobOptions,
    who: Asker<'_>,
) -> Result<Vec<(u32, Vec<Change>)>, PlanError> {
    let moves = done.moves()?;
    let mut drafts = Vec::new();
    for item in done
        .items
        .iter()
        .filter(|item| item.status == ItemStatus::Succeeded)
    {
        let mut draft = draft(done.registry, item)?;
        draft.expects = Expectation::default();
        for need in &mut draft.needs {
            need.object = moves.follow(need.object.clone());
        }
        drafts.push(draft);
    }
    let makers = HashMap::new();
    let wants = wants(&drafts, &makers, &moves)?;
    let estate = look_up(gitlab, &wants, who, Estate::default()).await?;
    let options = JobOptions {
        update_existing: true,
        ..options.clone()
    };
    let world = World {
        makers: &makers,
        estate: &estate,
        options: &options,
        who,
    };
    drafts
        .iter()
        .map(|draft| {
            let now = plan_one(draft, &world, &[])?;
            Ok((draft.item.index, differences(draft, now)))
        })
        .collect()
}

/// In what GitLab differs from what an item did, told from what it would have to do again.
fn differences(draft: &Draft<'_>, now: PlannedItem) -> Vec<Change> {
    let item = draft.item;
    let one = |field: &str, from: Value, to: Value| {
        vec![Change {
            field: field.to_owned(),
            from,
            to,
        }]
    };
    let gone = || one("exists", true.into(), false.into());
    let removed = item.action == Some(Action::Delete);
    match now.action {
        Action::Delete => one("exists", false.into(), true.into()),
        Action::Create => gone(),
        Action::Conflict => {
            let error = now.error.unwrap_or_else(|| error("CONFLICT", String::new()));
            match error.code.as_str() {
                "PARENT_NOT_FOUND" | "WRONG_KIND" if removed => Vec::new(),
                "PARENT_NOT_FOUND" | "WRONG_KIND" => gone(),
                _ => one("error", Value::Null, error.message.into()),
            }
        }
        Action::Update | Action::Skip | Action::Unchanged => {
            let id = |result: Option<&ItemResult>| result.and_then(|result| result.id);
            let (then, at) = (id(item.result.as_ref()), id(now.result.as_ref()));
            // Another group or project may stand at the same path; of a part the number means nothing to anybody.
            let is_new = matches!(draft.target, Target::New { .. }) && item.action == Some(Action::Create);
            let another = match (then, at) {
                (Some(then), Some(now)) if is_new && then != now => one("id", then.into(), now.into()),
                _ => Vec::new(),
            };
            let changed = now.changes.into_iter().map(|change| Change {
                field: change.field,
                from: change.to,
                to: change.from,
            });
            another.into_iter().chain(changed).collect()
        }
    }
}

/// What all items of a job are planned with.
struct World<'a> {
    makers: &'a HashMap<(ObjectKind, String), usize>,
    estate: &'a Estate,
    options: &'a JobOptions,
    who: Asker<'a>,
}

/// For whom a plan is made, and within which bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    /// Whose token it is.
    pub(crate) me: &'a Me,
    /// What no job may delete, transfer or archive.
    pub(crate) protected: &'a ProtectedPaths,
}

fn draft<'a>(registry: &'a Registry, item: &'a StoredItem) -> Result<Draft<'a>, PlanError> {
    let operation = registry
        .get(&item.operation)
        .ok_or_else(|| PlanError::UnknownOperation {
            index: item.index,
            operation: item.operation.clone(),
        })?;
    let broken = |source| PlanError::Parameters {
        index: item.index,
        source,
    };
    let (target, needs) = operation.read(&item.params).map_err(broken)?;
    let expects = Expectation::read(item.expects.as_deref()).map_err(broken)?;
    Ok(Draft {
        item,
        operation,
        target,
        needs,
        expects,
    })
}

/// Which item makes which path (lower case, with its kind). A parent given by number is never made here.
fn makers(drafts: &[Draft<'_>]) -> HashMap<(ObjectKind, String), usize> {
    drafts
        .iter()
        .enumerate()
        .filter_map(|(index, draft)| Some((new_path(&draft.target)?, index)))
        .collect()
}

fn new_path(target: &Target) -> Option<(ObjectKind, String)> {
    let Target::New { kind, parent, path } = target else {
        return None;
    };
    let full_path = match parent {
        None => path.to_lowercase(),
        Some(ObjectRef::Path(parent)) => format!("{parent}/{path}").to_lowercase(),
        Some(ObjectRef::Id(_)) => return None,
    };
    Some((*kind, full_path))
}

fn maker_of(need: &Need, makers: &HashMap<(ObjectKind, String), usize>) -> Option<usize> {
    match &need.object {
        ObjectRef::Path(path) => makers.get(&(need.kind, path.to_lowercase())).copied(),
        ObjectRef::Id(_) => None,
    }
}

/// Everything to look for, also what this job makes itself: an earlier run may have made it already.
fn wants(
    drafts: &[Draft<'_>],
    makers: &HashMap<(ObjectKind, String), usize>,
    moves: &Moves,
) -> Result<Wants, PlanError> {
    let mut wants = Wants::default();
    for draft in drafts.iter().filter(|draft| draft.expects.left.is_none()) {
        for need in &draft.needs {
            wants.object(need.kind, &need.object);
            if maker_of(need, makers).is_none() {
                wants.must_exist(need.kind, &need.object);
            }
        }
        if let (Some(path), Some(need)) = (&draft.expects.seen_at, draft.needs.first()) {
            wants.seen_at(need.kind, &need.object, path);
        }
        let kind = match &draft.target {
            Target::New { kind, parent, path } => {
                wants.place(*kind, parent.as_ref(), path);
                Some(*kind)
            }
            Target::Object { kind, .. } => Some(*kind),
            Target::Part { .. } => None,
        };
        if let Some(kind) = kind
            && let Ok(Value::Object(params)) = serde_json::from_str(draft.item.params.get())
        {
            wants.fields(kind, params.keys().map(String::as_str));
        }
        let reads = draft
            .operation
            .reads(&draft.item.params)
            .map_err(|source| PlanError::Parameters {
                index: draft.item.index,
                source,
            })?;
        for read in reads {
            wants.read(read.of(|object| moves.follow(object)));
        }
    }
    Ok(wants)
}

/// Indices so that each comes after the items it needs. Items in a cycle come last, in input order.
fn in_order_of_need(drafts: &[Draft<'_>], makers: &HashMap<(ObjectKind, String), usize>) -> Vec<usize> {
    let mut waiting: Vec<usize> = vec![0; drafts.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    for (index, draft) in drafts.iter().enumerate() {
        for maker in draft.needs.iter().filter_map(|need| maker_of(need, makers)) {
            waiting[index] += 1;
            dependents[maker].push(index);
        }
    }
    let mut order: Vec<usize> = (0..drafts.len()).filter(|&index| waiting[index] == 0).collect();
    let mut next = 0;
    while let Some(&index) = order.get(next) {
        next += 1;
        for &dependent in &dependents[index] {
            waiting[dependent] -= 1;
            if waiting[dependent] == 0 {
                order.push(dependent);
            }
        }
    }
    order.extend((0..drafts.len()).filter(|&index| waiting[index] > 0));
    order
}

fn plan_one(
    draft: &Draft<'_>,
    world: &World<'_>,
    planned: &[Option<PlannedItem>],
) -> Result<PlannedItem, PlanError> {
    if let Some(why) = &draft.expects.left {
        return Ok(left_alone(draft, why.clone()));
    }
    let estate = world.estate;
    let mut known = Vec::with_capacity(draft.needs.len());
    let mut found = Found::default();
    let mut depends_on = Vec::new();
    for need in &draft.needs {
        if let Some(existing) = estate.find(need.kind, &need.object) {
            found.needs.push(Met::Known(Arc::new(existing.into())));
            known.push(Some(existing.clone()));
            continue;
        }
        let Some(maker) = maker_of(need, world.makers) else {
            return Ok(conflict(draft, missing(need, estate)));
        };
        match planned[maker].as_ref() {
            Some(plan) if plan.action == Action::Conflict => {
                return Ok(conflict(draft, needs_failed(plan.error.as_ref(), need, maker)));
            }
            Some(_) => {
                let maker = u32::try_from(maker).unwrap_or(u32::MAX);
                depends_on.push(maker);
                found.needs.push(Met::Item(maker));
                known.push(None);
            }
            // Only an item that needs itself comes here before its maker.
            None => {
                return Ok(conflict(
                    draft,
                    error(
                        "CYCLE",
                        format!("`{}` would have to be made before itself", need.object),
                    ),
                ));
            }
        }
    }
    let options = draft.options(world);
    let context = PlanContext {
        needs: &known,
        estate,
        options: &options,
        me: world.who.me,
        protected: world.who.protected,
    };
    let mut plan: Planned = draft
        .operation
        .plan(&draft.item.params, &context)
        .map_err(|source| PlanError::Parameters {
            index: draft.item.index,
            source,
        })?;
    if plan.action.writes() {
        let level = draft.level()?;
        plan = preflight::check(&**draft.operation, level, plan, &context);
    }
    if plan.action.writes()
        && let Some(changed) = draft.expects.changed_since(&draft.item.target, &plan.changes)
    {
        plan.action = Action::Skip;
        plan.error = Some(changed);
    }
    found.remember = plan.remember;
    let status = match plan.action {
        Action::Create | Action::Update | Action::Delete => ItemStatus::Pending,
        Action::Skip | Action::Unchanged => ItemStatus::Skipped,
        Action::Conflict => ItemStatus::Failed,
    };
    Ok(PlannedItem {
        index: draft.item.index,
        action: plan.action,
        status,
        changes: plan.changes,
        depends_on,
        error: plan.error,
        result: plan.present,
        notes: plan.notes,
        found: serde_json::value::to_raw_value(&found).ok(),
    })
}

impl Draft<'_> {
    /// Whether what the item changes is forgotten and asked again when it is handed over. It depends on nothing
    /// but the item, its needs and what GitLab has, and many items that make something would fill the memory with it.
    fn is_said_again(&self) -> bool {
        matches!(self.target, Target::New { .. })
    }

    /// How the item is to be run: what was half done is completed, whatever the job does with what exists.
    fn options<'w>(&self, world: &World<'w>) -> Cow<'w, JobOptions> {
        if !self.expects.half_done {
            return Cow::Borrowed(world.options);
        }
        Cow::Owned(JobOptions {
            update_existing: true,
            ..world.options.clone()
        })
    }

    /// What the item changes.
    fn changes(&self, world: &World<'_>) -> Result<Vec<Change>, PlanError> {
        let known: Vec<Option<Known>> = self
            .needs
            .iter()
            .map(|need| world.estate.find(need.kind, &need.object).cloned())
            .collect();
        let options = self.options(world);
        let context = PlanContext {
            needs: &known,
            estate: world.estate,
            options: &options,
            me: world.who.me,
            protected: world.who.protected,
        };
        let planned = self
            .operation
            .plan(&self.item.params, &context)
            .map_err(|source| PlanError::Parameters {
                index: self.item.index,
                source,
            })?;
        Ok(planned.changes)
    }

    /// The level that the item needs on its first need.
    fn level(&self) -> Result<domain::AccessLevel, PlanError> {
        self.operation
            .level(&self.item.params)
            .map_err(|source| PlanError::Parameters {
                index: self.item.index,
                source,
            })
    }
}

/// Items that change one and the same group or project run in the order in which they were given; one that
/// says the same thing twice is in conflict. What is removed from within goes before what it is in.
fn one_after_the_other(drafts: &[Draft<'_>], estate: &Estate, planned: &mut [PlannedItem]) {
    let mut last: HashMap<(ObjectKind, u64), usize> = HashMap::new();
    let mut said: HashMap<(&str, ObjectKind, u64), u32> = HashMap::new();
    let mut removed: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let Target::Object { kind, object } = &draft.target else {
            continue;
        };
        let Some(known) = estate.find(*kind, object) else {
            continue;
        };
        if !planned[index].action.writes() {
            continue;
        }
        let number = draft.item.index;
        if let Some(first) = said.insert((draft.operation.name(), *kind, known.id), number) {
            let message = format!(
                "item {first} does the same to `{}`; leave one of them out",
                known.full_path
            );
            planned[index] = conflict(draft, error("DUPLICATE", message));
            continue;
        }
        if let Some(before) = last.insert((*kind, known.id), index) {
            let before = drafts[before].item.index;
            if !planned[index].depends_on.contains(&before) {
                planned[index].depends_on.push(before);
            }
        }
        if planned[index].action == Action::Delete {
            removed
                .entry(known.full_path.to_lowercase())
                .or_default()
                .push(number);
        }
    }
    for (index, draft) in drafts.iter().enumerate() {
        if planned[index].action != Action::Delete {
            continue;
        }
        let Target::Object {
            kind: ObjectKind::Group,
            object,
        } = &draft.target
        else {
            continue;
        };
        let Some(group) = estate.find(ObjectKind::Group, object) else {
            continue;
        };
        let below = format!("{}/", group.full_path.to_lowercase());
        let inside = removed
            .range(below.clone()..)
            .take_while(|(path, _)| path.starts_with(&below))
            .flat_map(|(_, items)| items.iter().copied());
        planned[index].depends_on.extend(inside);
    }
}

/// What becomes of an item that was to do `then`, now that its target has been looked at again; `None` when it is
/// as it was planned, or does not wait to be run.
pub(crate) fn changed_since_plan(
    item: &StoredItem,
    then: &[Change],
    now: PlannedItem,
) -> Option<PlannedItem> {
    if item.status != ItemStatus::Pending || item.step > 0 {
        return None;
    }
    let same_as_planned = item.action == Some(now.action)
        && then.len() == now.changes.len()
        && then.iter().zip(&now.changes).all(|(then, now)| {
            then.field == now.field && same(&then.from, &now.from) && same(&then.to, &now.to)
        });
    // What it needs has failed meanwhile: the runner says so better.
    let needs = now
        .error
        .as_ref()
        .is_some_and(|error| error.code == "DEPENDENCY_FAILED");
    if same_as_planned || needs {
        return None;
    }
    let mut changed = error(
        "CHANGED_SINCE_PLAN",
        format!(
            "`{}` has changed since it was planned ({}); nothing was sent: plan again",
            item.target,
            difference(item, then, &now)
        ),
    );
    changed.details = Some(serde_json::json!({
        "planned": { "action": item.action, "changes": then },
        "now": { "action": now.action, "changes": now.changes, "error": now.error },
    }));
    Some(PlannedItem {
        action: Action::Conflict,
        status: ItemStatus::Failed,
        changes: then.to_vec(),
        error: Some(changed),
        ..now
    })
}

/// In words, where a plan made now differs from the one that was agreed to.
fn difference(item: &StoredItem, before: &[Change], now: &PlannedItem) -> String {
    if item.action != Some(now.action) {
        let then = item.action.map_or("-", Action::name);
        let why = now.error.as_ref().map(|error| format!(": {}", error.message));
        return format!(
            "{then} then, {} now{}",
            now.action.name(),
            why.unwrap_or_default()
        );
    }
    let of = |changes: &[Change], field: &str| changes.iter().find(|change| change.field == field).cloned();
    let mut fields: Vec<&str> = before
        .iter()
        .chain(&now.changes)
        .map(|change| change.field.as_str())
        .collect();
    fields.sort_unstable();
    fields.dedup();
    let said = fields
        .into_iter()
        .filter_map(|field| match (of(before, field), of(&now.changes, field)) {
            (Some(then), Some(now)) if same(&then.from, &now.from) && same(&then.to, &now.to) => None,
            (Some(then), Some(now)) if same(&then.to, &now.to) => {
                Some(format!("{field} was {} then and is {} now", then.from, now.from))
            }
            (Some(_), Some(now)) => Some(format!("{field} would become {} now", now.to)),
            (Some(then), None) => Some(format!("{field} was {} then and is as wanted now", then.from)),
            (None, Some(now)) => Some(format!("{field} was as wanted then and is {} now", now.from)),
            (None, None) => None,
        });
    said.collect::<Vec<_>>().join("; ")
}

fn conflict(draft: &Draft<'_>, error: ItemError) -> PlannedItem {
    PlannedItem {
        index: draft.item.index,
        action: Action::Conflict,
        status: ItemStatus::Failed,
        changes: Vec::new(),
        depends_on: Vec::new(),
        error: Some(error),
        result: None::<ItemResult>,
        notes: Vec::new(),
        found: None,
    }
}

/// Nothing is to be done, for a reason.
fn left_alone(draft: &Draft<'_>, why: ItemError) -> PlannedItem {
    PlannedItem {
        action: Action::Skip,
        status: ItemStatus::Skipped,
        ..conflict(draft, why)
    }
}

fn missing(need: &Need, estate: &Estate) -> ItemError {
    let kind = need.kind.name();
    if let ObjectRef::Path(path) = &need.object
        && let Some(other) = estate.at(path)
    {
        return error(
            "WRONG_KIND",
            format!("`{path}` is a {}, not a {kind}", other.kind.name()),
        );
    }
    error(
        "PARENT_NOT_FOUND",
        format!(
            "{kind} `{}` does not exist or you may not see it, and no item of this job makes it",
            need.object
        ),
    )
}

fn needs_failed(cause: Option<&ItemError>, need: &Need, maker: usize) -> ItemError {
    let why = cause
        .map(|cause| format!(": {}", cause.message))
        .unwrap_or_default();
    error(
        "DEPENDENCY_FAILED",
        format!(
            "{} `{}` cannot be made (item {maker}){why}",
            need.kind.name(),
            need.object
        ),
    )
}

fn error(code: &str, message: String) -> ItemError {
    ItemError {
        code: code.to_owned(),
        message,
        gitlab_status: None,
        details: None,
    }
}
