//! The items of a job in memory, and who waits for whom.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{Action, Change, ItemError, ItemResult, ItemStatus, Job};
use http::StatusCode;
use serde_json::value::RawValue;
use storage::{Storage, StorageError, StoredItem};

use super::limits::Past;
use super::schedule::{Schedule, weights};
use super::settle::Looker;
use crate::estate::Known;
use crate::operation::{AnyOperation, Call, CallContext, ObjectKind, Registry};
use crate::plan::{Found, Met, Place};
use crate::secrets::{SealedError, Secrets};

/// Items read from the database at a time.
const PAGE: u32 = 5_000;

/// Why a job's items cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// They could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Their secret values cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// Made by another version, or a defect.
    #[error("item {index} ({operation}) cannot be run by this version")]
    Item {
        /// The item.
        index: u32,
        /// What it is.
        operation: String,
        /// What is wrong with it.
        #[source]
        source: Option<serde_json::Error>,
    },
}

struct Node {
    operation: Arc<dyn AnyOperation>,
    target: Arc<str>,
    params: Arc<RawValue>,
    action: Action,
    status: ItemStatus,
    /// Attempts that counted.
    attempts: u32,
    /// How many of its writes are done.
    step: u32,
    /// Attempts of the present step that counted.
    tries: u32,
    /// Number of the last intent; never goes back, so that no intent is mistaken for another.
    sendings: u32,
    /// Whether its present attempt has its budget.
    admitted: bool,
    needs: Vec<Met>,
    remembered: Option<serde_json::Value>,
    /// As text: a job of many items has most of its memory here.
    changes: Option<Box<RawValue>>,
    result: Option<ItemResult>,
    dependents: Vec<u32>,
    /// Items it still waits for.
    waits_for: u32,
}

/// An attempt that begins.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    /// The number of its intent.
    pub(super) sending: u32,
    /// How many attempts count, this one included.
    pub(super) attempts: u32,
    /// Which of the item's writes it is.
    pub(super) step: u32,
}

/// What an item does next.
pub(super) enum Next {
    /// This write.
    Send(Call),
    /// All its writes are done; GitLab may still be at it.
    Follow,
    /// All its writes are done, and so is GitLab.
    Done,
}

/// An item of which one more write is done.
#[derive(Clone, Copy)]
pub(super) struct Advanced {
    /// How many of its writes are done now.
    pub(super) step: u32,
    /// How many attempts count.
    pub(super) attempts: u32,
}

/// Whether an attempt without effect counts as one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// It was sent and GitLab did nothing.
    Yes,
    /// It was throttled, or never left.
    No,
}

/// All items of a job.
pub(super) struct Graph {
    nodes: Vec<Node>,
    depends_on: Vec<Vec<u32>>,
    /// What had ended when the items were read.
    history: Vec<Past>,
    /// Items that wait for one that will never be there, with the reason.
    hopeless: Vec<(u32, ItemError)>,
}

impl Graph {
    /// Reads all items. Those that were under way when the last runner ended are in `open`: they stay
    /// `running` until they are settled.
    pub(super) async fn load(
        storage: &dyn Storage,
        registry: &Registry,
        secrets: &Secrets,
        job: &Job,
        open: &HashSet<u32>,
        last_attempts: &[(u32, u32)],
    ) -> Result<Self, GraphError> {
        // Lists that grow by themselves are copied at their largest.
        let mut nodes = Vec::with_capacity(job.total as usize);
        let mut history = Vec::new();
        let mut depends_on = Vec::with_capacity(job.total as usize);
        let mut places = HashMap::new();
        let mut after = None;
        loop {
            let page = storage.load_items(job.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.index);
            for item in page {
                let under_way = open.contains(&item.index);
                if item.attempts > 0 && item.status.has_ended() {
                    history.extend(item.finished_at.map(|at| Past {
                        status: item.status,
                        at,
                    }));
                }
                let (mut node, needs) = Node::read(registry, secrets.open(item)?, &mut places)?;
                node.admitted = under_way;
                if node.status == ItemStatus::Running && !under_way {
                    node.status = ItemStatus::Pending;
                }
                nodes.push(node);
                depends_on.push(needs);
            }
        }
        let mut graph = Self {
            nodes,
            depends_on,
            history,
            hopeless: Vec::new(),
        };
        for &(item, attempt) in last_attempts {
            if let Some(node) = graph.nodes.get_mut(item as usize) {
                node.sendings = node.sendings.max(attempt);
            }
        }
        graph.link();
        Ok(graph)
    }

