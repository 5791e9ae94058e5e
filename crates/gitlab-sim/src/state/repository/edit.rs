//! Many changes to files as one: all of them, or none.

use std::sync::Arc;

use super::tree::{Blob, File, Tree};

/// One change to a file.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Create {
        path: String,
        content: Vec<u8>,
        executable: bool,
    },
    Update {
        path: String,
        content: Vec<u8>,
        /// None leaves it.
        executable: Option<bool>,
    },
    Move {
        path: String,
        previous: String,
        /// None keeps the content.
        content: Option<Vec<u8>>,
    },
    Delete {
        path: String,
    },
    Mode {
        path: String,
        executable: bool,
    },
}

impl Change {
    /// Every path it writes to.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Create { path, .. }
            | Self::Update { path, .. }
            | Self::Move { path, .. }
            | Self::Delete { path }
            | Self::Mode { path, .. } => path,
        }
    }
}

/// Why a change cannot be made, in GitLab's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    #[error("A file with this name already exists")]
    Exists,
    #[error("A file with this name doesn't exist")]
    Missing,
    #[error("A directory with this name already exists")]
    Folder,
    #[error("invalid path")]
    Path,
    #[error("Path cannot include directory traversal")]
    Traversal,
}

/// The folder after all changes, in their order.
pub(crate) fn apply(tree: &Arc<Tree>, changes: &[Change]) -> Result<Arc<Tree>, EditError> {
    changes
        .iter()
        .try_fold(Arc::clone(tree), |tree, change| step(&tree, change).map(Arc::new))
}

fn step(tree: &Tree, change: &Change) -> Result<Tree, EditError> {
    check_path(change.path())?;
    match change {
        Change::Create {
            path,
            content,
            executable,
        } => {
            free(tree, path)?;
            Ok(tree.with(path, file(content, *executable)))
        }
        Change::Update {
            path,
            content,
            executable,
        } => {
            let before = tree.file(path).ok_or(EditError::Missing)?;
            let executable = executable.unwrap_or(before.executable);
            Ok(tree.with(path, file(content, executable)))
        }
        Change::Move {
            path,
            previous,
            content,
        } => {
            check_path(previous)?;
            let before = tree.file(previous).cloned().ok_or(EditError::Missing)?;
            let moved = match content {
                Some(content) => file(content, before.executable),
                None => before,
            };
            let rest = tree.without(previous);
            free(&rest, path)?;
            Ok(rest.with(path, moved))
        }
        Change::Delete { path } => {
            tree.file(path).ok_or(EditError::Missing)?;
            Ok(tree.without(path))
        }
        Change::Mode { path, executable } => {
            let before = tree.file(path).cloned().ok_or(EditError::Missing)?;
            let executable = *executable;
            Ok(tree.with(path, File { executable, ..before }))
        }
    }
}

fn file(content: &[u8], executable: bool) -> File {
    File {
        blob: Arc::new(Blob::new(content.to_vec())),
        executable,
    }
}

/// Nothing is in the way of a new file: no file, no folder, and no file where a folder has to be.
fn free(tree: &Tree, path: &str) -> Result<(), EditError> {
    match tree.at(path) {
        Some(super::Entry::File(_)) => return Err(EditError::Exists),
        Some(super::Entry::Folder(_)) => return Err(EditError::Folder),
        None => {}
    }
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    for folder in folders {
        if tree.file(folder).is_some() {
            return Err(EditError::Exists);
        }
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), EditError> {
    let mut segments = path.split('/');
    if segments.clone().any(|segment| segment == "..") {
        return Err(EditError::Traversal);
    }
    let odd = |segment: &str| {
        segment.is_empty()
            || segment == "."
            || segment.eq_ignore_ascii_case(".git")
            || segment.chars().any(char::is_control)
    };
    if segments.any(odd) {
        return Err(EditError::Path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(path: &str, content: &str) -> Change {
        Change::Create {
            path: path.to_owned(),
            content: content.into(),
            executable: false,
        }
    }

    #[test]
    fn a_file_and_a_folder_cannot_share_a_name() {
        let tree = apply(&Arc::default(), &[create("a", "1"), create("b/c", "2")]).unwrap();
        assert_eq!(apply(&tree, &[create("a/b", "")]).err(), Some(EditError::Exists));
        assert_eq!(apply(&tree, &[create("b", "")]).err(), Some(EditError::Folder));
        assert_eq!(apply(&tree, &[create("a", "")]).err(), Some(EditError::Exists));
    }

    #[test]
    fn a_path_stays_inside() {
        for path in ["", "/a", "a/", "a//b", "./a", ".git/config", "a\nb"] {
            let refused = apply(&Arc::default(), &[create(path, "")]).err();
            assert_eq!(refused, Some(EditError::Path), "{path:?}");
        }
        let refused = apply(&Arc::default(), &[create("../a", "")]).err();
        assert_eq!(refused, Some(EditError::Traversal));
    }

    #[test]
    fn a_file_keeps_its_content_and_mode_where_it_goes() {
        let run = Change::Mode {
            path: "run".to_owned(),
            executable: true,
        };
        let aside = Change::Move {
            path: "bin/run".to_owned(),
            previous: "run".to_owned(),
            content: None,
        };
        let tree = apply(&Arc::default(), &[create("run", "go"), run, aside]).unwrap();
        assert!(tree.at("run").is_none());
        let moved = tree.file("bin/run").unwrap();
        assert_eq!((&moved.blob.content[..], moved.executable), (&b"go"[..], true));
    }
}
