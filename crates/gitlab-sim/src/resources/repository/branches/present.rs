use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::super::commits::present::CommitBody;
use super::super::push::head;
use crate::access::{developers_may, protections_of};
use crate::http::Call;
use crate::state::repository::{Commit, Repository};
use crate::state::{Action, Project, State};

/// What has to be encoded in the address of a page about a branch.
const IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'#')
    .add(b'?')
    .add(b'%')
    .add(b'"')
    .add(b'<')
    .add(b'>');

/// A branch.
#[derive(Debug, Serialize)]
pub(super) struct BranchBody {
    name: String,
    commit: CommitBody,
    /// Everything on it is on the default branch, too.
    merged: bool,
    protected: bool,
    developers_can_push: bool,
    developers_can_merge: bool,
    /// The viewer's own right.
    can_push: bool,
    default: bool,
    web_url: String,
}

impl BranchBody {
    pub(super) fn of(
        call: &Call<'_>,
        state: &State,
        project: &Project,
        repository: &Repository,
        name: &str,
        commit: &Commit,
    ) -> Self {
        let site = &call.instance.site;
        let path = state.project_full_path(project);
        let default = project.default_branch.as_deref() == Some(name);
        Self {
            name: name.to_owned(),
            merged: !default
                && head(project, repository).is_some_and(|head| repository.leads_to(commit.id, head)),
            protected: !protections_of(state, project, name).is_empty(),
            developers_can_push: developers_may(Action::Push, state, project, name),
            developers_can_merge: developers_may(Action::Merge, state, project, name),
            can_push: call.viewer.can_push_to(state, project, name),
            default,
            web_url: format!(
                "{}/{path}/-/tree/{}",
                site.url,
                utf8_percent_encode(name, IN_PATHS)
            ),
            commit: CommitBody::of(site, &path, commit),
        }
    }
}
