use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Job, JobId, UserKey};
use engine::events::ItemEnd;

/// At most ten times a second per job.
const EVERY: Duration = Duration::from_millis(100);

/// What has happened to jobs since it was last told, so that it is told at most ten times a second and
/// the last state always.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    jobs: HashMap<JobId, Pending>,
}

/// What is to be told of one job.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) progress: Option<Arc<Job>>,
    /// The job's version with the last of the items.
    pub(super) version: u64,
    pub(super) succeeded: Vec<ItemEnd>,
    pub(super) failed: Vec<ItemEnd>,
}

#[derive(Debug)]
struct Pending {
    owner: UserKey,
    told_at: Option<Duration>,
    told: Told,
}

impl Throttle {
    /// Adds to what is to be told of a job.
    pub(super) fn add(&mut self, job: JobId, owner: &UserKey, add: impl FnOnce(&mut Told)) {
        let pending = self.jobs.entry(job).or_insert_with(|| Pending {
            owner: owner.clone(),
            told_at: None,
            told: Told::default(),
        });
        add(&mut pending.told);
    }

    /// When the next job is due, if any has something to tell.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.jobs
            .values()
            .filter(|pending| !pending.told.is_empty())
            .map(Pending::due)
            .min()
    }

    /// Takes what is due at `now`.
    pub(super) fn due(&mut self, now: Duration) -> Vec<(JobId, UserKey, Told)> {
        let mut due = Vec::new();
        for (job, pending) in &mut self.jobs {
            if !pending.told.is_empty() && pending.due() <= now {
                pending.told_at = Some(now);
                due.push((*job, pending.owner.clone(), std::mem::take(&mut pending.told)));
            }
        }
        due
    }

    /// Takes what is left of a job that has changed its status, due or not; forgets the job.
    pub(super) fn finish(&mut self, job: JobId) -> Option<Told> {
        self.jobs.remove(&job).map(|pending| pending.told)
    }

    /// The jobs that something was told of lately.
    pub(super) fn jobs(&self) -> Vec<JobId> {
        self.jobs.keys().copied().collect()
    }
}

impl Pending {
    fn due(&self) -> Duration {
        self.told_at.map_or(Duration::ZERO, |at| at + EVERY)
    }
}

impl Told {
    fn is_empty(&self) -> bool {
        self.progress.is_none() && self.succeeded.is_empty() && self.failed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> UserKey {
        UserKey {
            instance: "https://gitlab.test".parse().unwrap(),
            user_id: 7,
        }
    }

    fn end(index: u32) -> ItemEnd {
        ItemEnd {
            index,
            operation: String::new(),
            target: String::new(),
            result: None,
            error: None,
            touched: None,
        }
    }

    #[test]
    fn a_job_is_told_of_ten_times_a_second_and_nothing_is_left_out() {
        let (mut throttle, job) = (Throttle::default(), JobId(uuid::Uuid::nil()));
        let at = Duration::from_millis;
        throttle.add(job, &owner(), |told| told.succeeded.push(end(0)));
        assert_eq!(throttle.due(at(5)).len(), 1);
        throttle.add(job, &owner(), |told| told.succeeded.push(end(1)));
        throttle.add(job, &owner(), |told| told.succeeded.push(end(2)));
        assert_eq!(throttle.next_due(), Some(at(105)));
        assert!(throttle.due(at(104)).is_empty());
        let due = throttle.due(at(105));
        assert_eq!(
            due[0]
                .2
                .succeeded
                .iter()
                .map(|item| item.index)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(throttle.next_due(), None);
    }

    #[test]
    fn the_end_of_a_job_waits_for_nothing() {
        let (mut throttle, job) = (Throttle::default(), JobId(uuid::Uuid::nil()));
        throttle.add(job, &owner(), |told| told.failed.push(end(0)));
        assert_eq!(throttle.due(Duration::ZERO).len(), 1);
        throttle.add(job, &owner(), |told| told.failed.push(end(1)));
        assert_eq!(throttle.finish(job).map(|told| told.failed.len()), Some(1));
        assert!(throttle.jobs().is_empty());
    }
}
