use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{
    Action, Clock, InstanceUrl, Item, ItemError, ItemStatus, Job, JobEvent, JobId, JobOptions, ManualClock,
    Origin, Source, Timestamp, UserKey,
};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    Claimant, Committed, Created, Evidence, EvidenceKind, Intent, ItemChange, ItemFilter, Lease, LedgerBatch,
    Need, NewItem, NewJob, PlannedItem, Result, Storage,
};

/// How long the leases of all runners last.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// An empty storage and its time; where the transcripts take place.
#[derive(Debug)]
pub struct World {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) clock: Arc<ManualClock>,
    jobs: AtomicU32,
}

impl World {
    /// Opens a storage at a fixed moment, if there is one.
    pub async fn open<F: Future<Output = Option<Arc<dyn Storage>>>>(
        open: impl FnOnce(Arc<dyn Clock>) -> F,
    ) -> Option<Self> {
        let start = Timestamp::from_millis(1_772_442_847_512);
        let clock = Arc::new(ManualClock::at(start));
        let storage = open(Arc::clone(&clock) as Arc<dyn Clock>).await?;
        Some(Self {
            storage,
            clock,
            jobs: AtomicU32::new(0),
        })
    }

    /// A moment later, to tell dates apart.
    pub(super) fn a_second_passes(&self) -> Timestamp {
        self.clock.advance(Duration::from_secs(1));
        self.clock.now()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The moment that is so far away.
    pub(super) fn in_a_while(&self, time: Duration) -> Timestamp {
        self.clock.now().plus(time)
    }

    pub(super) fn the_lease_runs_out(&self) {
        self.clock.advance(LEASE);
    }

    /// A job for dev-0001 on gitlab.example.com; later ones have later ids.
    pub(super) fn new_job(&self) -> NewJob {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed);
        NewJob {
            id: JobId(Uuid::from_u128(
                0x0190_f5fe_7c00_7000_8000_0000_0000_0000 + u128::from(number),
            )),
            kind: "bulk_create_groups".to_owned(),
            origin: Origin::Server,
            owner: user("https://gitlab.example.com", 1),
            username: "dev-0001".to_owned(),
            options: JobOptions::default(),
            retry_of: None,
            undo_of: None,
            autostart: false,
            request: None,
            inputs: None,
            idempotency: None,
            quota: None,
        }
    }

    pub(super) async fn create(&self, job: NewJob, items: u32) -> Job {
        match self.storage.create_job(job, new_items(items)).await.unwrap() {
            Created::New(job) => job,
            Created::Existing(job) => panic!("job {} exists already", job.id),
        }
    }

    /// A new job, in planning.
    pub(super) async fn job(&self, items: u32) -> JobId {
        self.create(self.new_job(), items).await.id
    }

    /// A job whose items are all to be created.
    pub(super) async fn planned_job(&self, items: u32) -> JobId {
        let job = self.job(items).await;
        let planner = self.runner("planner").claims(job).await;
        planner.plans((0..items).map(to_create).collect()).await.unwrap();
        planner.moves(JobEvent::Planned).await.unwrap();
        job
    }

    /// The same, started and waiting for a runner.
    pub(super) async fn started_job(&self, items: u32) -> JobId {
        let job = self.planned_job(items).await;
        self.person_moves(job, JobEvent::Start).await.unwrap();
        job
    }

    pub(super) async fn person_moves(&self, job: JobId, event: JobEvent) -> Result<Job> {
        self.storage.move_job(job, event, None).await
    }

    pub(super) fn runner<'a>(&'a self, name: &'a str) -> Runner<'a> {
        Runner { world: self, name }
    }

    pub(super) async fn look(&self, job: JobId) -> Job {
        self.storage.job(job).await.unwrap().unwrap().job
    }

    /// How the job's items stand, in order: `succeeded pending failed`.
    pub(super) async fn standing(&self, job: JobId) -> String {
        let statuses: Vec<&str> = self
            .statuses(job)
            .await
            .into_iter()
            .map(ItemStatus::name)
            .collect();
        statuses.join(" ")
    }

    pub(super) async fn statuses(&self, job: JobId) -> Vec<ItemStatus> {
        self.shown(job).await.iter().map(|item| item.status).collect()
    }

    /// All items as people see them.
    pub(super) async fn shown(&self, job: JobId) -> Vec<Item> {
        let filter = ItemFilter {
            limit: 10_000,
            ..ItemFilter::default()
        };
        let page = self.storage.items(job, &filter).await.unwrap();
        assert_eq!(page.next, None);
        page.items
    }

    /// The job's intents without evidence: `item.attempt.call`.
    pub(super) async fn open_intents(&self, job: JobId) -> Vec<String> {
        let open = self.storage.open_intents(job).await.unwrap();
        open.iter()
            .map(|intent| format!("{}.{}.{}", intent.item, intent.attempt, intent.call))
            .collect()
    }
}

/// Somebody who runs jobs.
#[derive(Clone, Copy)]
pub(super) struct Runner<'a> {
    world: &'a World,
    name: &'a str,
}

impl<'a> Runner<'a> {
    fn claimant(self) -> Claimant {
        Claimant {
            name: self.name.to_owned(),
            lease: LEASE,
        }
    }

