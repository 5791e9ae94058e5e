//! A job that waits for minutes or days: the foreground waits with it, and goes on by itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use config::{Config, Environment, Purpose};
use domain::{Clock, JobOptions, JobStatus, ManualClock, Origin, SystemClock, Timestamp, Waves};
use engine::import::{ImportOptions, InputFile, read_files};
use engine::{JobRequest, operations};
use gitlab_sim::{Options, Simulator};
use serde_json::json;
use storage::Jobs;
use tempfile::TempDir;

use super::Desk;
use crate::composition::compose;
use crate::failure::Exit;
use crate::interrupts::Interrupts;
use crate::output::{Format, Output};
use crate::program::Program;

const GROUPS: &str = "name,path,parent\nOne,one,\nTwo,two,\nThree,three,\n";

struct Scene {
    gitlab: Simulator,
    clock: Arc<ManualClock>,
    desk: Desk,
    _folder: TempDir,
}

impl Scene {
    /// Somebody at a desk whose clock is ours.
    async fn new() -> Self {
        gitlab_client::install_crypto();
        let gitlab = Simulator::start_with(Options::empty().users(3)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
        let (url, token) = (gitlab.url().to_owned(), gitlab.root_token());
        let environment = Environment::of([
            ("GITLAB_URL", url.as_str()),
            ("GITLAB_TOKEN", token.as_str()),
            ("GITLAB_API_RATE_LIMIT", "unlimited"),
            ("GITLAB_SETTLE_MS", "0"),
            ("DATA_DIR", folder.path().to_str().unwrap()),
        ]);
        let config = Config::read(&environment, Purpose::Command).unwrap();
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let composition = compose(&config, &shared, "cli").await.unwrap();
        let connection = composition.connect(&config).await.unwrap();
        let desk = Desk {
            config,
            composition,
            connection,
            output: Output::new(Format::Json),
            program: Program::default(),
            interrupts: Interrupts::never(),
        };
        Self {
            gitlab,
            clock,
            desk,
            _folder: folder,
        }
    }

    /// Runs an import in the foreground, while time passes whenever the job waits. Returns how the program ends, and
    /// of each wait until when and why.
    async fn run(&self, options: JobOptions) -> (Exit, Vec<(Timestamp, String)>) {
        let engine = &self.desk.composition.engine;
        let how = ImportOptions {
            kind: None,
            mapping: BTreeMap::default(),
            skip_invalid: false,
            today: engine.now(),
        };
        let file = InputFile::new("groups.csv", GROUPS.as_bytes());
        let imported = read_files(&operations::registry(), &[file], &how).unwrap();
        let request = JobRequest {
            kind: imported.job_type.clone(),
            source: imported.into_source(),
            options,
            origin: Origin::Cli,
            start: true,
            idempotency: None,
            retry_of: None,
            undo_of: None,
        };
        let actor = &self.desk.connection.actor;
        let job = engine.create_job(request, actor).await.unwrap().id;
        self.desk.plan(job).await.unwrap();

        let mut waits: Vec<(Timestamp, String)> = Vec::new();
        let time = async {
            loop {
                let record = self.desk.composition.storage.job(job).await.unwrap().unwrap();
                // Nobody's time passes but that of whoever waits.
                if record.job.status != JobStatus::Pending || self.clock.next_wake().is_none() {
                    continue;
                }
                let mut passes = Duration::from_secs(1);
                if let Some(until) = record.job.waiting_until {
                    let why = record.job.waiting_reason.unwrap_or_default();
                    if !waits.contains(&(until, why.clone())) {
                        waits.push((until, why));
                    }
                    passes = passes.max(until.since(self.clock.now()));
                }
                self.clock.advance(passes);
                self.gitlab.forward(passes);
            }
        };
        let lock = self.desk.lock(job).unwrap();
        let exit = tokio::select! {
            exit = self.desk.run(job, lock) => exit.unwrap(),
            () = time => unreachable!("time goes on"),
        };
        (exit, waits)
    }
}

#[tokio::test]
async fn a_rest_between_waves_is_waited_for() {
    let scene = Scene::new().await;
    let began = scene.clock.now();
    let waves = Waves {
        size: 1,
        pause_seconds: 600,
    };
    let options = JobOptions {
        waves: Some(waves),
        ..JobOptions::default()
    };

    let (exit, waits) = scene.run(options).await;

    assert_eq!((exit as i32, waits.len()), (0, 2), "{waits:?}");
    assert_eq!(scene.gitlab.estate().groups.len(), 3);
    let took = scene.clock.now().since(began);
    assert!(took >= Duration::from_mins(20));
    assert!(
        took < Duration::from_mins(25),
        "what passed at once was waited for again: {took:?}"
    );
}

#[tokio::test]
async fn a_moment_before_which_nothing_is_to_begin_is_waited_for() {
    let scene = Scene::new().await;
    let tomorrow = scene.clock.now().plus(Duration::from_hours(24));
    let options = JobOptions {
        not_before: Some(tomorrow),
        ..JobOptions::default()
    };

    let (exit, waits) = scene.run(options).await;

    assert_eq!(exit as i32, 0);
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert_eq!(waits[0].0, tomorrow);
    assert_eq!(scene.gitlab.estate().groups.len(), 3);
    assert!(scene.clock.now() >= tomorrow);
}

#[tokio::test]
async fn a_quota_of_gitlabs_is_waited_for() {
    let scene = Scene::new().await;
    let two_an_hour = json!({ "endpoints": { "POST /groups": { "limit": 2, "seconds": 3_600 } } });
    let limits = serde_json::from_value(two_an_hour).unwrap();
    scene.gitlab.limit(limits).unwrap();
    let began = scene.clock.now();

    let (exit, waits) = scene.run(JobOptions::default()).await;

    assert_eq!(exit as i32, 0);
    assert!(!waits.is_empty());
    assert!(
        waits.iter().all(|(_, why)| why == "GitLab limits POST /groups"),
        "{waits:?}"
    );
    assert_eq!(scene.gitlab.estate().groups.len(), 3);
    assert!(scene.clock.now().since(began) >= Duration::from_mins(30));
}
