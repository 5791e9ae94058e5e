//! Undoing: a new job that reverses what a job did, to be looked at and started like any other.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Action, ItemError, ItemStatus, Job, JobId, JobOptions, JobStatus, Origin, Timestamp};
use storage::StoredItem;

use crate::done::{Done, Finished};
use crate::expectation::Expectation;
use crate::operation::{ObjectKind, ObjectRef, Registry, Reverse, Target, Undo, ValidItem, job_type};
use crate::plan::PlanError;
use crate::{Actor, Engine, JobError, JobRequest, JobSource};

impl Engine {
    /// A new job that reverses the succeeded items of a job that has ended or is paused, the last first. What
    /// was half done is reversed as well; what cannot be undone is an item that says why and does nothing.
    ///
    /// It is planned like any other: items whose target was changed since are skipped (`CHANGED_SINCE`), and
    /// nothing is sent before it is started.
    ///
    /// # Errors
    /// `StillRunning`, `NothingToUndo`.
    pub async fn undo(&self, id: JobId, origin: Origin, actor: &Actor) -> Result<Job, JobError> {
        let job = self.job(id, actor).await?;
        if !job.status.has_ended() && job.status != JobStatus::Paused {
            return Err(JobError::StillRunning(id, job.status, "undo it"));
        }
        let items = self.all_items(id).await?;
        let done = Done {
            registry: self.registry(),
            items: &items,
        };
        let reversed = reverse(&done, self.now())?;
        drop(items);
        if reversed.is_empty() {
            return Err(JobError::NothingToUndo(id));
        }
        let operations: BTreeSet<&str> = reversed.iter().map(|item| item.operation).collect();
        let kind = match operations.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => job_type(one),
            _ => "mixed".to_owned(),
        };
        let request = JobRequest {
            kind,
            source: JobSource::Items(reversed),
            options: JobOptions {
                // What it finds is what the job left, and is to be changed back.
                update_existing: true,
                continue_on_error: job.options.continue_on_error,
                concurrency: job.options.concurrency,
                rate_per_second: job.options.rate_per_second,
                ..JobOptions::default()
            },
            origin,
            start: false,
            idempotency: None,
            retry_of: None,
            undo_of: Some(id),
        };
        self.create_job(request, actor).await
    }
}

/// The items that reverse a job, in their order.
pub(crate) fn reverse(done: &Done<'_>, today: Timestamp) -> Result<Vec<ValidItem>, PlanError> {
    let mut reversed: Vec<ValidItem> = Vec::new();
    // What reverses an item has to wait for what reverses the items that needed it.
    let mut before: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for item in last_first(done.items) {
        if !is_to_be_undone(item) {
            continue;
        }
        let mut after = before.remove(&item.index).unwrap_or_default();
        let mut last = after.clone();
        for (mut valid, mut expectation) in reverse_one(done, item, today)? {
            let number = u32::try_from(reversed.len()).unwrap_or(u32::MAX);
            expectation.after = std::mem::replace(&mut after, vec![number]);
            last = vec![number];
            valid.expects = expectation.store();
            reversed.push(valid);
        }
        for &need in &item.depends_on {
            before.entry(need).or_default().extend(&last);
        }
    }
    Ok(reversed)
}

/// Something was done for it: all of it, some of its writes, or nobody knows.
fn is_to_be_undone(item: &StoredItem) -> bool {
    match item.status {
        ItemStatus::Succeeded | ItemStatus::Unconfirmed => true,
        ItemStatus::Failed | ItemStatus::Running => item.step > 0,
        _ => false,
    }
}

/// Each item after those that need it; else the last one first.
fn last_first(items: &[StoredItem]) -> Vec<&StoredItem> {
    let mut waiting = vec![0_u32; items.len()];
    for &need in items.iter().flat_map(|item| &item.depends_on) {
        if let Some(waiting) = waiting.get_mut(need as usize) {
            *waiting += 1;
        }
    }
    let mut ready: BTreeSet<usize> = (0..items.len()).filter(|&index| waiting[index] == 0).collect();
    let mut order = Vec::with_capacity(items.len());
    while let Some(index) = ready.pop_last() {
        order.push(&items[index]);
        for &need in &items[index].depends_on {
            if let Some(waiting) = waiting.get_mut(need as usize) {
                *waiting -= 1;
                if *waiting == 0 {
                    ready.insert(need as usize);
                }
            }
        }
    }
    order
}

