use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Project;
use crate::ids::ProjectId;
use crate::state::State;
use crate::time_text::Moment;

/// Where the contents of a project come from, and how far they have come (GitLab API facts §7.2.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Import {
    pub(crate) kind: ImportKind,
    pub(crate) status: ImportStatus,
    /// The address of a git repository, without what would sign in there.
    pub(crate) url: Option<String>,
    /// The project of this instance whose contents are taken.
    pub(crate) source: Option<ProjectId>,
    pub(crate) error: Option<String>,
    /// Names one attempt in GitLab's logs.
    pub(crate) correlation_id: String,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImportStatus {
    /// Nothing is imported here.
    None,
    Scheduled,
    Started,
    Finished,
    Failed,
}

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImportKind {
    /// A repository from an address.
    Git,
    /// A template that comes with GitLab.
    GitlabProject,
    /// A project used as a template.
    GitlabCustomProjectTemplate,
    /// A fork.
    Fork,
}

impl ImportKind {
    /// As bodies call it. A fork is one project of this GitLab imported into another.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::GitlabProject | Self::Fork => "gitlab_project",
            Self::GitlabCustomProjectTemplate => "gitlab_custom_project_template",
        }
    }
}

impl State {
    /// Begins an import that waits for it. False when none does.
    pub(crate) fn start_import(&mut self, id: ProjectId) -> bool {
        let Some((project, import)) = self.import_at(id, ImportStatus::Scheduled) else {
            return false;
        };
        self.put_import(&project, import, ImportStatus::Started, None);
        true
    }

    /// Ends an import that is under way: the contents are there, or the reason why not.
    pub(crate) fn finish_import(&mut self, id: ProjectId, now: Moment) {
        let Some((mut project, import)) = self.import_at(id, ImportStatus::Started) else {
            return;
        };
        if let Some(reason) = self.import_obstacle(&import) {
            self.put_import(&project, import, ImportStatus::Failed, Some(reason));
            return;
        }
        let source = import.source.and_then(|source| self.tree.project(source));
        if let Some(source) = source.cloned() {
            project.empty = source.empty;
            project.default_branch.clone_from(&source.default_branch);
            self.belongings.repositories.share(&source, id);
        } else {
            project.empty = false;
            self.fill(&project, now);
        }
        project.active_at = Some(now);
        self.put_import(&project, import, ImportStatus::Finished, None);
    }

    /// Something small to look at, as if it came from elsewhere.
    fn fill(&mut self, project: &Project, now: Moment) {
        if let Some(author) = self.users.get(project.creator).cloned() {
            self.belongings.repositories.initialize(project, &author, now);
        }
    }

    fn import_at(&self, id: ProjectId, status: ImportStatus) -> Option<(Project, Import)> {
        let project = self.tree.project(id)?;
        let import = project.import.as_deref()?;
        (import.status == status && !project.pending_delete)
            .then(|| (Project::clone(project), import.clone()))
    }

    fn put_import(&mut self, project: &Project, import: Import, status: ImportStatus, error: Option<String>) {
        self.tree.put_project(Arc::new(Project {
            import: Some(Arc::new(Import {
                status,
                error,
                ..import
            })),
            ..project.clone()
        }));
    }

    /// Why the contents cannot be had: their project is gone, or the address is one that breaks off.
    fn import_obstacle(&self, import: &Import) -> Option<String> {
        let gone = import.source.is_some_and(|source| {
            self.tree
                .project(source)
                .is_none_or(|project| project.pending_delete)
        });
        let breaks_off = import.url.as_deref().is_some_and(|url| {
            let path = url.trim_end_matches('/').trim_end_matches(".git");
            path.rsplit('/').next() == Some("broken")
        });
        if gone {
            Some("The source project could not be found.".to_owned())
        } else if breaks_off {
            let url = import.url.as_deref().unwrap_or_default();
            Some(format!(
                "13:Fetching remote {url}: the remote end hung up unexpectedly"
            ))
        } else {
            None
        }
    }
}