    fn link(&mut self) {
        for index in 0..self.nodes.len() {
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let mut waits_for = 0;
            for &need in &self.depends_on[index] {
                let needed = &mut self.nodes[need as usize];
                match needed.status {
                    ItemStatus::Succeeded | ItemStatus::Skipped => {}
                    _ => {
                        needed.dependents.push(number);
                        waits_for += 1;
                    }
                }
            }
            self.nodes[index].waits_for = waits_for;
        }
        let ended_badly: Vec<u32> = (0_u32..)
            .zip(&self.nodes)
            .filter(|(_, node)| {
                matches!(
                    node.status,
                    ItemStatus::Failed | ItemStatus::Unconfirmed | ItemStatus::Cancelled
                )
            })
            .map(|(index, _)| index)
            .collect();
        for index in ended_badly {
            self.give_up_dependents(index);
        }
    }

    /// The schedule, with everything that can be started now.
    pub(super) fn schedule(&self, per_parent: usize) -> Schedule {
        let weights = weights(&self.depends_on);
        let mut schedule = Schedule::new(self.nodes.len(), per_parent);
        for (index, node) in (0_u32..).zip(&self.nodes) {
            if !node.status.has_ended() {
                schedule.describe(
                    index,
                    node.parent_key(&self.nodes).as_deref(),
                    weights[index as usize],
                );
            }
        }
        for (index, node) in (0_u32..).zip(&self.nodes) {
            if node.step > 0 {
                schedule.prefer(index);
            }
            if node.status == ItemStatus::Pending && node.waits_for == 0 {
                schedule.push(index);
            }
        }
        schedule
    }

    /// The items that were sent and had ended when they were read. Once.
    pub(super) fn take_history(&mut self) -> Vec<Past> {
        std::mem::take(&mut self.history)
    }

    /// Items that are under way or half done.
    pub(super) fn begun(&self) -> HashSet<u32> {
        let begun = (0_u32..).zip(&self.nodes).filter(|(_, node)| {
            !node.status.has_ended() && (node.step > 0 || node.status == ItemStatus::Running)
        });
        begun.map(|(item, _)| item).collect()
    }

    /// How many items have not ended.
    pub(super) fn open(&self) -> usize {
        self.nodes.iter().filter(|node| !node.status.has_ended()).count()
    }

