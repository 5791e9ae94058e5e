//! The jobs of a server.

use domain::{Item, Job, JobId};
use engine::Resolution;
use serde::Deserialize;
use serde_json::{Value, json};
use storage::JobFilter;

use super::Remote;
use crate::failure::Failure;

/// A page of jobs, newest first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Jobs {
    pub(crate) jobs: Vec<Job>,
    pub(crate) next_cursor: Option<String>,
}

impl Remote {
    pub(crate) async fn job(&self, id: JobId) -> Result<Job, Failure> {
        self.get(&format!("api/jobs/{id}"), &[]).await
    }

    pub(crate) async fn jobs(&self, filter: JobFilter) -> Result<Jobs, Failure> {
        let mut query = vec![("limit", filter.limit.to_string())];
        let statuses: Vec<&str> = filter.status.iter().map(|status| status.name()).collect();
        query.push(("status", statuses.join(",")));
        query.extend(filter.kind.map(|kind| ("type", kind)));
        query.extend(filter.text.map(|text| ("q", text)));
        query.extend(filter.before.map(|id| ("cursor", id.to_string())));
        query.retain(|(_, value)| !value.is_empty());
        self.get("api/jobs", &query).await
    }

    /// Makes a job, to be planned and not started.
    pub(crate) async fn create(&self, kind: &str, data: Value, options: Value) -> Result<Job, Failure> {
        let body = json!({ "type": kind, "data": data, "options": options, "start": false });
        self.post("api/jobs", &body).await
    }

    pub(crate) async fn start(&self, id: JobId, confirm: Option<&str>) -> Result<Job, Failure> {
        self.post(&format!("api/jobs/{id}/start"), &json!({ "confirm": confirm }))
            .await
    }

    pub(crate) async fn pause(&self, id: JobId) -> Result<Job, Failure> {
        self.post(&format!("api/jobs/{id}/pause"), &json!({})).await
    }

    pub(crate) async fn resume(&self, id: JobId) -> Result<Job, Failure> {
        self.post(&format!("api/jobs/{id}/resume"), &json!({})).await
    }

    pub(crate) async fn cancel(&self, id: JobId) -> Result<Job, Failure> {
        self.delete(&format!("api/jobs/{id}")).await
    }

    pub(crate) async fn retry(&self, id: JobId, code: Option<&str>) -> Result<Job, Failure> {
        self.post(&format!("api/jobs/{id}/retry"), &json!({ "code": code }))
            .await
    }

    pub(crate) async fn undo(&self, id: JobId) -> Result<Job, Failure> {
        self.post(&format!("api/jobs/{id}/undo"), &json!({})).await
    }

    pub(crate) async fn verify(&self, id: JobId) -> Result<Job, Failure> {
        self.post(&format!("api/jobs/{id}/verify"), &json!({})).await
    }

    pub(crate) async fn resolve(&self, id: JobId, index: u32, outcome: Resolution) -> Result<Item, Failure> {
        let path = format!("api/jobs/{id}/items/{index}/resolve");
        self.post(&path, &json!({ "outcome": outcome.name() })).await
    }
}
