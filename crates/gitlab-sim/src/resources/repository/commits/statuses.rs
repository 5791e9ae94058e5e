use std::sync::Arc;

use serde::Serialize;

use super::show;
use crate::http::{Answer, Call, Offset, Reply, refuse};
use crate::resources::users::present::UserBasic;
use crate::state::State;
use crate::state::repository::{CommitStatus, ObjectId};
use crate::time_text::Moment;

/// What a program said about a commit.
#[derive(Debug, Serialize)]
struct StatusBody {
    id: u64,
    sha: ObjectId,
    #[serde(rename = "ref")]
    reference: Option<String>,
    status: String,
    name: String,
    target_url: Option<String>,
    description: Option<String>,
    created_at: Moment,
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    allow_failure: bool,
    coverage: Option<f64>,
    /// No pipeline ever runs.
    pipeline_id: Option<u64>,
    author: Option<UserBasic>,
}

impl StatusBody {
    fn of(call: &Call<'_>, state: &State, status: &CommitStatus) -> Self {
        let ended = matches!(
            status.status.as_str(),
            "success" | "failed" | "canceled" | "skipped"
        );
        let begun = ended || status.status == "running";
        let author = state.users.get(status.author);
        Self {
            id: status.id,
            sha: status.commit,
            reference: status.reference.clone(),
            status: status.status.clone(),
            name: status.name.clone(),
            target_url: status.target_url.clone(),
            description: status.description.clone(),
            created_at: status.created_at,
            started_at: begun.then_some(status.created_at),
            finished_at: ended.then_some(status.created_at),
            allow_failure: false,
            coverage: status.coverage,
            pipeline_id: None,
            author: author.map(|user| UserBasic::of(&call.instance.site, user)),
        }
    }
}

/// `GET /projects/:id/repository/commits/:sha/statuses`
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let (reference, name) = (ask.filled("ref"), ask.filled("name"));
    ask.ignored(&["stage", "all", "pipeline_id", "order_by", "sort"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let found = show::find(call)?;
    let state = call.state();
    let statuses: Vec<Arc<CommitStatus>> = state
        .belongings
        .commit_statuses
        .of(found.project.id)
        .filter(|status| status.commit == found.commit.id)
        .filter(|status| name.as_ref().is_none_or(|name| status.name == *name))
        .filter(|status| reference.is_none() || status.reference == reference)
        .cloned()
        .collect();
    let total = statuses.len();
    let page = offset.cut_of(statuses, total);
    Ok(page
        .map(|status| Some(StatusBody::of(call, &state, &status)))
        .reply(call))
}

/// `POST /projects/:id/statuses/:sha`: a second word under the same name takes the place of the first.
pub(super) fn create(call: &Call<'_>) -> Answer {
    const STATES: [&str; 6] = ["pending", "running", "success", "failed", "canceled", "skipped"];
    let author = call.user()?.id;
    let mut ask = call.ask();
    ask.require("state");
    let status = ask.choice("state", &STATES).unwrap_or_default();
    let reference = ask.filled("ref");
    let name = ask.filled("name").or_else(|| ask.filled("context"));
    let target_url = ask.filled("target_url");
    let description = ask.filled("description");
    let coverage = ask.filled("coverage").and_then(|text| text.parse().ok());
    ask.ignored(&["pipeline_id", "sha"]);
    call.admit(ask)?;
    let found = show::find(call)?;
    let body = {
        let mut state = call.change();
        if !call.viewer.can_push_code(&state, &found.project) {
            return Err(refuse::forbidden());
        }
        let (project, commit) = (found.project.id, found.commit.id);
        let name = name.unwrap_or_else(|| "default".to_owned());
        let reference = reference.or_else(|| found.project.default_branch.clone());
        let known = state
            .belongings
            .commit_statuses
            .of(project)
            .find(|known| known.commit == commit && known.name == name && known.reference == reference)
            .cloned();
        let status = CommitStatus {
            id: known.as_ref().map_or(0, |known| known.id),
            commit,
            author,
            reference,
            name,
            status: status.to_owned(),
            target_url,
            description,
            coverage,
            created_at: call.now,
        };
        let statuses = &mut state.belongings.commit_statuses;
        let status = match known {
            Some(known) => {
                let status = Arc::new(status);
                statuses.put(project, known.id, Arc::clone(&status));
                status
            }
            None => statuses.add(project, |id| CommitStatus { id, ..status }),
        };
        StatusBody::of(call, &state, &status)
    };
    Ok(Reply::created(&body).applied())
}
