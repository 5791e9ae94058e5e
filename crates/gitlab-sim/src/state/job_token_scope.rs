use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use crate::ids::{NamespaceId, ProjectId};

/// From where the job tokens of other projects may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobTokenScope {
    /// Only from the lists below, and from the project itself.
    pub(crate) limited: bool,
    pub(crate) projects: BTreeSet<ProjectId>,
    pub(crate) groups: BTreeSet<NamespaceId>,
}

impl Default for JobTokenScope {
    fn default() -> Self {
        Self {
            limited: true,
            projects: BTreeSet::new(),
            groups: BTreeSet::new(),
        }
    }
}

/// The scopes of all projects that ever changed theirs.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct JobTokenScopes(BTreeMap<ProjectId, JobTokenScope>);

impl JobTokenScopes {
    pub(crate) fn of(&self, project: ProjectId) -> Option<&JobTokenScope> {
        self.0.get(&project)
    }

    /// The scope, to change.
    pub(crate) fn change(&mut self, project: ProjectId) -> &mut JobTokenScope {
        self.0.entry(project).or_default()
    }
}

impl Forget for JobTokenScopes {
    fn forget(&mut self, gone: Gone) {
        match gone {
            Gone::Project(id) => {
                self.0.remove(&id);
                for scope in self.0.values_mut() {
                    scope.projects.remove(&id);
                }
            }
            Gone::Group(id) => {
                for scope in self.0.values_mut() {
                    scope.groups.remove(&id);
                }
            }
            Gone::User(_) => {}
        }
    }
}
