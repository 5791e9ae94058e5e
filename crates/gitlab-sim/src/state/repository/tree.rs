//! Folders and files. Nothing is ever changed: a change makes a new folder that shares what stays the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::object_id::ObjectId;

/// The content of a file.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) id: ObjectId,
    pub(crate) content: Bytes,
}

impl Blob {
    pub(crate) fn new(content: impl Into<Bytes>) -> Self {
        let content = content.into();
        Self {
            id: ObjectId::of("blob", &content),
            content,
        }
    }
}

/// A file as it stands in a folder.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) blob: Arc<Blob>,
    pub(crate) executable: bool,
}

impl File {
    pub(crate) fn mode(&self) -> &'static str {
        if self.executable { "100755" } else { "100644" }
    }

    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.blob.id == other.blob.id && self.executable == other.executable
    }
}

/// What a folder holds under one name.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    File(File),
    Folder(Arc<Tree>),
}

impl Entry {
    pub(crate) fn id(&self) -> ObjectId {
        match self {
            Self::File(file) => file.blob.id,
            Self::Folder(tree) => tree.id,
        }
    }

    /// As the API writes it; git itself leaves the leading zero out.
    pub(crate) fn mode(&self) -> &'static str {
        match self {
            Self::File(file) => file.mode(),
            Self::Folder(_) => "040000",
        }
    }

    pub(crate) fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    pub(crate) fn folder(&self) -> Option<&Arc<Tree>> {
        match self {
            Self::File(_) => None,
            Self::Folder(tree) => Some(tree),
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        self.id() == other.id() && self.mode() == other.mode()
    }
}

/// A folder.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) id: ObjectId,
    entries: BTreeMap<String, Entry>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl Tree {
    pub(super) fn new(entries: BTreeMap<String, Entry>) -> Self {
        Self {
            id: ObjectId::of("tree", &content(&entries)),
            entries,
        }
    }

    /// As git keeps it.
    pub(super) fn content(&self) -> Vec<u8> {
        content(&self.entries)
    }

    /// What is directly in the folder, by name.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// What a path leads to.
    pub(crate) fn at(&self, path: &str) -> Option<&Entry> {
        match path.split_once('/') {
            None => self.entries.get(path),
            Some((name, rest)) => self.entries.get(name)?.folder()?.at(rest),
        }
    }

    /// The file a path leads to.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.at(path)?.file()
    }

    /// The folder with this file put in place of what the path led to.
    pub(crate) fn with(&self, path: &str, file: File) -> Self {
        self.changed(path, Some(file))
    }

    /// The folder without that file; folders left empty go with it, since git has none.
    pub(crate) fn without(&self, path: &str) -> Self {
        self.changed(path, None)
    }

    fn changed(&self, path: &str, file: Option<File>) -> Self {
        let mut entries = self.entries.clone();
        match path.split_once('/') {
            None => match file {
                Some(file) => {
                    entries.insert(path.to_owned(), Entry::File(file));
                }
                None => {
                    entries.remove(path);
                }
            },
            Some((name, rest)) => {
                let below = match entries.get(name) {
                    Some(Entry::Folder(below)) => below.changed(rest, file),
                    _ => Self::default().changed(rest, file),
                };
                if below.entries.is_empty() {
                    entries.remove(name);
                } else {
                    entries.insert(name.to_owned(), Entry::Folder(Arc::new(below)));
                }
            }
        }
        Self::new(entries)
    }

    /// Everything below, folders before what is in them, with whole paths.
    pub(crate) fn walk(&self) -> Vec<(String, &Entry)> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    fn collect<'a>(&'a self, above: &str, found: &mut Vec<(String, &'a Entry)>) {
        for (name, entry) in &self.entries {
            let path = format!("{above}{name}");
            found.push((path.clone(), entry));
            if let Entry::Folder(below) = entry {
                below.collect(&format!("{path}/"), found);
            }
        }
    }

    /// The files that differ between two folders: path, before and after. What is shared is not looked into.
    pub(super) fn differences(before: &Self, after: &Self) -> Vec<(String, Option<File>, Option<File>)> {
        let mut found = Vec::new();
        Self::compare(Some(before), Some(after), "", &mut found);
        found
    }

    fn compare(
        before: Option<&Self>,
        after: Option<&Self>,
        above: &str,
        found: &mut Vec<(String, Option<File>, Option<File>)>,
    ) {
        let mut names: Vec<&String> = [before, after]
            .into_iter()
            .flatten()
            .flat_map(|tree| tree.entries.keys())
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let one = before.and_then(|tree| tree.entries.get(name));
            let other = after.and_then(|tree| tree.entries.get(name));
            if let (Some(one), Some(other)) = (one, other)
                && one.same_as(other)
            {
                continue;
            }
            let path = format!("{above}{name}");
            let files = (
                one.and_then(Entry::file).cloned(),
                other.and_then(Entry::file).cloned(),
            );
            let folders = (
                one.and_then(Entry::folder).map(AsRef::as_ref),
                other.and_then(Entry::folder).map(AsRef::as_ref),
            );
            if files.0.is_some() || files.1.is_some() {
                found.push((path.clone(), files.0, files.1));
            }
            if folders.0.is_some() || folders.1.is_some() {
                Self::compare(folders.0, folders.1, &format!("{path}/"), found);
            }
        }
    }
}

/// A folder as git keeps it, which is what its id is made from.
fn content(entries: &BTreeMap<String, Entry>) -> Vec<u8> {
    // Git sorts a folder as if its name ended in a slash.
    let mut sorted: Vec<(String, &str, &Entry)> = entries
        .iter()
        .map(|(name, entry)| match entry {
            Entry::File(_) => (name.clone(), name.as_str(), entry),
            Entry::Folder(_) => (format!("{name}/"), name.as_str(), entry),
        })
        .collect();
    sorted.sort_by(|(one, ..), (other, ..)| one.as_bytes().cmp(other.as_bytes()));
    let mut content = Vec::new();
    for (_, name, entry) in sorted {
        content.extend_from_slice(entry.mode().trim_start_matches('0').as_bytes());
        content.push(b' ');
        content.extend_from_slice(name.as_bytes());
        content.push(0);
        content.extend_from_slice(&entry.id().bytes());
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &'static str) -> File {
        File {
            blob: Arc::new(Blob::new(content)),
            executable: false,
        }
    }

    #[test]
    fn a_tree_has_the_id_git_gives_it() {
        let tree = Tree::default()
            .with("a.txt", file("a\n"))
            .with("a/b.txt", file("b\n"))
            .with(
                "run.sh",
                File {
                    executable: true,
                    ..file("#!/bin/sh\n")
                },
            );
        // `git write-tree` says the same of the same files.
        assert_eq!(tree.id.to_string(), "1a375719a8e63bc569f053934b02bbf70273b772");
    }

    #[test]
    fn a_folder_goes_with_its_last_file() {
        let one = Tree::default().with("a.txt", file("a"));
        let two = one.with("deep/down/b.txt", file("b"));
        assert!(two.at("deep/down").is_some());
        let again = two.without("deep/down/b.txt");
        assert!(again.at("deep").is_none());
        assert_eq!(again.id, one.id);
    }

    #[test]
    fn only_what_differs_is_told() {
        let one = Tree::default().with("same/x", file("x")).with("old", file("1"));
        let two = one.with("old", file("2")).with("new/y", file("y"));
        let paths: Vec<String> = Tree::differences(&one, &two)
            .into_iter()
            .map(|(path, ..)| path)
            .collect();
        assert_eq!(paths, ["new/y", "old"]);
    }
}
