//! An engine with an embedded database, and the simulator as its GitLab.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Item, Job, JobId, JobOptions, JobStatus, ManualClock, Origin, SystemClock, UserKey};
use engine::events::What;
use engine::failpoint::Failpoints;
use engine::import::{ImportOptions, InputFile, read_files};
use engine::vault::Vault;
use engine::{Actor, Engine, JobError, JobRequest, Parts, RunnerSettings};
use gitlab_client::{
    Answer, Gitlab, GitlabClient, HostPolicy, Lane, Rate, SeededJitter, Settings, Token, WriteRequest,
};
use gitlab_sim::{Background, Options, Simulator, Tier};
use storage::{Database, ItemFilter, JobFilter, Jobs, Storage};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) struct World {
    pub(crate) sim: Arc<Simulator>,
    pub(crate) storage: Arc<Database>,
    pub(crate) engine: Engine,
    pub(crate) gitlab: Gitlab,
    pub(crate) actor: Actor,
}

/// Times short enough that nobody waits, long enough that a loopback answer arrives in them.
const SETTLE: Duration = Duration::from_millis(50);

/// How long GitLab's workers take: long enough that nothing is done with the answer already.
const BACKGROUND: Duration = Duration::from_millis(100);

/// Far more than any job of these tests needs, see [`World::work_within_turns`].
const TURNS: u32 = 1_000;

impl World {
    /// The simulator with `root` and users `dev-0001` to `dev-0020`, no groups, no projects.
    pub(crate) async fn new() -> Self {
        Self::with_token("glpat-sim-root", true).await
    }

    pub(crate) async fn with_token(token: &str, administrator: bool) -> Self {
        Self::with(token, administrator, Arc::new(SystemClock::new())).await
    }

    /// A world whose time passes when the test says so; see [`World::pass`].
    pub(crate) async fn on(clock: &Arc<ManualClock>) -> Self {
        Self::with("glpat-sim-root", true, Arc::clone(clock) as _).await
    }

    /// A world in which no time passes: nothing times out, however slow the machine is.
    pub(crate) async fn standing_still() -> Self {
        let clock = ManualClock::at(SystemClock::new().now());
        Self::with("glpat-sim-root", true, Arc::new(clock)).await
    }

    /// A world whose GitLab has this licence.
    pub(crate) async fn of_tier(tier: Tier) -> Self {
        let options = Options::empty()
            .users(20)
            .tier(tier)
            .background(Background::After(BACKGROUND));
        let sim = Arc::new(Simulator::start_with(options).await.unwrap());
        Self::over(sim, "glpat-sim-root", true, Arc::new(SystemClock::new())).await
    }

    /// A world whose GitLab takes this long for what it does in the background.
    pub(crate) async fn with_background(background: Background) -> Self {
        let options = Options::empty().users(20).background(background);
        let sim = Arc::new(Simulator::start_with(options).await.unwrap());
        Self::over(sim, "glpat-sim-root", true, Arc::new(SystemClock::new())).await
    }

    /// The same GitLab, as another user sees it; with a database of its own.
    pub(crate) async fn seen_by(&self, username: &str) -> Self {
        let token = self.sim.token_of(username);
        let clock = Arc::clone(self.engine.clock());
        Self::over(Arc::clone(&self.sim), &token, false, clock).await
    }

    /// From now on no job may delete, transfer or archive these.
    pub(crate) fn protect(&mut self, patterns: &str) {
        let mut parts = parts_over(
            Arc::clone(&self.storage) as Arc<dyn Storage>,
            Arc::clone(self.engine.clock()),
            "protecting",
            Failpoints::default(),
        );
        parts.protected = patterns.parse().unwrap();
        self.engine = Engine::new(parts);
    }

    async fn with(token: &str, administrator: bool, clock: Arc<dyn Clock>) -> Self {
        let options = Options::empty()
            .users(20)
            .background(Background::After(BACKGROUND));
        let sim = Arc::new(Simulator::start_with(options).await.unwrap());
        Self::over(sim, token, administrator, clock).await
    }

    /// A world on another instance.
    pub(crate) async fn on_instance(
        options: Options,
        token: &str,
        administrator: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let sim = Arc::new(Simulator::start_with(options).await.unwrap());
        Self::over(sim, token, administrator, clock).await
    }