    /// Operation and target of each item, for events.
    pub(super) fn names(&self) -> Arc<[(&'static str, Arc<str>)]> {
        self.nodes
            .iter()
            .map(|node| (node.operation.name(), Arc::clone(&node.target)))
            .collect()
    }

    pub(super) fn status(&self, item: u32) -> ItemStatus {
        self.nodes[item as usize].status
    }

    /// Begins an attempt.
    pub(super) fn begin(&mut self, item: u32) -> Begun {
        let node = &mut self.nodes[item as usize];
        node.status = ItemStatus::Running;
        node.admitted = false;
        node.attempts += 1;
        node.tries += 1;
        node.sendings += 1;
        Begun {
            sending: node.sendings,
            attempts: node.attempts,
            step: node.step,
        }
    }

    /// One more of its writes is done. What the item makes is known from now on.
    pub(super) fn advance(&mut self, item: u32, result: ItemResult) -> Advanced {
        let node = &mut self.nodes[item as usize];
        node.status = ItemStatus::Pending;
        node.admitted = false;
        node.step += 1;
        node.tries = 0;
        node.result = Some(result);
        Advanced {
            step: node.step,
            attempts: node.attempts,
        }
    }

    /// The item waits for GitLab to come to an end with it.
    pub(super) fn is_followed(&mut self, item: u32) {
        self.nodes[item as usize].status = ItemStatus::Running;
    }

    /// How many of the item's writes are done.
    pub(super) fn step(&self, item: u32) -> u32 {
        self.nodes[item as usize].step
    }

    /// What the item has made so far, or found.
    pub(super) fn made(&self, item: u32) -> Option<ItemResult> {
        self.nodes[item as usize].result.clone()
    }

    /// The item has its budget: from now on there may be an intent.
    pub(super) fn admitted(&mut self, item: u32) {
        self.nodes[item as usize].admitted = true;
    }

    /// Items for which something may have been sent and whose outcome is not known.
    pub(super) fn under_way(&self) -> Vec<u32> {
        let running = (0_u32..)
            .zip(&self.nodes)
            .filter(|(_, node)| node.status == ItemStatus::Running && node.admitted);
        running.map(|(item, _)| item).collect()
    }

    /// How many times its present write was sent, as far as that counted.
    pub(super) fn tries(&self, item: u32) -> u32 {
        self.nodes[item as usize].tries
    }

    /// How many times a write was sent for it that counted.
    pub(super) fn attempts(&self, item: u32) -> u32 {
        self.nodes[item as usize].attempts
    }

    /// The attempt had no effect; returns how many have counted.
    pub(super) fn put_back(&mut self, item: u32, counts: Counts) -> u32 {
        let node = &mut self.nodes[item as usize];
        node.status = ItemStatus::Pending;
        node.admitted = false;
        if counts == Counts::No {
            node.attempts = node.attempts.saturating_sub(1);
            node.tries = node.tries.saturating_sub(1);
        }
        node.attempts
    }

    /// Ends an item; returns what can be started now. What can never be started is taken with
    /// [`Graph::take_hopeless`].
    pub(super) fn end(&mut self, item: u32, status: ItemStatus, result: Option<ItemResult>) -> Vec<u32> {
        let node = &mut self.nodes[item as usize];
        node.status = status;
        if result.is_some() {
            node.result = result;
        }
        if !matches!(status, ItemStatus::Succeeded | ItemStatus::Skipped) {
            self.give_up_dependents(item);
            return Vec::new();
        }
        let dependents = std::mem::take(&mut self.nodes[item as usize].dependents);
        dependents
            .into_iter()
            .filter(|&dependent| {
                let node = &mut self.nodes[dependent as usize];
                node.waits_for -= 1;
                node.waits_for == 0 && node.status == ItemStatus::Pending
            })
            .collect()
    }

    fn give_up_dependents(&mut self, item: u32) {
        let mut ended = vec![item];
        while let Some(cause) = ended.pop() {
            let dependents = std::mem::take(&mut self.nodes[cause as usize].dependents);
            let (target, status) = (
                Arc::clone(&self.nodes[cause as usize].target),
                self.nodes[cause as usize].status,
            );
            for dependent in dependents {
                let node = &mut self.nodes[dependent as usize];
                if node.status != ItemStatus::Pending {
                    continue;
                }
                node.status = ItemStatus::Failed;
                self.hopeless.push((
                    dependent,
                    ItemError {
                        code: "DEPENDENCY_FAILED".into(),
                        message: format!("needs `{target}` (item {cause}), which is {status}"),
                        gitlab_status: None,
                        details: None,
                    },
                ));
                ended.push(dependent);
            }
        }
    }

    /// Items that failed because of what they need, once.
    pub(super) fn take_hopeless(&mut self) -> Vec<(u32, ItemError)> {
        std::mem::take(&mut self.hopeless)
    }

    /// What meets the item's needs, in their order; `None` when one of them is not there.
    fn needs(&self, item: u32) -> Option<Vec<Known>> {
        let met = |met: &Met| match met {
            Met::Known(place) => Some(Known::from((**place).clone())),
            Met::Item(maker) => {
                let maker = &self.nodes[*maker as usize];
                let result = maker.result.as_ref()?;
                Some(Known::from(Place {
                    kind: maker.makes()?,
                    id: result.id?,
                    path: result
                        .full_path
                        .clone()
                        .unwrap_or_else(|| maker.target.to_string()),
                    url: result.web_url.clone(),
                }))
            }
        };
        self.nodes[item as usize].needs.iter().map(met).collect()
    }

    /// What the item does next. `None` is a defect: without what it needs a write might land elsewhere.
    pub(super) fn next(&self, item: u32) -> Option<serde_json::Result<Next>> {
        let node = &self.nodes[item as usize];
        let needs = self.needs(item)?;
        let call = node
            .changes()
            .and_then(|changes| node.operation.call(&node.params, node.context(&needs, &changes)));
        Some(call.map(|call| match call {
            Some(call) => Next::Send(call),
            None if node.operation.follows() => Next::Follow,
            None => Next::Done,
        }))
    }

    /// What GitLab's answer to a successful call says; `None` when it cannot be read.
    pub(super) fn result(&self, item: u32, body: &[u8]) -> Option<ItemResult> {
        let node = &self.nodes[item as usize];
        node.operation
            .result(
                &node.params,
                node.context(&self.needs(item)?, &node.changes().ok()?),
                body,
            )
            .ok()?
    }

    /// What GitLab's answer to a successful call says of not having done it.
    pub(super) fn refused(&self, item: u32, body: &[u8]) -> Option<String> {
        let node = &self.nodes[item as usize];
        node.operation.refused(&node.params, body)
    }

    /// What settling the item needs to know.
    pub(super) fn looker(&self, item: u32) -> Looker {
        let node = &self.nodes[item as usize];
        Looker {
            operation: Arc::clone(&node.operation),
            params: Arc::clone(&node.params),
            step: node.step,
            action: node.action,
            needs: self.needs(item).unwrap_or_default(),
            present: node.result.clone(),
            changes: node.changes().unwrap_or_default(),
            remembered: node.remembered.clone(),
        }
    }

    /// Whether a refusal with this status may mean that somebody else made the object meanwhile.
    pub(super) fn may_exist_since(&self, item: u32, status: StatusCode) -> bool {
        let node = &self.nodes[item as usize];
        node.action == Action::Create
            && node.step == 0
            && matches!(status, StatusCode::BAD_REQUEST | StatusCode::CONFLICT)
    }

    /// Whether a refusal with this status may mean that what the item's write is for is so already.
    pub(super) fn done_if_refused(&self, item: u32, status: StatusCode) -> bool {
        let node = &self.nodes[item as usize];
        let needs = self.needs(item).unwrap_or_default();
        let done = node.changes().and_then(|changes| {
            node.operation
                .done_if_refused(&node.params, node.context(&needs, &changes), status.as_u16())
        });
        done.unwrap_or(false)
    }
}

impl Node {
    /// `places` has what earlier items stand under: many have the same.
    fn read(
        registry: &Registry,
        item: StoredItem,
        places: &mut HashMap<(ObjectKind, u64), Arc<Place>>,
    ) -> Result<(Self, Vec<u32>), GraphError> {
        let broken = |source| GraphError::Item {
            index: item.index,
            operation: item.operation.clone(),
            source,
        };
        let operation = Arc::clone(registry.get(&item.operation).ok_or_else(|| broken(None))?);
        let mut found: Found = match &item.found {
            Some(found) => serde_json::from_str(found.get()).map_err(|error| broken(Some(error)))?,
            None => Found::default(),
        };
        for need in &mut found.needs {
            if let Met::Known(place) = need {
                let first = places.entry((place.kind, place.id));
                *place = Arc::clone(first.or_insert_with(|| Arc::clone(place)));
            }
        }
        let changes = Some(&item.changes)
            .filter(|changes| !changes.is_empty())
            .map(serde_json::value::to_raw_value)
            .transpose()
            .map_err(|error| broken(Some(error)))?;
        let action = item.action.unwrap_or(Action::Conflict);
        let node = Self {
            operation,
            target: item.target.into(),
            params: item.params.into(),
            action,
            status: item.status,
            attempts: item.attempts,
            step: item.step,
            tries: 0,
            sendings: item.attempts,
            admitted: false,
            remembered: found.remember,
            needs: found.needs,
            changes,
            result: item.result,
            dependents: Vec::new(),
            waits_for: 0,
        };
        Ok((node, item.depends_on))
    }

