use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::instance::Site;
use crate::state::repository::{Commit, FileDiff, LineCount, ObjectId, Repository, count_lines};
use crate::time_text::Moment;

/// A time as commits show it: with an offset, which is always that of UTC here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommitTime(pub(crate) Moment);

impl Serialize for CommitTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        serializer.collect_str(&format_args!("{}+00:00", text.trim_end_matches('Z')))
    }
}

/// A commit.
#[derive(Debug, Serialize)]
pub(crate) struct CommitBody {
    id: ObjectId,
    short_id: String,
    created_at: CommitTime,
    parent_ids: Vec<ObjectId>,
    title: String,
    message: String,
    author_name: String,
    author_email: String,
    authored_date: CommitTime,
    committer_name: String,
    committer_email: String,
    committed_date: CommitTime,
    trailers: BTreeMap<String, String>,
    extended_trailers: BTreeMap<String, Vec<String>>,
    web_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<Stats>,
}

impl CommitBody {
    /// `path` is the full path of the project.
    pub(crate) fn of(site: &Site, path: &str, commit: &Commit) -> Self {
        Self {
            id: commit.id,
            short_id: commit.id.short(),
            created_at: CommitTime(commit.committer.at),
            parent_ids: commit.parents.clone(),
            title: commit.title().to_owned(),
            message: commit.message.clone(),
            author_name: commit.author.name.clone(),
            author_email: commit.author.email.clone(),
            authored_date: CommitTime(commit.author.at),
            committer_name: commit.committer.name.clone(),
            committer_email: commit.committer.email.clone(),
            committed_date: CommitTime(commit.committer.at),
            trailers: BTreeMap::new(),
            extended_trailers: BTreeMap::new(),
            web_url: format!("{}/{path}/-/commit/{}", site.url, commit.id),
            stats: None,
        }
    }

    /// With what stands at the end of the message as `Key: value`.
    pub(super) fn with_trailers(mut self) -> Self {
        for (key, value) in trailers(&self.message) {
            self.trailers.insert(key.clone(), value.clone());
            self.extended_trailers.entry(key).or_default().push(value);
        }
        self
    }

    pub(super) fn with_stats(mut self, repository: &Repository, commit: &Arc<Commit>) -> Self {
        let diffs = FileDiff::between(&repository.tree_before(commit), &commit.tree);
        self.stats = Some(count_lines(&diffs).into());
        self
    }
}

/// A commit by itself.
#[derive(Debug, Serialize)]
pub(crate) struct CommitDetail {
    #[serde(flatten)]
    body: CommitBody,
    /// No pipeline ever runs.
    status: (),
    project_id: u64,
    last_pipeline: (),
}

impl CommitDetail {
    pub(super) fn of(body: CommitBody, project_id: u64) -> Self {
        Self {
            body,
            status: (),
            project_id,
            last_pipeline: (),
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Stats {
    additions: usize,
    deletions: usize,
    total: usize,
}

impl From<LineCount> for Stats {
    fn from(count: LineCount) -> Self {
        Self {
            additions: count.additions,
            deletions: count.deletions,
            total: count.additions + count.deletions,
        }
    }
}

/// One file of a diff.
#[derive(Debug, Serialize)]
pub(crate) struct DiffBody {
    diff: String,
    collapsed: bool,
    too_large: bool,
    new_path: String,
    old_path: String,
    a_mode: &'static str,
    b_mode: &'static str,
    new_file: bool,
    renamed_file: bool,
    deleted_file: bool,
    generated_file: bool,
}

impl DiffBody {
    /// With `unidiff` the names stand above the hunks, as `git diff` prints them.
    pub(crate) fn of(diff: &FileDiff, unidiff: bool) -> Self {
        let hunks = diff.text();
        let side = |there: bool, prefix: &str, path: &str| {
            if there {
                format!("{prefix}/{path}")
            } else {
                "/dev/null".to_owned()
            }
        };
        let text = if unidiff && !hunks.is_empty() {
            format!(
                "--- {}\n+++ {}\n{hunks}",
                side(diff.before.is_some(), "a", &diff.old_path),
                side(diff.after.is_some(), "b", &diff.new_path)
            )
        } else {
            hunks
        };
        Self {
            diff: text,
            collapsed: false,
            too_large: false,
            new_path: diff.new_path.clone(),
            old_path: diff.old_path.clone(),
            a_mode: diff.before.as_ref().map_or("0", |file| file.mode()),
            b_mode: diff.after.as_ref().map_or("0", |file| file.mode()),
            new_file: diff.before.is_none(),
            renamed_file: diff.is_rename(),
            deleted_file: diff.after.is_none(),
            generated_file: false,
        }
    }
}

/// The last paragraph of a message, if it consists of `Key: value` lines and is not all there is.
fn trailers(message: &str) -> Vec<(String, String)> {
    let Some((_, last)) = message.trim_end().rsplit_once("\n\n") else {
        return Vec::new();
    };
    let pair = |line: &str| {
        let (key, value) = line.split_once(": ")?;
        let word = |character: char| character.is_ascii_alphanumeric() || character == '-';
        (!key.is_empty() && key.chars().all(word)).then(|| (key.to_owned(), value.trim().to_owned()))
    };
    last.lines().map(pair).collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::trailers;

    #[test]
    fn trailers_are_a_paragraph_of_their_own_at_the_end() {
        let found =
            trailers("Fix it\n\nWhy: because\n\nSigned-off-by: Ada <ada@example.com>\nChangelog: fixed\n");
        let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["Signed-off-by", "Changelog"]);
        assert!(trailers("Fix: it").is_empty());
        assert!(trailers("Fix it\n\nno trailer here\nKey: value").is_empty());
    }
}
