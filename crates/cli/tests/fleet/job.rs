use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::person::{Person, told};

/// Six groups with fifty projects each: some seconds of work.
const GROUPS: u64 = 6;
const PROJECTS: u64 = 50;
/// How many writes that takes.
pub(crate) const WRITES: u64 = GROUPS + GROUPS * PROJECTS;

/// An import through the first node.
pub(crate) struct Import {
    pub(crate) job: String,
}

impl Import {
    pub(crate) async fn begin(person: &Person) -> Self {
        let answer = person
            .at(0, Method::POST, "/api/jobs")
            .json(&json!({ "type": "manifest", "data": { "manifest": manifest() } }))
            .send()
            .await
            .unwrap();
        let (status, job) = told(answer).await;
        assert_eq!(status, StatusCode::CREATED, "{job}");
        Self {
            job: job["id"].as_str().unwrap().to_owned(),
        }
    }

    /// It is done to its end, everything in it exactly once, and the ledger says so.
    pub(crate) async fn assert_done_once(&self, person: &Person, fleet: &Fleet) {
        let ended = person.wait_for(&self.job).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        assert_eq!(ended["successCount"], WRITES, "{ended}");
        let stats = fleet.gitlab.stats();
        assert_eq!(stats.writes.applied, WRITES);
        assert_eq!(stats.writes.rejected_as_duplicate, 0);
    }
}

fn manifest() -> Value {
    let project = |project: u64| json!({ "name": format!("P{project}"), "path": format!("p{project}") });
    let group = |group: u64| {
        json!({
            "name": format!("G{group}"),
            "path": format!("g{group}"),
            "projects": (0..PROJECTS).map(project).collect::<Vec<_>>(),
        })
    };
    json!({ "apiVersion": "gitlab-bulk/v1", "groups": (0..GROUPS).map(group).collect::<Vec<_>>() })
}