    async fn over(sim: Arc<Simulator>, token: &str, administrator: bool, clock: Arc<dyn Clock>) -> Self {
        gitlab_client::install_crypto();
        let storage = Database::open_temporary(Arc::clone(&clock)).await.unwrap();
        let instance: domain::InstanceUrl = sim.url().parse().unwrap();
        let gitlab = session(&instance, token, &clock);
        let user = gitlab.current_user().await.unwrap();
        let engine = engine_over(Arc::clone(&storage) as Arc<dyn Storage>, clock, "test");
        let actor = Actor {
            user: UserKey {
                instance,
                user_id: user.id,
            },
            username: user.username,
            administrator,
        };
        Self {
            sim,
            storage,
            engine,
            gitlab,
            actor,
        }
    }

    /// The same world with its jobs in PostgreSQL, in a database of its own; `None` without a server for tests.
    pub(crate) async fn moved_to_postgres(mut self) -> Option<Self> {
        let address = storage::conformance::postgres::address().await?;
        let clock = Arc::clone(self.engine.clock());
        self.storage = Database::open(&address, Arc::clone(&clock)).await.unwrap();
        self.engine = engine_over(Arc::clone(&self.storage) as Arc<dyn Storage>, clock, "test");
        Some(self)
    }

    /// Lets time pass here and in GitLab.
    pub(crate) fn pass(&self, clock: &ManualClock, time: Duration) {
        clock.advance(time);
        self.sim.forward(time);
    }

    /// The same world, seen by somebody else from now on.
    pub(crate) async fn log_in(&mut self, token: &str) {
        self.gitlab = session(&self.actor.user.instance, token, self.engine.clock());
        let user = self.gitlab.current_user().await.unwrap();
        self.actor.user.user_id = user.id;
        self.actor.username = user.username;
        self.actor.administrator = user.is_admin;
    }

    /// A new process over the same database, which remembers nothing else.
    pub(crate) fn restart(&mut self) {
        let token = self.sim.token_of(&self.actor.username);
        self.gitlab = session(&self.actor.user.instance, &token, self.engine.clock());
        self.engine = self.another_engine("restarted");
    }

    /// Another process over the same database.
    pub(crate) fn another_engine(&self, name: &str) -> Engine {
        engine_over(
            Arc::clone(&self.storage) as Arc<dyn Storage>,
            Arc::clone(self.engine.clock()),
            name,
        )
    }

    /// From now on no plan is fresh: what items are about is looked at again before they are run.
    pub(crate) fn look_again(&mut self) {
        let storage = Arc::clone(&self.storage) as Arc<dyn Storage>;
        let clock = Arc::clone(self.engine.clock());
        let mut parts = parts_over(storage, clock, "test", Failpoints::default());
        parts.runner.plan_is_fresh = Duration::ZERO;
        self.engine = Engine::new(parts);
    }

    /// Remembers a job of these CSV files, to be started by itself.
    pub(crate) async fn import(&self, files: &[(&str, &str)], options: JobOptions) -> Job {
        self.try_import(files, options).await.unwrap()
    }

    /// Imports, with columns read as these fields, and runs.
    pub(crate) async fn apply_mapped(&self, files: &[(&str, &str)], mapping: &[(&str, &str)]) -> Job {
        let job = self.import_mapped(files, mapping, JobOptions::default()).await;
        self.work(job.unwrap().id).await
    }

    pub(crate) async fn try_import(
        &self,
        files: &[(&str, &str)],
        options: JobOptions,
    ) -> Result<Job, JobError> {
        self.import_mapped(files, &[], options).await
    }

    async fn import_mapped(
        &self,
        files: &[(&str, &str)],
        mapping: &[(&str, &str)],
        options: JobOptions,
    ) -> Result<Job, JobError> {
        let files = files.iter();
        let files: Vec<InputFile> = files
            .map(|(name, text)| InputFile::new(*name, text.as_bytes()))
            .collect();
        self.import_read(&files, mapping, options).await
    }

    /// Remembers a job of files as they were read.
    pub(crate) async fn import_read(
        &self,
        files: &[InputFile],
        mapping: &[(&str, &str)],
        options: JobOptions,
    ) -> Result<Job, JobError> {
        let how = ImportOptions {
            kind: None,
            mapping: mapping
                .iter()
                .map(|(column, field)| ((*column).to_owned(), (*field).to_owned()))
                .collect(),
            skip_invalid: false,
            today: self.engine.now(),
        };
        let imported = read_files(self.engine.registry(), files, &how).unwrap();
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
        self.engine.create_job(request, &self.actor).await
    }

