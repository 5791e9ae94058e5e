//! Running the failed items of a job again, in a new job that is planned anew.

use std::collections::{BTreeSet, HashMap};

use domain::{Action, Item, ItemStatus, Job, JobId, JobOptions, Origin};
use serde_json::value::RawValue;
use storage::{ItemFilter, StoredItem};

use crate::expectation::{Agreed, Expectation};
use crate::inputs::Inputs;
use crate::operation::ValidItem;
use crate::plan::{PlanError, found_object};
use crate::{Actor, Engine, JobError, JobRequest, JobSource};

/// What is to be run again.
#[derive(Default)]
struct Again {
    items: Vec<ValidItem>,
    /// Something of it removes things, and is not what was agreed to any more.
    to_be_agreed: bool,
}

impl Engine {
    /// A new job of the failed items of an ended one (of one error code, if given, with the failed items that
    /// those need). It is planned anew, so that of an item with several writes only what is missing is done, and
    /// then starts by itself: what it does was agreed to. Where something would be removed that was not (it stood in
    /// the plan as a conflict, has changed since, or is another object by now), it stays planned, and has a
    /// `confirmation` as any other job.
    ///
    /// # Errors
    /// `StillRunning`, `NothingToRetry`.
    pub async fn retry(
        &self,
        id: JobId,
        code: Option<&str>,
        origin: Origin,
        actor: &Actor,
    ) -> Result<Job, JobError> {
        let job = self.job(id, actor).await?;
        if !job.status.has_ended() {
            return Err(JobError::StillRunning(id, job.status, "retry"));
        }
        let again = self.failed_items(id, code).await?;
        if again.items.is_empty() {
            return Err(JobError::NothingToRetry(id));
        }
        let inputs = self.inputs_of(id).await?;
        let request = JobRequest {
            kind: job.kind,
            source: JobSource::Rows(again.items, inputs),
            options: JobOptions {
                not_before: None,
                confirm: None,
                ..job.options
            },
            origin,
            start: !again.to_be_agreed,
            idempotency: None,
            retry_of: Some(id),
            undo_of: None,
        };
        self.create_job(request, actor).await
    }

    async fn failed_items(&self, id: JobId, code: Option<&str>) -> Result<Again, JobError> {
        let storage = self.storage();
        // Of each failed item, its code and what it needs.
        let mut failed: HashMap<u32, (String, Vec<u32>)> = HashMap::new();
        // What their rows said.
        let mut rows: HashMap<u32, Box<RawValue>> = HashMap::new();
        let mut filter = ItemFilter {
            status: vec![ItemStatus::Failed],
            limit: 10_000,
            ..ItemFilter::default()
        };
        loop {
            let page = storage.items(id, &filter).await?;
            failed.extend(page.items.into_iter().map(|item: Item| {
                let code = item.error.map(|error| error.code).unwrap_or_default();
                (item.index, (code, item.depends_on))
            }));
            let page_of_rows = storage.item_rows(id, &filter).await?;
            rows.extend(
                page_of_rows
                    .into_iter()
                    .filter_map(|row| Some((row.index, row.input?))),
            );
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        let wanted = with_what_they_need(&failed, code);
        let mut again = Again::default();
        let mut after = None;
        loop {
            let page = storage.load_items(id, after, 5_000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.index);
            for item in page.into_iter().filter(|item| wanted.contains(&item.index)) {
                let changed = failed
                    .get(&item.index)
                    .is_some_and(|(code, _)| code == "CHANGED_SINCE_PLAN");
                let input = rows.remove(&item.index);
                self.add(&mut again, item, input, changed)?;
            }
        }
        Ok(again)
    }

    /// The tables that the items of a job were read from.
    pub(crate) async fn inputs_of(&self, id: JobId) -> Result<Inputs, JobError> {
        let record = self.storage().job(id).await?;
        let stored = record.and_then(|record| record.inputs);
        Ok(stored
            .and_then(|inputs| serde_json::from_str(inputs.get()).ok())
            .unwrap_or_default())
    }

    fn add(
        &self,
        again: &mut Again,
        item: StoredItem,
        input: Option<Box<RawValue>>,
        changed: bool,
    ) -> Result<(), JobError> {
        let item = self.opened(item)?;
        let Some(operation) = self.registry().get(&item.operation) else {
            return Ok(());
        };
        let broken = |source| PlanError::Parameters {
            index: item.index,
            source,
        };
        let (target, needs) = operation.read(&item.params).map_err(broken)?;
        // A conflict was never part of what was agreed to: nothing was to be done.
        let was_agreed_to = operation.confirm_from().is_some() && item.action.is_some_and(Action::writes);
        let agreed = was_agreed_to.then(|| Agreed {
            id: found_object(item.found.as_deref()),
        });
        let expectation = Expectation {
            agreed,
            half_done: item.step > 0,
            // Numbers of another job's items.
            after: Vec::new(),
            ..Expectation::read(item.expects.as_deref()).map_err(broken)?
        };
        again.to_be_agreed |= changed && operation.confirm_from().is_some();
        again.items.push(ValidItem {
            operation: operation.name(),
            label: (item.target != target.to_string()).then_some(item.target),
            target,
            needs,
            params: item.params,
            source: item.source,
            expects: expectation.store(),
            input,
        });
        Ok(())
    }
}

/// Items that failed with this code (any, when none is given), and the failed ones that they need, over all
/// links: alone they would only fail again.
fn with_what_they_need(failed: &HashMap<u32, (String, Vec<u32>)>, code: Option<&str>) -> BTreeSet<u32> {
    let meant = |failed_with: &str| code.is_none_or(|code| code == failed_with);
    let mut wanted = BTreeSet::new();
    let mut left: Vec<u32> = failed
        .iter()
        .filter(|(_, (failed_with, _))| meant(failed_with))
        .map(|(index, _)| *index)
        .collect();
    while let Some(index) = left.pop() {
        let Some((_, needs)) = failed.get(&index) else {
            continue;
        };
        if wanted.insert(index) {
            left.extend(needs);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_with_something_else_comes_along_when_it_is_needed() {
        let failed = HashMap::from([
            (0, ("GITLAB_FORBIDDEN".to_owned(), vec![])),
            (1, ("DEPENDENCY_FAILED".to_owned(), vec![0])),
            (2, ("DEPENDENCY_FAILED".to_owned(), vec![1])),
            (3, ("GITLAB_INVALID".to_owned(), vec![9])),
        ]);
        let of = |code| with_what_they_need(&failed, code).into_iter().collect::<Vec<_>>();
        assert_eq!(of(Some("DEPENDENCY_FAILED")), [0, 1, 2]);
        assert_eq!(of(Some("GITLAB_INVALID")), [3]);
        assert_eq!(of(Some("GITLAB_FORBIDDEN")), [0]);
        assert_eq!(of(None), [0, 1, 2, 3]);
    }
}
