//! Which commits lead to which.

use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::sync::Arc;

use super::commit::Commit;
use super::object_id::ObjectId;
use super::{Repository, Tree};

impl Repository {
    /// The commits that these are made from, themselves included: newest first, children before parents.
    pub(crate) fn history(&self, from: impl IntoIterator<Item = ObjectId>) -> Vec<Arc<Commit>> {
        self.walk(from, false)
    }

    /// As [`Repository::history`], but of a merge only the side it was merged into.
    pub(crate) fn first_parents(&self, from: ObjectId) -> Vec<Arc<Commit>> {
        self.walk([from], true)
    }

    fn walk(&self, from: impl IntoIterator<Item = ObjectId>, first_only: bool) -> Vec<Arc<Commit>> {
        let mut met = HashSet::new();
        let mut waiting = BinaryHeap::new();
        let mut number = 0_i64;
        let mut found = Vec::new();
        let mut wait = |id: ObjectId, waiting: &mut BinaryHeap<(i64, i64, ObjectId)>| {
            if let Some(commit) = self.commit(id)
                && met.insert(id)
            {
                // Of the same second, the one met first is the newer one.
                number -= 1;
                waiting.push((commit.committer.at.0, number, id));
            }
        };
        for id in from {
            wait(id, &mut waiting);
        }
        while let Some((_, _, id)) = waiting.pop() {
            let Some(commit) = self.commit(id) else { continue };
            let parents = commit.parents.iter();
            for parent in parents.take(if first_only { 1 } else { usize::MAX }) {
                wait(*parent, &mut waiting);
            }
            found.push(Arc::clone(commit));
        }
        found
    }

    /// Whether one commit is part of what led to another.
    pub(crate) fn leads_to(&self, ancestor: ObjectId, descendant: ObjectId) -> bool {
        ancestor == descendant
            || self
                .history([descendant])
                .iter()
                .any(|commit| commit.id == ancestor)
    }

    /// The newest commit that led to both.
    pub(crate) fn merge_base(&self, one: ObjectId, other: ObjectId) -> Option<ObjectId> {
        let ancestors: BTreeSet<ObjectId> = self.history([one]).iter().map(|commit| commit.id).collect();
        self.history([other])
            .iter()
            .map(|commit| commit.id)
            .find(|id| ancestors.contains(id))
    }

    /// The tree a commit started from: its first parent's, or nothing.
    pub(crate) fn tree_before(&self, commit: &Commit) -> Arc<Tree> {
        let parent = commit.parents.first().and_then(|id| self.commit(*id));
        parent.map(|parent| Arc::clone(&parent.tree)).unwrap_or_default()
    }

    /// Whether a commit changed what is at a path, compared with every parent.
    pub(crate) fn touches(&self, commit: &Commit, path: &str) -> bool {
        let entry = |tree: &Tree| tree.at(path).map(|entry| (entry.id(), entry.mode()));
        let now = entry(&commit.tree);
        if commit.parents.is_empty() {
            return now.is_some();
        }
        commit.parents.iter().all(|parent| {
            self.commit(*parent)
                .is_none_or(|parent| entry(&parent.tree) != now)
        })
    }

    /// The newest commit that changed what is at a path.
    pub(crate) fn last_change(&self, from: ObjectId, path: &str) -> Option<Arc<Commit>> {
        self.history([from])
            .into_iter()
            .find(|commit| self.touches(commit, path))
    }
}
