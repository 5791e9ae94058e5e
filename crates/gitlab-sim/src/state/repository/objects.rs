use std::collections::BTreeMap;

use super::Repository;
use super::object_id::ObjectId;
use super::tree::{Entry, Tree};

impl Repository {
    /// Everything git would keep, each object once: its id, and its kind, length and content as they are hashed.
    pub(crate) fn objects(&self) -> BTreeMap<ObjectId, Vec<u8>> {
        let mut objects = BTreeMap::new();
        for commit in self.commits.values() {
            objects.insert(commit.id, framed("commit", commit.content().as_bytes()));
            add_tree(&commit.tree, &mut objects);
        }
        for (name, tag) in self.tags() {
            if let Some(content) = tag.content(name) {
                objects.insert(tag.target(), framed("tag", content.as_bytes()));
            }
        }
        objects
    }
}

fn add_tree(tree: &Tree, objects: &mut BTreeMap<ObjectId, Vec<u8>>) {
    if objects.contains_key(&tree.id) {
        return;
    }
    objects.insert(tree.id, framed("tree", &tree.content()));
    for (_, entry) in tree.entries() {
        match entry {
            Entry::Folder(below) => add_tree(below, objects),
            Entry::File(file) => {
                let blob = &file.blob;
                objects
                    .entry(blob.id)
                    .or_insert_with(|| framed("blob", &blob.content));
            }
        }
    }
}

fn framed(kind: &str, content: &[u8]) -> Vec<u8> {
    [format!("{kind} {}\0", content.len()).as_bytes(), content].concat()
}