    /// Runs a job until it ends or waits for a person.
    pub(crate) async fn work(&self, job: JobId) -> Job {
        work(
            &self.engine,
            &self.gitlab,
            &self.actor,
            job,
            CancellationToken::new(),
        )
        .await
    }

    /// Remembers and plans a job; it waits for its runner.
    pub(crate) async fn plan(&self, files: &[(&str, &str)], options: JobOptions) -> Job {
        let job = self.import(files, options).await;
        let (lease, job) = self.engine.claim_job(job.id, &self.actor).await.unwrap();
        self.engine.plan(&lease, &job, &self.gitlab).await.unwrap()
    }

    /// Somebody makes something in GitLab without us; returns its number.
    pub(crate) async fn by_hand(&self, path: &str, body: serde_json::Value) -> u64 {
        let request = WriteRequest::post(path).body(body);
        match self.gitlab.send(&request, Lane::People).await {
            Answer::Done(reply) => reply.json::<serde_json::Value>().unwrap()["id"].as_u64().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Runs a job as [`World::work`] does, for a number of turns at most. In a turn GitLab and the database
    /// each answer one question more, which is as far as a job gets that moves on at all: one that has not
    /// ended after all of them stands still, on a fast machine as on a slow one.
    pub(crate) async fn work_within_turns(&self, job: JobId) -> Job {
        let turns = async {
            for _ in 0..TURNS {
                self.gitlab.current_user().await.unwrap();
                self.engine.job(job, &self.actor).await.unwrap();
            }
        };
        tokio::select! {
            job = self.work(job) => job,
            () = turns => panic!("it never ends:\n{}", self.ledger(job).await),
        }
    }

    /// Runs a job in the background; returns when its first items have succeeded. What the runner says
    /// in the end is not asked here: it may have lost the job to another.
    pub(crate) async fn under_way(&self, engine: &Engine, job: JobId) -> JoinHandle<Result<Job, JobError>> {
        let mut events = engine.events().listen();
        let (lease, job) = engine.claim_job(job, &self.actor).await.unwrap();
        let running = tokio::spawn({
            let (engine, gitlab) = (engine.clone(), self.gitlab.clone());
            async move { engine.work(lease, job, gitlab, CancellationToken::new()).await }
        });
        while !matches!(events.recv().await.unwrap().what, What::ItemsSucceeded(_)) {}
        running
    }

    /// Imports and runs.
    pub(crate) async fn apply(&self, files: &[(&str, &str)], options: JobOptions) -> Job {
        let job = self.import(files, options).await;
        self.work(job.id).await
    }

    /// Does something while time passes as fast as everybody gets to do what is due.
    pub(crate) async fn while_time_passes<T>(&self, clock: &ManualClock, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        for _ in 0..100 * TURNS {
            let turn = async {
                for _ in 0..3 {
                    self.storage.jobs(&JobFilter::default()).await.unwrap();
                }
            };
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = turn => {}
            }
            let next = clock.next_wake().unwrap_or(Duration::ZERO);
            clock.advance(next.clamp(Duration::from_millis(10), Duration::from_millis(500)));
        }
        panic!("it never ends");
    }

    /// From now on no request is given up, however much time passes.
    pub(crate) fn wait_for_answers(&mut self) {
        let token = self.sim.token_of(&self.actor.username);
        let forever = Duration::from_hours(1_000);
        self.gitlab = session_within(&self.actor.user.instance, &token, self.engine.clock(), forever);
    }

    /// From now on so many requests are sent in a second, and none is given up.
    pub(crate) fn send_at(&mut self, per_second: f64) {
        let token = self.sim.token_of(&self.actor.username);
        let settings = Settings {
            rate: Rate::PerSecond(per_second),
            timeout: Duration::from_hours(1_000),
            ..settings()
        };
        self.gitlab = session_by(settings, &self.actor.user.instance, &token, self.engine.clock());
    }

    pub(crate) async fn items(&self, job: JobId) -> Vec<Item> {
        let filter = ItemFilter {
            limit: 10_000,
            ..ItemFilter::default()
        };
        self.engine.items(job, &filter, &self.actor).await.unwrap().items
    }

    /// One line per item: what, where, how it ended, after how many attempts, why.
    pub(crate) async fn ledger(&self, job: JobId) -> String {
        let line = |item: Item| {
            let action = item.action.map_or("-", domain::Action::name);
            let error = item
                .error
                .map(|error| format!(" {}", error.code))
                .unwrap_or_default();
            format!(
                "{} {} {action} {} attempts={}{error}",
                item.operation, item.target, item.status, item.attempts
            )
        };
        self.items(job)
            .await
            .into_iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// GitLab, talked to with this token.
fn session(instance: &domain::InstanceUrl, token: &str, clock: &Arc<dyn Clock>) -> Gitlab {
    session_within(instance, token, clock, Duration::from_secs(2))
}

/// The same, with so much time for each attempt.
fn session_within(
    instance: &domain::InstanceUrl,
    token: &str,
    clock: &Arc<dyn Clock>,
    timeout: Duration,
) -> Gitlab {
    session_by(
        Settings {
            timeout,
            ..settings()
        },
        instance,
        token,
        clock,
    )
}

fn settings() -> Settings {
    Settings {
        rate: Rate::Unlimited,
        ..Settings::new(HostPolicy::listed([]).with_development())
    }
}

fn session_by(
    settings: Settings,
    instance: &domain::InstanceUrl,
    token: &str,
    clock: &Arc<dyn Clock>,
) -> Gitlab {
    let client = GitlabClient::new(settings, Arc::clone(clock), Arc::new(SeededJitter::new(1))).unwrap();
    client
        .session(instance, None, Token::personal(token).unwrap())
        .unwrap()
}

fn engine_over(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, name: &str) -> Engine {
    engine_with(storage, clock, name, Failpoints::default())
}

/// A process over this database that is cut at these places.
pub(crate) fn engine_with(
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    name: &str,
    failpoints: Failpoints,
) -> Engine {
    Engine::new(parts_over(storage, clock, name, failpoints))
}

fn parts_over(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, name: &str, failpoints: Failpoints) -> Parts {
    Parts {
        storage,
        clock,
        registry: engine::operations::registry(),
        vault: Vault::new(vec![7; 32], None).unwrap(),
        runner: RunnerSettings {
            concurrency: 10,
            parent_concurrency: 2,
            settle: SETTLE,
            plan_is_fresh: Duration::from_secs(10),
            failpoints,
            timeout: Duration::from_secs(2),
        },
        protected: engine::protected::ProtectedPaths::default(),
        lease: Duration::from_secs(3),
        name: name.to_owned(),
    }
}

pub(crate) async fn work(
    engine: &Engine,
    gitlab: &Gitlab,
    actor: &Actor,
    id: JobId,
    stopping: CancellationToken,
) -> Job {
    let status = engine.job(id, actor).await.unwrap().status;
    if matches!(status, JobStatus::Paused | JobStatus::Failed) {
        engine.resume(id, actor).await.unwrap();
    }
    let (lease, job) = engine.claim_job(id, actor).await.unwrap();
    // On the heap: a test may have several of them side by side.
    Box::pin(engine.work(lease, job, gitlab.clone(), stopping))
        .await
        .unwrap()
}

/// The same with all that it takes, to be run in the background.
pub(crate) async fn work_owned(
    engine: Engine,
    gitlab: Gitlab,
    actor: Actor,
    id: JobId,
    stopping: CancellationToken,
) -> Job {
    work(&engine, &gitlab, &actor, id, stopping).await
}

/// Forty rows: three groups in two levels, thirty projects, seven memberships.
pub(crate) fn forty_rows() -> [(&'static str, String); 3] {
    let groups = "name,path,parent,visibility\nAcme,acme,,public\nPlatform,platform,acme,public\nTools,tools,acme,public\n";
    let mut projects = "name,group,visibility,topics\n".to_owned();
    for number in 0..30 {
        let group = ["acme", "acme/platform", "acme/tools"][number % 3];
        writeln!(projects, "project-{number:02},{group},public,\"rust,demo\"").unwrap();
    }
    let mut members = "username,group,access_level\n".to_owned();
    for number in 1..=7 {
        writeln!(members, "dev-{number:04},acme/platform,developer").unwrap();
    }
    [
        ("groups.csv", groups.to_owned()),
        ("projects.csv", projects),
        ("members.csv", members),
    ]
}

pub(crate) fn borrowed<'a>(files: &'a [(&'a str, String); 3]) -> Vec<(&'a str, &'a str)> {
    files.iter().map(|(name, text)| (*name, text.as_str())).collect()
}
