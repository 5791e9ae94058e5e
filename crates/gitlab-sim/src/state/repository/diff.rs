//! What changed between two folders.

use std::sync::Arc;

use similar::TextDiff;

use super::tree::{File, Tree};

/// One file before and after.
#[derive(Debug)]
pub(crate) struct FileDiff {
    pub(crate) old_path: String,
    pub(crate) new_path: String,
    pub(crate) before: Option<File>,
    pub(crate) after: Option<File>,
}

/// How many lines came and went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LineCount {
    pub(crate) additions: usize,
    pub(crate) deletions: usize,
}

impl FileDiff {
    /// All files that differ. A file that went and came back elsewhere as it was has moved.
    pub(crate) fn between(before: &Arc<Tree>, after: &Arc<Tree>) -> Vec<Self> {
        let mut diffs: Vec<Self> = Tree::differences(before, after)
            .into_iter()
            .map(|(path, before, after)| Self {
                old_path: path.clone(),
                new_path: path,
                before,
                after,
            })
            .collect();
        let mut at = 0;
        while at < diffs.len() {
            let came = &diffs[at];
            let from = match (&came.before, &came.after) {
                (None, Some(file)) => diffs.iter().position(|gone| {
                    gone.after.is_none() && gone.before.as_ref().is_some_and(|before| before.same_as(file))
                }),
                _ => None,
            };
            if let Some(from) = from {
                let gone = diffs.remove(from);
                if from < at {
                    at -= 1;
                }
                diffs[at].old_path = gone.old_path;
                diffs[at].before = gone.before;
            }
            at += 1;
        }
        diffs
    }

    pub(crate) fn is_rename(&self) -> bool {
        self.old_path != self.new_path
    }

    /// The hunks, as git shows them below the names.
    pub(crate) fn text(&self) -> String {
        let content = |file: &Option<File>| {
            file.as_ref()
                .map_or(Ok(""), |file| readable(&file.blob.content).ok_or(()))
                .map(str::to_owned)
        };
        let (Ok(before), Ok(after)) = (content(&self.before), content(&self.after)) else {
            return format!(
                "Binary files a/{} and b/{} differ\n",
                self.old_path, self.new_path
            );
        };
        TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(3)
            .to_string()
    }

    pub(crate) fn lines(&self) -> LineCount {
        let mut count = LineCount::default();
        for line in self.text().lines() {
            match line.as_bytes().first() {
                Some(b'+') => count.additions += 1,
                Some(b'-') => count.deletions += 1,
                _ => {}
            }
        }
        count
    }
}

/// All files together.
pub(crate) fn count_lines(diffs: &[FileDiff]) -> LineCount {
    diffs
        .iter()
        .map(FileDiff::lines)
        .fold(LineCount::default(), |sum, one| LineCount {
            additions: sum.additions + one.additions,
            deletions: sum.deletions + one.deletions,
        })
}

/// Text, unless it is none: git takes what holds a zero byte for binary.
fn readable(content: &[u8]) -> Option<&str> {
    if content.contains(&0) {
        return None;
    }
    std::str::from_utf8(content).ok()
}
