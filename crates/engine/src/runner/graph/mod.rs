//! The items of a job in memory, and who waits for whom.

mod names;
mod node;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{Action, ItemError, ItemResult, ItemStatus, Job, Timestamp};
use http::StatusCode;
use rayon::prelude::*;
use storage::{LastAttempt, Storage, StorageError, StoredItem};

pub(super) use self::names::Names;

use self::node::{Node, Seen};
use super::limits::Past;
use super::schedule::{Schedule, weights};
use super::settle::Looker;
use crate::estate::Known;
use crate::events::{Touched, TouchedPart};
use crate::links::Links;
use crate::operation::{Call, Need, ObjectKind, Registry, Target};
use crate::plan::{Met, Place};
use crate::secrets::{SealedError, Secrets};
use crate::stored_items::StoredItems;

/// Items that a core reads at a time at least: for fewer it is not worth waking another.
const A_FEW: usize = 32;

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

/// An item as it was read.
struct Loaded {
    index: u32,
    target: String,
    depends_on: Vec<u32>,
    finished_at: Option<Timestamp>,
    node: Node,
}

impl Loaded {
    fn read(registry: &Registry, mut item: StoredItem) -> Result<Self, GraphError> {
        Ok(Self {
            index: item.index,
            target: std::mem::take(&mut item.target),
            depends_on: std::mem::take(&mut item.depends_on),
            finished_at: item.finished_at,
            node: Node::read(registry, item)?,
        })
    }
}

/// Items as they are read one after the other.
struct Reading {
    nodes: Vec<Node>,
    names: Names,
    depends_on: Links,
    history: Vec<Past>,
    /// What earlier items stand under.
    places: HashMap<(ObjectKind, u64), Arc<Place>>,
}

