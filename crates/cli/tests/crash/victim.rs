use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use domain::{Job, JobStatus, SystemClock};
use gitlab_sim::Simulator;
use storage::{Database, Items, JobFilter, Jobs, Ledger};
use tempfile::TempDir;
use tokio::process::Command;

use crate::Moment;
use crate::sample;

/// How long a resumed job may take before it counts as one that never ends; it takes two seconds.
const PATIENCE: Duration = Duration::from_mins(2);

/// An import that is going to be killed, with a database of its own.
pub(crate) struct Victim {
    folder: TempDir,
    gitlab_url: String,
}

impl Victim {
    pub(crate) fn new(gitlab: &Simulator) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            gitlab_url: gitlab.url().to_owned(),
        }
    }

    fn database(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("jobs.db").display())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gitlab-bulk"));
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command
            .env_clear()
            .env("GITLAB_URL", &self.gitlab_url)
            .env("GITLAB_TOKEN", "glpat-sim-root")
            .env("GITLAB_API_RATE_LIMIT", "unlimited")
            // The simulator is never busy with a request for longer.
            .env("GITLAB_SETTLE_MS", "300")
            .env("DATA_DIR", self.folder.path())
            .env("DATABASE_URL", self.database())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
    }

    /// Starts the import where no file may grow beyond so many half kilobytes, which is what a full disk is to a
    /// database. Returns what the program says when it gives up.
    pub(crate) async fn apply_on_a_full_disk(&self, blocks: u32) -> String {
        let mut apply = Command::new("sh");
        self.prepare(&mut apply);
        apply
            .arg("-c")
            // Without the trap the kernel kills the process instead of refusing the write.
            .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
            .arg("sh")
            .arg(env!("CARGO_BIN_EXE_gitlab-bulk"))
            .arg("apply")
            .args(sample::files())
            .arg("--yes");
        let output = tokio::time::timeout(PATIENCE, apply.output())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        said(&output)
    }

    /// How many requests the ledger knows of.
    pub(crate) async fn intents(&self) -> u64 {
        let database = self.open().await;
        let job = job(&database).await.id;
        let attempts = database.load_items(job, None, 5_000).await.unwrap();
        database.close().await;
        attempts.iter().map(|item| u64::from(item.attempts)).sum()
    }

    /// Starts the import and sees to it that it dies at that moment.
    pub(crate) async fn apply_and_die(&self, gitlab: &Simulator, moment: Moment) {
        let mut apply = self.command();
        apply.arg("apply").args(sample::files()).arg("--yes");
        match moment {
            Moment::Failpoint(name, count) => {
                let output = apply
                    .env("GITLAB_BULK_FAILPOINT", format!("{name}:{count}"))
                    .output()
                    .await
                    .unwrap();
                assert_eq!(
                    output.status.code(),
                    None,
                    "{moment:?} was not passed: {}",
                    said(&output)
                );
            }
            Moment::Writes(writes) => {
                let mut process = apply.spawn().unwrap();
                let mut looks = tokio::time::interval(Duration::from_millis(1));
                while gitlab.stats().writes.applied < writes {
                    looks.tick().await;
                    assert_eq!(process.try_wait().unwrap(), None, "it ended before {moment:?}");
                }
                process.start_kill().unwrap();
                let output = process.wait_with_output().await.unwrap();
                assert_eq!(
                    output.status.code(),
                    None,
                    "it ended before {moment:?}: {}",
                    said(&output)
                );
            }
        }
    }

    /// Intents that are committed and of which nobody knows what became.
    pub(crate) async fn unsettled_intents(&self) -> usize {
        let database = self.open().await;
        let intents = database.open_intents(job(&database).await.id).await.unwrap();
        database.close().await;
        intents.len()
    }

    /// Goes on where the dead process stopped.
    pub(crate) async fn resume(&self, moment: Moment) {
        let database = self.open().await;
        let id = job(&database).await.id.to_string();
        database.close().await;
        let mut resume = self.command();
        let output = tokio::time::timeout(PATIENCE, resume.args(["jobs", "resume", &id, "--yes"]).output())
            .await
            .unwrap_or_else(|_| panic!("{moment:?}: it never ends"))
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{moment:?}: {}", said(&output));
    }

    /// Somebody has made room.
    pub(crate) async fn resume_on_a_disk_with_room(&self) {
        self.resume(Moment::Writes(0)).await;
    }

    /// The ledger agrees: every item succeeded, and no intent is left open.
    pub(crate) async fn assert_all_succeeded(&self, moment: Moment) {
        let database = self.open().await;
        let job = job(&database).await;
        assert_eq!(job.status, JobStatus::Completed, "{moment:?}");
        assert_eq!(u64::from(job.success_count), sample::rows(), "{moment:?}");
        assert_eq!(
            database.open_intents(job.id).await.unwrap().len(),
            0,
            "{moment:?}"
        );
        database.close().await;
    }

    async fn open(&self) -> Arc<Database> {
        Database::open(&self.database(), Arc::new(SystemClock::new()))
            .await
            .unwrap()
    }
}

/// The one job there is.
async fn job(database: &Database) -> Job {
    let filter = JobFilter {
        limit: 2,
        ..JobFilter::default()
    };
    let mut page = database.jobs(&filter).await.unwrap();
    assert_eq!(page.jobs.len(), 1, "resuming goes on with the same job");
    page.jobs.remove(0)
}

fn said(output: &std::process::Output) -> String {
    let end = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines()
            .rev()
            .take(20)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join("\n")
    };
    format!("\n{}\n{}", end(&output.stdout), end(&output.stderr))
}