    fn changes(&self) -> serde_json::Result<Vec<Change>> {
        match &self.changes {
            Some(changes) => serde_json::from_str(changes.get()),
            None => Ok(Vec::new()),
        }
    }

    fn context<'a>(&'a self, needs: &'a [Known], changes: &'a [Change]) -> CallContext<'a> {
        CallContext {
            step: self.step,
            action: self.action,
            needs,
            present: self.result.as_ref(),
            changes,
            remembered: self.remembered.as_ref(),
        }
    }

    /// What kind of object the item makes.
    fn makes(&self) -> Option<ObjectKind> {
        match self.operation.read(&self.params).ok()?.0 {
            crate::operation::Target::New { kind, .. } => Some(kind),
            crate::operation::Target::Object { .. } | crate::operation::Target::Part { .. } => None,
        }
    }

    /// Items with the same key are siblings: GitLab does them one after the other. What changes a group or
    /// project as a whole is a sibling of what stands beside it; what makes or changes something in it, of
    /// what else is in it.
    fn parent_key(&self, nodes: &[Self]) -> Option<String> {
        let first = match self.needs.first()? {
            Met::Known(place) => place.path.to_lowercase(),
            Met::Item(maker) => nodes.get(*maker as usize)?.target.to_lowercase(),
        };
        match self.operation.read(&self.params).ok()?.0 {
            crate::operation::Target::Object { .. } => {
                first.rsplit_once('/').map(|(parent, _)| parent.to_owned())
            }
            _ => Some(first),
        }
    }
}