impl Reading {
    fn with_capacity(items: usize) -> Self {
        // Lists that grow by themselves are copied at their largest.
        Self {
            nodes: Vec::with_capacity(items),
            names: Names::with_capacity(items),
            depends_on: Links::with_capacity(items),
            history: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn add(&mut self, loaded: Loaded, open: &HashSet<u32>) -> Result<(), GraphError> {
        let mut node = loaded.node;
        if loaded.index as usize != self.nodes.len() {
            return Err(broken(loaded.index, node.operation.name()));
        }
        let under_way = open.contains(&loaded.index);
        if node.attempts > 0 && node.status.has_ended() {
            self.history.extend(loaded.finished_at.map(|at| Past {
                status: node.status,
                at,
            }));
        }
        self.depends_on.push(loaded.depends_on);
        node.share(&mut self.places);
        self.names.push(node.operation.name(), &loaded.target);
        node.admitted = under_way;
        if node.status == ItemStatus::Running && !under_way {
            node.status = ItemStatus::Pending;
        }
        self.nodes.push(node);
        Ok(())
    }

    fn graph(mut self, last_attempts: &[LastAttempt]) -> Result<Graph, GraphError> {
        for (item, node) in (0_u32..).zip(&self.nodes) {
            let mut needs = self.depends_on.of(item).iter();
            if needs.any(|&need| need as usize >= self.nodes.len()) {
                return Err(broken(item, node.operation.name()));
            }
        }
        self.names.shrink();
        let mut graph = Graph {
            nodes: self.nodes,
            names: Arc::new(self.names),
            dependents: self.depends_on.reversed(),
            depends_on: self.depends_on,
            history: self.history,
            hopeless: Vec::new(),
        };
        for last in last_attempts {
            if let Some(node) = graph.nodes.get_mut(last.item as usize) {
                node.sendings = node.sendings.max(last.attempt);
            }
        }
        graph.link();
        Ok(graph)
    }
}

/// An item that is not where it should be, or needs one that is not there.
fn broken(index: u32, operation: &str) -> GraphError {
    GraphError::Item {
        index,
        operation: operation.to_owned(),
        source: None,
    }
}

/// All items of a job.
pub(super) struct Graph {
    nodes: Vec<Node>,
    names: Arc<Names>,
    depends_on: Links,
    dependents: Links,
    /// What had ended when the items were read.
    history: Vec<Past>,
    /// Items that wait for one that will never be there, with the reason.
    hopeless: Vec<(u32, ItemError)>,
}

impl Graph {
    /// Reads all items. Those that were under way when the last runner ended are in `open`: they stay
    /// `running` until they are settled.
    pub(super) async fn load(
        storage: &Arc<dyn Storage>,
        registry: &Registry,
        secrets: &Secrets,
        job: &Job,
        open: &HashSet<u32>,
        last_attempts: &[LastAttempt],
    ) -> Result<Self, GraphError> {
        let mut reading = Reading::with_capacity(job.total as usize);
        let mut items = StoredItems::of(storage, job.id);
        loop {
            let page = items.next().await?;
            if page.is_empty() {
                break;
            }
            // On all cores.
            let read: Result<Vec<Loaded>, GraphError> = page
                .into_par_iter()
                .with_min_len(A_FEW)
                .map(|item| Loaded::read(registry, secrets.open(item)?))
                .collect();
            for loaded in read? {
                reading.add(loaded, open)?;
            }
        }
        reading.graph(last_attempts)
    }

    /// Items that were under way, as a runner finds them, and what each does next. Returns how many there are.
    #[cfg(feature = "fuzzing")]
    pub(super) fn read_again(
        registry: &Registry,
        secrets: &Secrets,
        items: Vec<StoredItem>,
    ) -> Result<usize, GraphError> {
        let mut reading = Reading::with_capacity(items.len());
        for item in items {
            reading.add(Loaded::read(registry, secrets.open(item)?)?, &HashSet::new())?;
        }
        let mut graph = reading.graph(&[])?;
        graph.schedule(1);
        let count = u32::try_from(graph.nodes.len()).unwrap_or(u32::MAX);
        for item in 0..count {
            if let Some(Ok(Next::Send(call))) = graph.next(item) {
                graph.result(item, call.body.to_string().as_bytes());
            }
            graph.touched(item, graph.made(item).as_ref());
            graph.looker(item);
        }
        Ok(count as usize)
    }

    fn link(&mut self) {
        for item in 0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX) {
            let needs = self.depends_on.of(item).iter();
            let open = needs.filter(|&&need| !self.nodes[need as usize].is_there());
            let waits_for = u32::try_from(open.count()).unwrap_or(u32::MAX);
            let node = &mut self.nodes[item as usize];
            node.waits_for = waits_for;
            node.told = node.is_there();
            if self.dependents.of(item).is_empty() && node.status.has_ended() {
                node.result = None;
            }
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

    /// What the item stands under with its siblings, and what it goes to.
    pub(super) fn parent_keys(&self, item: u32) -> [Option<String>; 2] {
        let name = |item| self.names.of(item).map(|(_, target)| target);
        self.nodes[item as usize].parent_keys(name)
    }

    /// The schedule, with everything that can be started now.
    pub(super) fn schedule(&self, per_parent: usize) -> Schedule {
        let weights = weights(&self.depends_on);
        let name = |item| self.names.of(item).map(|(_, target)| target);
        let mut schedule = Schedule::new(self.nodes.len(), per_parent);
        for (index, node) in (0_u32..).zip(&self.nodes) {
            if !node.status.has_ended() {
                let parents = node.parent_keys(name);
                let parents = parents.each_ref().map(Option::as_deref);
                schedule.describe(index, parents, weights[index as usize]);
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
    pub(super) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.names)
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
        node.result = Some(Box::new(result));
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
        self.nodes[item as usize].made()
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
        node.looked = None;
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
        let dependents = self.dependents.of(item);
        let node = &mut self.nodes[item as usize];
        node.status = status;
        node.looked = None;
        if dependents.is_empty() {
            // Nobody will ask for it.
            node.result = None;
        } else if let Some(result) = result {
            node.result = Some(Box::new(result));
        }
        if !node.is_there() {
            self.give_up_dependents(item);
            return Vec::new();
        }
        if std::mem::replace(&mut node.told, true) {
            return Vec::new();
        }
        let nodes = &mut self.nodes;
        let released = dependents.iter().copied().filter(|&dependent| {
            let node = &mut nodes[dependent as usize];
            node.waits_for -= 1;
            node.waits_for == 0 && node.status == ItemStatus::Pending
        });
        released.collect()
    }

    fn give_up_dependents(&mut self, item: u32) {
        let mut ended = vec![item];
        while let Some(cause) = ended.pop() {
            let node = &mut self.nodes[cause as usize];
            let status = node.status;
            if std::mem::replace(&mut node.told, true) {
                continue;
            }
            let target = self.names.of(cause).map_or("", |(_, target)| target);
            for &dependent in self.dependents.of(cause) {
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
                let (_, target) = self.names.of(*maker)?;
                self.nodes[*maker as usize].made_object(target)
            }
        };
        self.nodes[item as usize].needs.iter().map(met).collect()
    }

    /// What calls of the item may look at, read once. `None` is a defect: without what it needs a write might land
    /// elsewhere.
    fn look(&mut self, item: u32) -> Option<serde_json::Result<(&Node, &Seen)>> {
        if self.nodes[item as usize].looked.is_none() {
            match self.nodes[item as usize].seen(self.needs(item)?) {
                Ok(seen) => self.nodes[item as usize].looked = Some(Box::new(seen)),
                Err(error) => return Some(Err(error)),
            }
        }
        let node = &self.nodes[item as usize];
        node.looked.as_deref().map(|seen| Ok((node, seen)))
    }

    /// What the item does next. `None` is a defect: without what it needs a write might land elsewhere.
    pub(super) fn next(&mut self, item: u32) -> Option<serde_json::Result<Next>> {
        let call = self.look(item)?.and_then(|(node, seen)| {
            let call = node.operation.call(&node.params, node.context(seen))?;
            Ok(match call {
                Some(call) => Next::Send(call),
                None if node.operation.follows() => Next::Follow,
                None => Next::Done,
            })
        });
        Some(call)
    }

    /// What GitLab's answer to a successful call says; `None` when it cannot be read.
    pub(super) fn result(&mut self, item: u32, body: &[u8]) -> Option<ItemResult> {
        let (node, seen) = self.look(item)?.ok()?;
        node.operation
            .result(&node.params, node.context(seen), body)
            .ok()?
    }

    /// What GitLab's answer to a successful call says of not having done it.
    pub(super) fn refused(&self, item: u32, body: &[u8]) -> Option<String> {
        let node = &self.nodes[item as usize];
        node.operation.refused(body)
    }

    /// What the item, which has succeeded with this result, has touched. `None` where nobody can say.
    pub(super) fn touched(&self, item: u32, result: Option<&ItemResult>) -> Option<Touched> {
        let node = &self.nodes[item as usize];
        let (target, needs) = node.operation.read(&node.params).ok()?;
        let met = |place: usize| match node.needs.get(place)? {
            Met::Known(place) => Some((place.id, place.path.clone())),
            Met::Item(maker) => {
                let (_, target) = self.names.of(*maker)?;
                let made = self.nodes[*maker as usize].made_object(target)?;
                Some((made.id, made.full_path))
            }
        };
        let (kind, id, full_path, part) = match target {
            Target::New { kind, parent, .. } => {
                let made = result?;
                let is_parent =
                    |need: &Need| need.kind == ObjectKind::Group && Some(&need.object) == parent.as_ref();
                let parent = needs.iter().position(is_parent).and_then(met);
                let path = made.full_path.clone()?;
                (kind, made.id?, path, TouchedPart::New(parent.map(|(id, _)| id)))
            }
            Target::Object { kind, .. } => {
                let (id, path) = met(0)?;
                // Moved or renamed, it has a new path.
                let moved = result.filter(|result| result.id == Some(id));
                let path = moved.and_then(|result| result.full_path.clone()).unwrap_or(path);
                (kind, id, path, TouchedPart::Whole)
            }
            Target::Part { kind, what, name, .. } => {
                let (id, path) = met(0)?;
                (kind, id, path, TouchedPart::Of(what, name))
            }
        };
        Some(Touched {
            kind,
            id,
            full_path,
            part,
        })
    }

    /// What settling the item needs to know.
    pub(super) fn looker(&self, item: u32) -> Looker {
        let node = &self.nodes[item as usize];
        let seen = node.seen(self.needs(item).unwrap_or_default());
        let seen = seen.unwrap_or_default();
        Looker {
            operation: Arc::clone(&node.operation),
            params: Arc::clone(&node.params),
            step: node.step,
            action: node.action,
            needs: seen.needs,
            present: node.made(),
            changes: seen.changes,
            remembered: seen.remembered,
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
        let Ok(seen) = node.seen(self.needs(item).unwrap_or_default()) else {
            return false;
        };
        let done = node
            .operation
            .done_if_refused(&node.params, node.context(&seen), status.as_u16());
        done.unwrap_or(false)
    }

    /// Whether a refusal with this status may come from GitLab's being at the item's write already: it has been sent
    /// before, and nobody knows what became of that.
    pub(super) fn may_be_under_way(&self, item: u32, status: u16) -> bool {
        let node = &self.nodes[item as usize];
        let under_way = || node.operation.under_way_if_refused(&node.params, status);
        node.attempts > 1 && under_way().unwrap_or(false)
    }
}