fn reverse_one(
    done: &Done<'_>,
    item: &StoredItem,
    today: Timestamp,
) -> Result<Vec<(ValidItem, Expectation)>, PlanError> {
    let broken = |source| PlanError::Parameters {
        index: item.index,
        source,
    };
    let operation = done
        .registry
        .get(&item.operation)
        .ok_or_else(|| PlanError::UnknownOperation {
            index: item.index,
            operation: item.operation.clone(),
        })?;
    let left = |why: String| -> Result<Vec<(ValidItem, Expectation)>, PlanError> {
        let (target, needs) = operation.read(&item.params).map_err(broken)?;
        let expectation = Expectation {
            left: Some(not_undoable(why)),
            ..Expectation::default()
        };
        let valid = ValidItem {
            operation: operation.name(),
            target,
            needs,
            params: item.params.clone(),
            source: item.source.clone(),
            expects: None,
            label: Some(item.target.clone()),
            input: None,
        };
        Ok(vec![(valid, expectation)])
    };
    if item.status == ItemStatus::Unconfirmed {
        return left(
            "nobody knows whether it was done: settle it first (`jobs resolve`), then undo again".into(),
        );
    }
    let Some(finished) = done.finished(item)? else {
        return left("what it was done to is not known any more".into());
    };
    let reverses = match operation.undo(&item.params, finished.context()).map_err(broken)? {
        Undo::Nothing => return Ok(Vec::new()),
        Undo::Impossible(why) => return left(why),
        Undo::Items(reverses) => reverses,
    };
    let fields = expected(&finished, operation.read(&item.params).map_err(broken)?.0);
    let mut items = Vec::with_capacity(reverses.len());
    for reverse in reverses {
        match valid(done.registry, reverse, item, today) {
            Ok(mut valid) => {
                let seen_at = name(&mut valid, &finished);
                let expectation = Expectation {
                    fields: fields.clone(),
                    seen_at,
                    ..Expectation::default()
                };
                items.push((valid, expectation));
            }
            Err(why) => return left(why),
        }
    }
    Ok(items)
}

/// What the item left its target like, as far as what reverses it is going to look at that.
fn expected(finished: &Finished<'_>, target: Target) -> BTreeMap<String, serde_json::Value> {
    let item = finished.item;
    if item.status != ItemStatus::Succeeded || item.action == Some(Action::Delete) {
        return BTreeMap::new();
    }
    // GitLab lowers a new project's visibility to its group's without a word (API facts §5.4).
    let new = matches!(target, Target::New { .. });
    finished
        .changes
        .iter()
        .filter(|change| change.to != "***" && !(new && change.field == "visibility"))
        .map(|change| (change.field.clone(), change.to.clone()))
        .collect()
}

fn valid(
    registry: &Registry,
    reverse: Reverse,
    item: &StoredItem,
    today: Timestamp,
) -> Result<ValidItem, String> {
    let operation = registry
        .get(reverse.operation)
        .ok_or_else(|| format!("this version has no `{}`", reverse.operation))?;
    let serde_json::Value::Object(params) = reverse.params else {
        return Err(format!("`{}` takes no such parameters", reverse.operation));
    };
    operation
        .validate(params, item.source.clone(), today)
        .map_err(|problems| {
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            format!("what was there before cannot be set again: {}", said.join("; "))
        })
}

/// Gives an item whose object is named by number its path, for people; returns where the object was.
fn name(valid: &mut ValidItem, finished: &Finished<'_>) -> Option<String> {
    let path = |kind: ObjectKind, object: &ObjectRef| match object {
        ObjectRef::Id(id) => finished.path_of(kind, *id).map(str::to_owned),
        ObjectRef::Path(_) => None,
    };
    match &valid.target {
        Target::Object { kind, object } => {
            let path = path(*kind, object)?;
            valid.label = Some(path.clone());
            Some(path)
        }
        Target::Part { kind, of, name, .. } => {
            let path = path(*kind, of)?;
            valid.label = Some(format!("{path}#{name}"));
            Some(path)
        }
        Target::New {
            kind: _,
            parent,
            path: own,
        } => {
            let parent = path(ObjectKind::Group, parent.as_ref()?)?;
            valid.label = Some(format!("{parent}/{own}"));
            None
        }
    }
}

fn not_undoable(message: String) -> ItemError {
    ItemError {
        code: "NOT_UNDOABLE".to_owned(),
        message,
        gitlab_status: None,
        details: None,
    }
}
