//! What a project's repository says about the project.

use std::sync::Arc;

use super::Project;
use crate::state::State;
use crate::state::repository::Tree;

/// What a repository takes on disk whatever is in it, in bytes.
const BARE: u64 = 40_960;

impl State {
    /// The files of the default branch; none in an empty repository.
    pub(crate) fn files_of(&self, project: &Project) -> Option<Arc<Tree>> {
        if project.empty {
            return None;
        }
        let repository = self.belongings.repositories.of(project);
        let head = repository.branch(project.default_branch.as_deref()?)?;
        Some(Arc::clone(&head.tree))
    }

    /// The file in the top folder that explains the project.
    pub(crate) fn readme_of(&self, project: &Project) -> Option<String> {
        let files = self.files_of(project)?;
        let mut names = files.entries().map(|(name, _)| name);
        names
            .find(|name| {
                let name = name.to_ascii_lowercase();
                name == "readme" || name.starts_with("readme.")
            })
            .map(str::to_owned)
    }

    /// How much room a repository takes, in bytes.
    pub(crate) fn repository_size(&self, project: &Project) -> u64 {
        self.files_of(project).map_or(0, |files| {
            let walked = files.walk();
            let blobs = walked.iter().filter_map(|(_, entry)| entry.file());
            BARE + blobs.map(|file| file.blob.content.len() as u64).sum::<u64>()
        })
    }

    /// How many commits the default branch has.
    pub(crate) fn commit_count(&self, project: &Project) -> usize {
        let repository = self.belongings.repositories.of(project);
        let branch = project.default_branch.as_deref().unwrap_or_default();
        let head = repository.branch(branch).map(|commit| commit.id);
        repository.history(head).len()
    }
}
