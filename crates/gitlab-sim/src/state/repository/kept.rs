//! Repositories as they are kept in a file: every object once, however many share it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::commit::{Commit, Signature, Tag};
use super::object_id::ObjectId;
use super::tree::{Blob, Entry, File, Tree};
use super::{Repositories, Repository};
use crate::ids::ProjectId;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Content in base64.
    blobs: BTreeMap<ObjectId, String>,
    /// Those a tree holds come before it.
    trees: Vec<(ObjectId, BTreeMap<String, KeptEntry>)>,
    commits: BTreeMap<ObjectId, KeptCommit>,
    repositories: BTreeMap<ProjectId, KeptRepository>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum KeptEntry {
    File(ObjectId),
    Executable(ObjectId),
    Folder(ObjectId),
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptCommit {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    author: Signature,
    committer: Signature,
    message: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptRepository {
    branches: BTreeMap<String, ObjectId>,
    tags: BTreeMap<String, Tag>,
    commits: Vec<ObjectId>,
}

impl From<Repositories> for Kept {
    fn from(repositories: Repositories) -> Self {
        let mut kept = Self::default();
        let mut trees = BTreeSet::new();
        for (project, repository) in &repositories.of_project {
            for commit in repository.commits.values() {
                kept.commits.entry(commit.id).or_insert_with(|| KeptCommit {
                    tree: commit.tree.id,
                    parents: commit.parents.clone(),
                    author: commit.author.clone(),
                    committer: commit.committer.clone(),
                    message: commit.message.clone(),
                });
                kept.keep_tree(&commit.tree, &mut trees);
            }
            kept.repositories.insert(
                *project,
                KeptRepository {
                    branches: repository.branches.clone(),
                    tags: repository.tags.clone(),
                    commits: repository.commits.keys().copied().collect(),
                },
            );
        }
        kept
    }
}

impl Kept {
    fn keep_tree(&mut self, tree: &Tree, known: &mut BTreeSet<ObjectId>) {
        if !known.insert(tree.id) {
            return;
        }
        let mut entries = BTreeMap::new();
        for (name, entry) in tree.entries() {
            let entry = match entry {
                Entry::Folder(below) => {
                    self.keep_tree(below, known);
                    KeptEntry::Folder(below.id)
                }
                Entry::File(file) => {
                    let id = file.blob.id;
                    self.blobs
                        .entry(id)
                        .or_insert_with(|| STANDARD.encode(&file.blob.content));
                    if file.executable {
                        KeptEntry::Executable(id)
                    } else {
                        KeptEntry::File(id)
                    }
                }
            };
            entries.insert(name.to_owned(), entry);
        }
        self.trees.push((tree.id, entries));
    }
}

/// The file is not whole.
#[derive(Debug, thiserror::Error)]
#[error("a repository lacks the object {0}")]
pub(super) struct ObjectMissing(ObjectId);

impl TryFrom<Kept> for Repositories {
    type Error = ObjectMissing;

    fn try_from(kept: Kept) -> Result<Self, ObjectMissing> {
        let mut blobs = BTreeMap::new();
        for (id, content) in kept.blobs {
            let content = STANDARD.decode(content).map_err(|_| ObjectMissing(id))?;
            blobs.insert(id, Arc::new(Blob::new(content)));
        }
        let mut trees: BTreeMap<ObjectId, Arc<Tree>> = BTreeMap::new();
        for (id, entries) in kept.trees {
            let mut whole = BTreeMap::new();
            for (name, entry) in entries {
                let file = |id: ObjectId, executable| {
                    let blob = blobs.get(&id).cloned().ok_or(ObjectMissing(id))?;
                    Ok(Entry::File(File { blob, executable }))
                };
                let entry = match entry {
                    KeptEntry::File(id) => file(id, false)?,
                    KeptEntry::Executable(id) => file(id, true)?,
                    KeptEntry::Folder(id) => Entry::Folder(trees.get(&id).cloned().ok_or(ObjectMissing(id))?),
                };
                whole.insert(name, entry);
            }
            trees.insert(id, Arc::new(Tree::new(whole)));
        }
        // A commit without files has the tree that is never kept on its own.
        let nothing = Arc::new(Tree::default());
        trees.entry(nothing.id).or_insert(nothing);
        let mut commits = BTreeMap::new();
        for (id, commit) in kept.commits {
            let tree = trees
                .get(&commit.tree)
                .cloned()
                .ok_or(ObjectMissing(commit.tree))?;
            let commit = Commit::new(
                tree,
                commit.parents,
                commit.author,
                commit.committer,
                commit.message,
            );
            commits.insert(id, Arc::new(commit));
        }
        let mut repositories = Self::default();
        for (project, kept) in kept.repositories {
            let mut repository = Repository {
                branches: kept.branches,
                tags: kept.tags,
                commits: BTreeMap::new(),
            };
            for id in kept.commits {
                let commit = commits.get(&id).cloned().ok_or(ObjectMissing(id))?;
                repository.commits.insert(id, commit);
            }
            repositories.of_project.insert(project, Arc::new(repository));
        }
        Ok(repositories)
    }
}
