use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::object_id::ObjectId;
use super::tree::Tree;
use crate::time_text::Moment;

/// Who did something, and when; git keeps whole seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) at: Moment,
}

impl Signature {
    pub(crate) fn new(name: &str, email: &str, at: Moment) -> Self {
        // What delimits them in an object cannot be part of them; git leaves it out, too.
        let plain = |text: &str| text.replace(['<', '>', '\n'], "").trim().to_owned();
        Self {
            name: plain(name),
            email: plain(email),
            at: Moment(at.0.div_euclid(1_000) * 1_000),
        }
    }

    fn line(&self) -> String {
        format!("{} <{}> {} +0000", self.name, self.email, self.at.0 / 1_000)
    }
}

/// One state of all files, and how it came about.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) id: ObjectId,
    pub(crate) tree: Arc<Tree>,
    pub(crate) parents: Vec<ObjectId>,
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
    pub(crate) message: String,
}

impl Commit {
    pub(crate) fn new(
        tree: Arc<Tree>,
        parents: Vec<ObjectId>,
        author: Signature,
        committer: Signature,
        message: String,
    ) -> Self {
        let mut commit = Self {
            id: ObjectId::of("commit", b""),
            tree,
            parents,
            author,
            committer,
            message,
        };
        commit.id = ObjectId::of("commit", commit.content().as_bytes());
        commit
    }

    /// As git keeps it.
    pub(super) fn content(&self) -> String {
        let lines: Vec<String> = self
            .parents
            .iter()
            .map(|parent| format!("parent {parent}\n"))
            .collect();
        let parents = lines.concat();
        format!(
            "tree {}\n{parents}author {}\ncommitter {}\n\n{}",
            self.tree.id,
            self.author.line(),
            self.committer.line(),
            self.message
        )
    }

    /// The first line of the message.
    pub(crate) fn title(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// A name for a commit that stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) commit: ObjectId,
    /// Only an annotated tag is an object of its own.
    pub(crate) annotation: Option<Annotation>,
}

/// What makes a tag more than a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Annotation {
    pub(crate) id: ObjectId,
    pub(crate) tagger: Signature,
    pub(crate) message: String,
}

impl Tag {
    pub(crate) fn light(commit: ObjectId) -> Self {
        Self {
            commit,
            annotation: None,
        }
    }

    pub(crate) fn annotated(name: &str, commit: ObjectId, tagger: Signature, message: String) -> Self {
        let content = tag_content(name, commit, &tagger, &message);
        Self {
            commit,
            annotation: Some(Annotation {
                id: ObjectId::of("tag", content.as_bytes()),
                tagger,
                message,
            }),
        }
    }

    /// The object of an annotated tag of that name, as git keeps it.
    pub(super) fn content(&self, name: &str) -> Option<String> {
        let own = self.annotation.as_ref()?;
        Some(tag_content(name, self.commit, &own.tagger, &own.message))
    }

    /// What the name stands for: the object of the tag, or the commit.
    pub(crate) fn target(&self) -> ObjectId {
        self.annotation.as_ref().map_or(self.commit, |own| own.id)
    }
}

fn tag_content(name: &str, commit: ObjectId, tagger: &Signature, message: &str) -> String {
    format!(
        "object {commit}\ntype commit\ntag {name}\ntagger {}\n\n{message}",
        tagger.line()
    )
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Blob, File};
    use super::*;

    #[test]
    fn commits_and_tags_have_the_ids_git_gives_them() {
        let file = |content: &'static str, executable| File {
            blob: Arc::new(Blob::new(content)),
            executable,
        };
        let tree = Tree::default()
            .with("a.txt", file("a\n", false))
            .with("a/b.txt", file("b\n", false))
            .with("run.sh", file("#!/bin/sh\n", true));
        let tree = Arc::new(tree);
        let ada = Signature::new("Ada North", "ada@example.com", Moment(1_772_442_847_512));
        let bo = Signature::new("Bo Reed", "bo@example.com", Moment(1_772_442_900_000));
        let commit = |parents, message: &str| {
            Commit::new(
                Arc::clone(&tree),
                parents,
                ada.clone(),
                bo.clone(),
                message.to_owned(),
            )
        };
        // `git commit-tree` and `git hash-object -t tag` say the same.
        let first = commit(Vec::new(), "Begin\n");
        assert_eq!(first.id.to_string(), "59b698e5ab16c1dc137c3c860798960a35f75ea2");
        let second = commit(vec![first.id], "Second\n");
        assert_eq!(second.id.to_string(), "2fa7258c9b6b3ff5bcea18d20d115f325998e74f");
        let tag = Tag::annotated("v1", first.id, bo.clone(), "First".to_owned());
        assert_eq!(
            tag.target().to_string(),
            "f2af13c04ed3af2daa4023b283cf89b563d6d126"
        );
    }
}
