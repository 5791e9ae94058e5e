//! Repositories: files, commits, branches and tags, with the ids git gives them.
//!
//! Files and folders are shared between commits and between repositories, so that a fork costs nothing until it is
//! written to. Projects of the seed that are not empty all have one first commit, which is in memory once.

mod about;
mod commit;
mod diff;
pub(crate) mod edit;
mod history;
mod kept;
mod object_id;
mod objects;
mod ref_name;
mod tree;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

pub(crate) use about::{CommitComment, CommitStatus};
pub(crate) use commit::{Commit, Signature, Tag};
pub(crate) use diff::{FileDiff, LineCount, count_lines};
pub(crate) use object_id::ObjectId;
pub(crate) use ref_name::is_ref_name;
pub(crate) use tree::{Blob, Entry, File, Tree};

use super::project::Project;
use super::shelf::{Forget, Gone};
use super::user::User;
use crate::ids::ProjectId;
use crate::time_text::Moment;

/// One repository. Commits stay when the branches that led to them go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repository {
    branches: BTreeMap<String, ObjectId>,
    tags: BTreeMap<String, Tag>,
    commits: BTreeMap<ObjectId, Arc<Commit>>,
}

impl Repository {
    /// A repository of one commit, which holds these files.
    pub(crate) fn begun(branch: &str, files: &[(&str, String)], author: &Signature, message: &str) -> Self {
        let tree = files.iter().fold(Tree::default(), |tree, (path, content)| {
            let blob = Arc::new(Blob::new(content.clone()));
            tree.with(
                path,
                File {
                    blob,
                    executable: false,
                },
            )
        });
        let mut repository = Self::default();
        let commit = Commit::new(
            Arc::new(tree),
            Vec::new(),
            author.clone(),
            author.clone(),
            message.to_owned(),
        );
        repository.push(branch, commit);
        repository
    }

    /// Nothing was ever pushed, or every branch is gone.
    pub(crate) fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// All branches by name.
    pub(crate) fn branches(&self) -> impl Iterator<Item = (&str, &Arc<Commit>)> {
        self.branches
            .iter()
            .filter_map(|(name, id)| Some((name.as_str(), self.commit(*id)?)))
    }

    /// The commit a branch is at.
    pub(crate) fn branch(&self, name: &str) -> Option<&Arc<Commit>> {
        self.commit(*self.branches.get(name)?)
    }

    /// Points a branch, new or not, at a commit.
    pub(crate) fn set_branch(&mut self, name: &str, commit: ObjectId) {
        self.branches.insert(name.to_owned(), commit);
    }

    pub(crate) fn remove_branch(&mut self, name: &str) -> Option<ObjectId> {
        self.branches.remove(name)
    }

    /// Adds a commit and points a branch at it.
    pub(crate) fn push(&mut self, branch: &str, commit: Commit) -> Arc<Commit> {
        let commit = Arc::new(commit);
        self.commits.insert(commit.id, Arc::clone(&commit));
        self.set_branch(branch, commit.id);
        commit
    }

    /// All tags by name.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (&str, &Tag)> {
        self.tags.iter().map(|(name, tag)| (name.as_str(), tag))
    }

    pub(crate) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.get(name)
    }

    pub(crate) fn put_tag(&mut self, name: &str, tag: Tag) {
        self.tags.insert(name.to_owned(), tag);
    }

    pub(crate) fn remove_tag(&mut self, name: &str) -> Option<Tag> {
        self.tags.remove(name)
    }

    pub(crate) fn commit(&self, id: ObjectId) -> Option<&Arc<Commit>> {
        self.commits.get(&id)
    }

    /// The commit that a branch, a tag, an id or the beginning of an id means; `HEAD` is the default branch.
    pub(crate) fn resolve(&self, reference: &str, default_branch: Option<&str>) -> Option<&Arc<Commit>> {
        let reference = if reference == "HEAD" {
            default_branch?
        } else {
            reference
        };
        let name = reference.strip_prefix("refs/heads/").unwrap_or(reference);
        if let Some(commit) = self.branch(name) {
            return Some(commit);
        }
        let name = reference.strip_prefix("refs/tags/").unwrap_or(reference);
        if let Some(tag) = self.tag(name) {
            return self.commit(tag.commit);
        }
        self.commit_with(reference)
    }

    /// The commit whose id begins so, if only one does. Git looks from four digits on.
    pub(crate) fn commit_with(&self, prefix: &str) -> Option<&Arc<Commit>> {
        if prefix.len() < 4 {
            return None;
        }
        let lowest = ObjectId::lowest_with(prefix)?;
        let prefix = prefix.to_ascii_lowercase();
        let mut found = self
            .commits
            .range(lowest..)
            .take_while(|(id, _)| id.to_string().starts_with(&prefix))
            .map(|(_, commit)| commit);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// A file's content by its id, in any commit.
    pub(crate) fn blob(&self, id: ObjectId) -> Option<Arc<Blob>> {
        self.commits.values().rev().find_map(|commit| {
            commit
                .tree
                .walk()
                .into_iter()
                .filter_map(|(_, entry)| entry.file())
                .find(|file| file.blob.id == id)
                .map(|file| Arc::clone(&file.blob))
        })
    }
}

