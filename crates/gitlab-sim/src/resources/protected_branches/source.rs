use std::sync::Arc;

use crate::access::protections;
use crate::http::{Call, Refusal, refuse};
use crate::options::Tier;
use crate::resources::find;
use crate::state::{Project, ProtectedBranch, Source, State};

/// The project or group whose branches are meant; the viewer may set them.
pub(super) struct Place {
    pub(super) source: Source,
    pub(super) project: Option<Arc<Project>>,
}

/// The place of the path. Groups have protected branches with a licence, and only those at the top.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<Place, Refusal> {
    if call.path.starts_with("/api/v4/groups/") {
        call.licensed(Tier::Premium)?;
        let group = find::group(call, state, call.arg(0))?;
        if !call.viewer.can_admin_group(state, group.id) {
            return Err(refuse::forbidden());
        }
        if group.parent.is_some() {
            return Err(refuse::not_found("Group"));
        }
        return Ok(Place {
            source: Source::Group(group.id),
            project: None,
        });
    }
    let project = find::project(call, state, call.arg(0))?;
    if !call.viewer.can_admin_project(state, &project) {
        return Err(refuse::forbidden());
    }
    Ok(Place {
        source: Source::Project(project.id),
        project: Some(project),
    })
}

impl Place {
    /// All protections that hold there; in a project also those of its groups.
    pub(super) fn all(&self, state: &State) -> Vec<(Source, Arc<ProtectedBranch>)> {
        if let Some(project) = &self.project {
            return protections(state, project);
        }
        let own = state.belongings.protected_branches.of(self.source);
        own.map(|rule| (self.source, Arc::clone(rule))).collect()
    }

    /// The protection of that very name.
    pub(super) fn named(&self, state: &State, name: &str) -> Result<(Source, Arc<ProtectedBranch>), Refusal> {
        self.all(state)
            .into_iter()
            .find(|(_, rule)| rule.name == name)
            .ok_or_else(refuse::row_not_found)
    }

    /// The same, if it is the place's own to change. What a group says holds in its projects.
    pub(super) fn own(
        &self,
        call: &Call<'_>,
        state: &State,
        name: &str,
    ) -> Result<Arc<ProtectedBranch>, Refusal> {
        let own = state
            .belongings
            .protected_branches
            .of(self.source)
            .find(|rule| rule.name == name)
            .cloned();
        let Some(rule) = own else {
            self.named(state, name)?;
            return Err(refuse::forbidden());
        };
        match &self.project {
            Some(project) if !call.viewer.can_unprotect(state, project, &rule) => Err(refuse::forbidden()),
            _ => Ok(rule),
        }
    }
}
