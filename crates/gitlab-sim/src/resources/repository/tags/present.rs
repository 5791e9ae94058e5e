use serde::Serialize;

use super::super::commits::present::{CommitBody, CommitTime};
use crate::http::Call;
use crate::state::repository::{ObjectId, Repository, Tag};
use crate::state::{Project, State, fits};

/// A tag.
#[derive(Debug, Serialize)]
pub(super) struct TagBody {
    name: String,
    /// Empty for a tag that is only a name.
    message: String,
    target: ObjectId,
    commit: Option<CommitBody>,
    /// There are no releases here.
    release: (),
    protected: bool,
    created_at: Option<CommitTime>,
}

impl TagBody {
    pub(super) fn of(
        call: &Call<'_>,
        state: &State,
        project: &Project,
        repository: &Repository,
        name: &str,
        tag: &Tag,
    ) -> Self {
        let path = state.project_full_path(project);
        let commit = repository.commit(tag.commit);
        let own = tag.annotation.as_ref();
        let rules = &state.belongings.protected_tags;
        Self {
            name: name.to_owned(),
            message: own.map_or_else(String::new, |own| own.message.clone()),
            target: tag.target(),
            commit: commit.map(|commit| CommitBody::of(&call.instance.site, &path, commit)),
            release: (),
            protected: rules.of(project.id).any(|rule| fits(&rule.name, name)),
            created_at: own.map(|own| CommitTime(own.tagger.at)),
        }
    }
}