/// The repositories of all projects that have one of their own.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(into = "kept::Kept", try_from = "kept::Kept")]
pub(crate) struct Repositories {
    of_project: HashMap<ProjectId, Arc<Repository>>,
}

impl Repositories {
    /// A project's repository, to look at.
    pub(crate) fn of(&self, project: &Project) -> Arc<Repository> {
        match self.of_project.get(&project.id) {
            Some(own) => Arc::clone(own),
            None if project.empty => Arc::clone(&NOTHING),
            None => Arc::clone(&SEEDED),
        }
    }

    /// A project's repository, to write to.
    pub(crate) fn change(&mut self, project: &Project) -> &mut Repository {
        let own = self
            .of_project
            .entry(project.id)
            .or_insert_with(|| Arc::clone(if project.empty { &NOTHING } else { &SEEDED }));
        Arc::make_mut(own)
    }

    /// Begins a repository with a README, as `initialize_with_readme` asks for.
    pub(crate) fn initialize(&mut self, project: &Project, author: &User, now: Moment) {
        let author = Signature::new(&author.name, &author.email, now);
        let branch = project.default_branch.as_deref().unwrap_or("main");
        let mut readme = format!("# {}\n", project.name);
        if let Some(description) = project.description.as_deref().filter(|text| !text.is_empty()) {
            readme = format!("{readme}\n{description}\n");
        }
        let begun = Repository::begun(branch, &[("README.md", readme)], &author, "Initial commit");
        self.put(project.id, Arc::new(begun));
    }

    /// Gives a project everything another one has, as a fork gets it. Nothing is copied until one is written to.
    pub(crate) fn share(&mut self, source: &Project, with: ProjectId) {
        let shared = self.of(source);
        self.put(with, shared);
    }

    /// Gives a project a repository, in place of the one it had.
    pub(crate) fn put(&mut self, project: ProjectId, repository: Arc<Repository>) {
        self.of_project.insert(project, repository);
    }
}

impl Forget for Repositories {
    fn forget(&mut self, gone: Gone) {
        if let Gone::Project(id) = gone {
            self.of_project.remove(&id);
        }
    }
}

static NOTHING: LazyLock<Arc<Repository>> = LazyLock::new(Arc::default);

/// What every project of the seed holds: one commit with a README on `main`, the same for every seed.
static SEEDED: LazyLock<Arc<Repository>> = LazyLock::new(|| {
    const BEGINNING: Moment = Moment(1_704_700_800_000);
    let author = Signature::new("Administrator", "admin@example.com", BEGINNING);
    let readme = "# Read me\n\nThis project was made from a seed.\n".to_owned();
    Arc::new(Repository::begun(
        "main",
        &[("README.md", readme)],
        &author,
        "Initial commit",
    ))
});

#[cfg(test)]
mod tests {
    use super::edit::{Change, apply};
    use super::*;

    fn author() -> Signature {
        Signature::new("Ada North", "ada@example.com", Moment(1_772_442_847_000))
    }

    fn begun() -> Repository {
        Repository::begun("main", &[("docs/a.md", "a".to_owned())], &author(), "Begin")
    }

    #[test]
    fn a_commit_is_found_by_branch_tag_id_and_the_beginning_of_its_id() {
        let mut repository = begun();
        let id = repository.branch("main").unwrap().id;
        repository.put_tag("v1", Tag::light(id));
        let full = id.to_string();
        for reference in [
            "main",
            "v1",
            "HEAD",
            "refs/heads/main",
            &full,
            &full[..8],
            &full[..4],
        ] {
            let found = repository.resolve(reference, Some("main"));
            assert_eq!(found.map(|commit| commit.id), Some(id), "{reference}");
        }
        for reference in ["trunk", &full[..3], "", "zzzz"] {
            assert!(
                repository.resolve(reference, Some("main")).is_none(),
                "{reference}"
            );
        }
    }

    #[test]
    fn repositories_that_were_kept_are_the_same_again() {
        let mut repository = begun();
        let first = Arc::clone(repository.branch("main").unwrap());
        let change = Change::Create {
            path: "run".to_owned(),
            content: vec![0, 159, 146],
            executable: true,
        };
        let tree = apply(&first.tree, &[change]).unwrap();
        let next = Commit::new(tree, vec![first.id], author(), author(), "Next".to_owned());
        repository.push("main", next);
        repository.put_tag("v1", Tag::annotated("v1", first.id, author(), "One".to_owned()));
        let mut repositories = Repositories::default();
        repositories.put(ProjectId(4), Arc::new(repository.clone()));
        repositories.put(ProjectId(9), Arc::new(repository));
        repositories.put(ProjectId(11), Arc::default());

        let text = serde_json::to_string(&repositories).unwrap();
        let again: Repositories = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
        let head = Arc::clone(again.of_project[&ProjectId(9)].branch("main").unwrap());
        assert_eq!(head.tree.file("run").unwrap().blob.content[..], [0, 159, 146]);
        // However many have it, an object is written down once.
        assert_eq!(text.matches("\"author\"").count(), 2);
    }
}