    pub(super) async fn claims_any(self) -> Option<Run<'a>> {
        self.claims_any_of(Origin::Server).await
    }

    pub(super) async fn claims_any_of(self, origin: Origin) -> Option<Run<'a>> {
        match self.claims_what(origin, Need::Run).await {
            Some(run) => Some(run),
            None => self.claims_what(origin, Need::Plan).await,
        }
    }

    pub(super) async fn claims_what(self, origin: Origin, need: Need) -> Option<Run<'a>> {
        let claimed = self
            .world
            .storage
            .claim_any(&self.claimant(), origin, need)
            .await
            .unwrap();
        claimed.map(|(lease, job)| Run {
            world: self.world,
            lease,
            job,
        })
    }

    pub(super) async fn tries_to_claim(self, job: JobId) -> Result<Run<'a>> {
        let (lease, job) = self.world.storage.claim_job(&self.claimant(), job).await?;
        Ok(Run {
            world: self.world,
            lease,
            job,
        })
    }

    pub(super) async fn claims(self, job: JobId) -> Run<'a> {
        self.tries_to_claim(job).await.unwrap()
    }
}

/// A job in the hands of a runner.
#[derive(Debug)]
pub(super) struct Run<'a> {
    world: &'a World,
    pub(super) lease: Lease,
    /// As it was when it was claimed.
    pub(super) job: Job,
}

impl Run<'_> {
    pub(super) async fn commits(&self, batch: &LedgerBatch) -> Result<Committed> {
        self.world.storage.commit(&self.lease, batch).await
    }

    pub(super) async fn plans(&self, items: Vec<PlannedItem>) -> Result<()> {
        self.world.storage.record_plan(&self.lease, items).await
    }

    pub(super) async fn moves(&self, event: JobEvent) -> Result<Job> {
        self.world.storage.move_leased(&self.lease, event, None).await
    }

    /// Writes down that item after item is about to be sent, as its first attempt.
    pub(super) async fn begins(&self, items: impl IntoIterator<Item = u32>) -> Result<Committed> {
        self.commits(&begin(items, self.world.now())).await
    }

    /// Writes down that GitLab answered 201 to each.
    pub(super) async fn succeeds(&self, items: impl IntoIterator<Item = u32>) -> Result<Committed> {
        self.commits(&success(items, self.world.now())).await
    }

    /// Writes down how an item stands, and nothing else.
    pub(super) async fn marks(&self, item: u32, status: ItemStatus) -> Result<Committed> {
        self.commits(&LedgerBatch {
            items: vec![change(item, status, self.world.now())],
            ..LedgerBatch::default()
        })
        .await
    }
}

pub(super) fn user(instance: &str, user_id: u64) -> UserKey {
    UserKey {
        instance: instance.parse::<InstanceUrl>().unwrap(),
        user_id,
    }
}

pub(super) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

pub(super) fn problem(code: &str) -> ItemError {
    ItemError {
        code: code.to_owned(),
        message: format!("it went wrong: {code}"),
        gitlab_status: Some(403),
        details: Some(serde_json::json!({ "message": "403 Forbidden" })),
    }
}

pub(super) fn new_items(items: u32) -> Vec<NewItem> {
    (0..items).map(new_item).collect()
}

pub(super) fn new_item(index: u32) -> NewItem {
    NewItem {
        index,
        operation: "create_group",
        target: format!("acme/group-{index}"),
        source: Source {
            file: Some("groups.csv".into()),
            row: Some(index + 1),
            path: None,
        },
        params: raw(&format!(r#"{{"path":"group-{index}","parent":"acme"}}"#)),
        expects: None,
        input: None,
    }
}

pub(super) fn to_create(index: u32) -> PlannedItem {
    PlannedItem {
        index,
        action: Action::Create,
        status: ItemStatus::Pending,
        changes: Vec::new(),
        depends_on: Vec::new(),
        error: None,
        result: None,
        found: None,
        notes: Vec::new(),
    }
}

pub(super) fn intent(item: u32, attempt: u32, at: Timestamp) -> Intent {
    Intent {
        item,
        attempt,
        call: 0,
        method: "POST",
        path: "/groups".to_owned(),
        at,
    }
}

pub(super) fn evidence(item: u32, attempt: u32, at: Timestamp) -> Evidence {
    Evidence {
        item,
        attempt,
        call: 0,
        kind: EvidenceKind::Answered,
        gitlab_status: Some(201),
        request_id: Some("01HZX0000000000000000000".to_owned()),
        seen: Some(raw(r#"{"id":12}"#)),
        at,
    }
}

pub(super) fn change(item: u32, status: ItemStatus, at: Timestamp) -> ItemChange {
    ItemChange {
        item,
        status,
        attempts: 1,
        step: 0,
        error: None,
        look_at: None,
        result: None,
        at,
    }
}

pub(super) fn begin(items: impl IntoIterator<Item = u32>, at: Timestamp) -> LedgerBatch {
    let mut batch = LedgerBatch::default();
    for item in items {
        batch.intents.push(intent(item, 1, at));
        batch.items.push(change(item, ItemStatus::Running, at));
    }
    batch
}

pub(super) fn success(items: impl IntoIterator<Item = u32>, at: Timestamp) -> LedgerBatch {
    let mut batch = LedgerBatch::default();
    for item in items {
        batch.evidence.push(evidence(item, 1, at));
        batch.items.push(change(item, ItemStatus::Succeeded, at));
    }
    batch
}
