//! Jobs of items as the API gives them, and what can be seen in GitLab afterwards.

use domain::{Item, Job, JobId, JobOptions, Origin, Source};
use engine::import::read_body;
use engine::operation::job_type;
use engine::{JobRequest, JobSource};
use gitlab_client::{Lane, NO_QUERY};
use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// Remembers a job of items of one operation.
    pub(crate) async fn make(&self, operation: &str, items: &Value, options: JobOptions, start: bool) -> Job {
        let data = json!({ "items": items });
        let kind = job_type(operation);
        let imported = match read_body(self.engine.registry(), &kind, &data, self.engine.now()) {
            Ok(imported) => imported,
            Err(problems) => panic!("{problems}"),
        };
        let request = JobRequest {
            kind: imported.job_type,
            source: JobSource::Items(imported.items),
            options,
            origin: Origin::Cli,
            start,
            idempotency: None,
            retry_of: None,
            undo_of: None,
        };
        self.engine.create_job(request, &self.actor).await.unwrap()
    }

    /// Plans and runs items of one operation.
    pub(crate) async fn run(&self, operation: &str, items: &Value, options: JobOptions) -> Job {
        let job = self.make(operation, items, options, true).await;
        self.work(job.id).await
    }

    /// Plans items of one operation and stops there.
    pub(crate) async fn planned(&self, operation: &str, items: &Value, options: JobOptions) -> Job {
        let job = self.make(operation, items, options, false).await;
        self.plan_job(job.id).await
    }

    /// Plans a job that is not planned yet.
    pub(crate) async fn plan_job(&self, job: JobId) -> Job {
        let (lease, job) = self.engine.claim_job(job, &self.actor).await.unwrap();
        self.engine.plan(&lease, &job, &self.gitlab).await.unwrap()
    }

    /// Plans and runs items of several operations, in this order.
    pub(crate) async fn run_mixed(&self, items: &[(&str, Value)]) -> Job {
        let valid = items.iter().map(|(operation, params)| {
            let operation = self.engine.registry().get(operation).unwrap();
            let params = params.as_object().unwrap().clone();
            match operation.validate(params, Source::default(), self.engine.now()) {
                Ok(item) => item,
                Err(problems) => panic!("{problems:?}"),
            }
        });
        let request = JobRequest {
            kind: "mixed".to_owned(),
            source: JobSource::Items(valid.collect()),
            options: JobOptions::default(),
            origin: Origin::Cli,
            start: true,
            idempotency: None,
            retry_of: None,
            undo_of: None,
        };
        let job = self.engine.create_job(request, &self.actor).await.unwrap();
        self.work(job.id).await
    }

    /// What is wrong with items, a line each.
    pub(crate) fn refused(&self, operation: &str, items: &Value) -> String {
        let kind = job_type(operation);
        let data = json!({ "items": items });
        let Err(problems) = read_body(self.engine.registry(), &kind, &data, self.engine.now()) else {
            panic!("nothing is wrong with {items}")
        };
        assert_eq!(self.sim.stats().writes.rejected_as_duplicate, 0);
        let lines: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    /// What GitLab has at this path now.
    pub(crate) async fn found_at(&self, path: &str) -> Option<Value> {
        self.gitlab.find(path, NO_QUERY, Lane::People).await.unwrap()
    }

    /// GitLab's number of a user.
    pub(crate) async fn user(&self, username: &str) -> u64 {
        let users = self
            .found_at(&format!("users?username={username}"))
            .await
            .unwrap();
        users[0]["id"].as_u64().unwrap()
    }

    /// Changes something in GitLab without us.
    pub(crate) async fn change_by_hand(&self, path: &str, body: Value) {
        let request = gitlab_client::WriteRequest::new(gitlab_client::WriteMethod::Put, path).body(body);
        match self.gitlab.send(&request, Lane::People).await {
            gitlab_client::Answer::Done(_) => {}
            other => panic!("{path}: {other:?}"),
        }
    }

    /// Removes something in GitLab without us.
    pub(crate) async fn remove_by_hand(&self, path: &str) {
        let request = gitlab_client::WriteRequest::new(gitlab_client::WriteMethod::Delete, path);
        match self.gitlab.send(&request, Lane::People).await {
            gitlab_client::Answer::Done(_) => {}
            other => panic!("{path}: {other:?}"),
        }
    }
}

/// Everything that the plan of these items says would change, a line each.
pub(crate) fn changes(items: &[Item]) -> String {
    let lines: Vec<String> = items
        .iter()
        .flat_map(|item| &item.changes)
        .map(|change| format!("{}: {} → {}", change.field, change.from, change.to))
        .collect();
    lines.join("\n")
}
