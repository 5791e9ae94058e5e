//! What holds for the database file only: its mode, its crashes, its other users.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Clock, ItemStatus, Job, JobEvent, JobId, JobOptions, ManualClock, Origin, Source, Timestamp, UserKey,
};
use serde_json::value::RawValue;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use storage::{
    Claimant, Created, Credentials, Database, Intent, ItemChange, ItemFilter, Items, Jobs, Lease, Ledger,
    LedgerBatch, Need, NewItem, NewJob, StorageError,
};
use tempfile::TempDir;

const JOB: &str = "0190f5fe-7c00-7a00-8000-000000000001";

struct Place {
    directory: TempDir,
    clock: Arc<ManualClock>,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::at(Timestamp::from_millis(1_772_442_847_512))),
        }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("data").join("bulk.db")
    }

    async fn open(&self) -> Arc<Database> {
        self.open_at(&self.file()).await.unwrap()
    }

    async fn open_at(&self, path: &Path) -> storage::Result<Arc<Database>> {
        Database::open(path.to_str().unwrap(), self.clock.clone()).await
    }

    /// A way around the program.
    async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.file())
            .connect()
            .await
            .unwrap()
    }
}

async fn create_job(database: &Database) -> Job {
    let job = NewJob {
        id: JOB.parse().unwrap(),
        kind: "bulk_create_groups".to_owned(),
        origin: Origin::Cli,
        owner: UserKey {
            instance: "https://gitlab.example.com".parse().unwrap(),
            user_id: 1,
        },
        username: "dev-0001".to_owned(),
        options: JobOptions::default(),
        retry_of: None,
        undo_of: None,
        autostart: false,
        request: None,
        inputs: None,
        idempotency: None,
        quota: None,
    };
    let items = (0..3)
        .map(|index| NewItem {
            index,
            operation: "create_group",
            target: format!("group-{index}"),
            source: Source::default(),
            params: RawValue::from_string("{}".to_owned()).unwrap(),
            expects: None,
            input: None,
        })
        .collect();
    let Created::New(job) = database.create_job(job, items).await.unwrap() else {
        panic!("the job is there already");
    };
    job
}

/// Takes the job through planning and begins its first item.
async fn run(database: &Database, job: JobId) -> Lease {
    let claimant = Claimant {
        name: "test".to_owned(),
        lease: Duration::from_secs(10),
    };
    let (lease, _) = database.claim_job(&claimant, job).await.unwrap();
    database
        .move_leased(&lease, JobEvent::Planned, None)
        .await
        .unwrap();
    database.move_job(job, JobEvent::Start, None).await.unwrap();
    let (lease, _) = database.claim_job(&claimant, job).await.unwrap();
    database.commit(&lease, &begin(0)).await.unwrap();
    lease
}

fn begin(item: u32) -> LedgerBatch {
    let at = Timestamp::from_millis(1_772_442_847_600);
    LedgerBatch {
        intents: vec![Intent {
            item,
            attempt: 1,
            call: 0,
            method: "POST",
            path: "/groups".to_owned(),
            at,
        }],
        items: vec![ItemChange {
            item,
            status: ItemStatus::Running,
            attempts: 1,
            step: 0,
            error: None,
            look_at: None,
            result: None,
            at,
        }],
        ..LedgerBatch::default()
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let database = place.open().await;
    create_job(&database).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.file().parent().unwrap()), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(place.file().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 2, "the database and its log");
}

#[tokio::test]
async fn what_was_committed_survives_a_crash() {
    let place = Place::new();
    let database = place.open().await;
    let job = create_job(&database).await.id;
    let lease = run(&database, job).await;

    // What a dead process leaves behind: the files as they are at this moment, with a full log.
    let after = place.directory.path().join("after.db");
    for suffix in ["", "-wal"] {
        let file = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(file(&place.file()), file(&after)).unwrap();
    }
    let restarted = place.open_at(&after).await.unwrap();
    assert_eq!(
        restarted.job(job).await.unwrap().unwrap().job,
        database.job(job).await.unwrap().unwrap().job
    );
    let open = restarted.open_intents(job).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].item, open[0].path.as_str()), (0, "/groups"));
    restarted.commit(&lease, &begin(1)).await.unwrap();
}

#[tokio::test]
async fn a_closed_database_is_complete_in_its_one_file() {
    let place = Place::new();
    let database = place.open().await;
    let job = create_job(&database).await;
    database.close().await;
    let closed = database.job(job.id).await;
    assert!(matches!(closed, Err(StorageError::Unavailable(_))), "{closed:?}");

    let moved = place.directory.path().join("moved.db");
    std::fs::copy(place.file(), &moved).unwrap();
    let again = place.open_at(&moved).await.unwrap();
    assert_eq!(again.job(job.id).await.unwrap().unwrap().job, job);
}

#[tokio::test]
async fn an_erased_credential_is_not_in_the_file_any_more() {
    let place = Place::new();
    let database = place.open().await;
    let job = create_job(&database).await.id;
    let sealed = b"sealed-credential-of-which-nothing-may-remain";
    let remains = || {
        let bytes = std::fs::read(place.file()).unwrap();
        bytes.windows(sealed.len()).any(|window| window == sealed)
    };
    database.put_credential(job, sealed).await.unwrap();
    database.close().await;
    assert!(remains(), "it was there");

    let database = place.open().await;
    database.erase_credential(job).await.unwrap();
    database.close().await;
    assert!(!remains());
}

#[tokio::test]
async fn two_processes_open_a_new_file_at_once_and_share_it() {
    let place = Place::new();
    let (one, other) = tokio::join!(place.open(), place.open());
    let job = create_job(&one).await;
    assert_eq!(other.job(job.id).await.unwrap().unwrap().job, job);

    let claimant = Claimant {
        name: "test".to_owned(),
        lease: Duration::from_secs(10),
    };
    let (first, second) = tokio::join!(
        one.claim_any(&claimant, Origin::Cli, Need::Plan),
        other.claim_any(&claimant, Origin::Cli, Need::Plan)
    );
    let claims = [first.unwrap(), second.unwrap()];
    assert_eq!(claims.iter().flatten().count(), 1);
}

#[tokio::test]
async fn an_address_is_a_path_or_an_sqlite_url() {
    let place = Place::new();
    let job = create_job(&*place.open().await).await;
    let url = format!("sqlite://{}", place.file().display());
    let database = Database::open(&url, place.clock.clone()).await.unwrap();
    assert!(database.job(job.id).await.unwrap().is_some());

    for (address, kind) in [
        ("mysql://db.example.com/bulk", "mysql"),
        ("sqlite::memory:", "in-memory"),
    ] {
        let clock: Arc<dyn Clock> = place.clock.clone();
        let refused = Database::open(address, clock).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "a database of the kind `{kind}` is not supported; give a path, sqlite://PATH or postgres://USER@HOST/NAME"
            )
        );
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    place.open().await.close().await;
    let mut raw = place.raw().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    let refused = place.open_at(&place.file()).await;
    assert!(
        matches!(refused, Err(StorageError::Unavailable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::new();
    let path = place.directory.path().join("notes.txt");
    std::fs::write(
        &path,
        "these are notes, long enough to be mistaken for something else".repeat(100),
    )
    .unwrap();
    let refused = place.open_at(&path).await;
    assert!(
        matches!(refused, Err(StorageError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("these are notes")
    );
}

#[tokio::test]
async fn words_that_no_version_writes_are_reported_with_their_row() {
    let place = Place::new();
    let database = place.open().await;
    let job = create_job(&database).await.id;
    let lease = run(&database, job).await;
    let mut raw = place.raw().await;
    for (spoil, table, column, row) in [
        (
            "UPDATE item_states SET status = 'lost' WHERE idx = 2",
            "item_states",
            "status",
            format!("{JOB}/2"),
        ),
        (
            "UPDATE items SET params = '{' WHERE idx = 1",
            "items",
            "params",
            format!("{JOB}/1"),
        ),
        (
            "UPDATE jobs SET status = 'asleep'",
            "jobs",
            "status",
            JOB.to_owned(),
        ),
    ] {
        sqlx::query(spoil).execute(&mut raw).await.unwrap();
        let read = match table {
            "items" => database.load_items(job, Some(0), 1).await.map(drop),
            "item_states" => {
                let all = ItemFilter {
                    limit: 10,
                    ..ItemFilter::default()
                };
                database.items(job, &all).await.map(drop)
            }
            _ => database.job(job).await.map(drop),
        };
        match read {
            Err(StorageError::Inconsistent {
                table: t,
                column: c,
                row: r,
            }) => {
                assert_eq!((t, c, r), (table, column, row));
            }
            other => panic!("{spoil}: {other:?}"),
        }
    }
    let renewal = database.renew(&lease).await;
    assert!(
        matches!(renewal, Err(StorageError::Inconsistent { .. })),
        "{renewal:?}"
    );
}

#[tokio::test]
async fn a_copy_made_while_jobs_are_written_is_whole_and_private() {
    let place = Place::new();
    let database = place.open().await;
    create_job(&database).await;
    let copy = place.directory.path().join("copy.db");
    Database::copy(&place.file(), &copy).await.unwrap();
    let found = Database::examine(&copy).await.unwrap();
    assert_eq!((found.jobs, found.open_jobs), (1, 1));
    assert_eq!(found.damage, Vec::<String>::new());
    assert_eq!(found.version, found.known);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = Database::copy(&place.file(), &copy).await;
    assert!(
        matches!(again, Err(StorageError::Unavailable(_))),
        "nothing is written over"
    );
}

#[tokio::test]
async fn a_copy_is_put_back_only_when_nobody_has_the_database_open() {
    let place = Place::new();
    let database = place.open().await;
    let job = create_job(&database).await;
    database.move_job(job.id, JobEvent::Planned, None).await.unwrap();
    database.move_job(job.id, JobEvent::Start, None).await.unwrap();
    let copy = place.directory.path().join("copy.db");
    Database::copy(&place.file(), &copy).await.unwrap();
    database.move_job(job.id, JobEvent::Cancel, None).await.unwrap();

    let now = place.clock.now();
    let refused = Database::put_back(&copy, &place.file(), now).await;
    assert!(matches!(refused, Err(StorageError::InUse)), "{refused:?}");
    assert_eq!(
        database.job(job.id).await.unwrap().unwrap().job.status,
        domain::JobStatus::Cancelled
    );

    database.close().await;
    let former = Database::put_back(&copy, &place.file(), now)
        .await
        .unwrap()
        .unwrap();
    let database = place.open().await;
    let restored = database.job(job.id).await.unwrap().unwrap().job;
    assert_eq!(
        restored.status,
        domain::JobStatus::Paused,
        "a person has to look first"
    );
    assert_eq!(restored.waiting_reason.as_deref(), Some(storage::PUT_BACK));
    let found = Database::examine(&former).await.unwrap();
    assert_eq!((found.jobs, found.open_jobs), (1, 0), "what was there is kept");
}

#[tokio::test]
async fn what_is_no_database_is_not_put_anywhere() {
    let place = Place::new();
    let database = place.open().await;
    create_job(&database).await;
    database.close().await;
    let nonsense = place.directory.path().join("copy.db");
    std::fs::write(&nonsense, "not a database").unwrap();
    assert!(Database::examine(&nonsense).await.is_err());
    let refused = Database::put_back(&nonsense, &place.file(), place.clock.now()).await;
    assert!(
        matches!(refused, Err(StorageError::Unavailable(_))),
        "{refused:?}"
    );
    assert_eq!(Database::examine(&place.file()).await.unwrap().jobs, 1);
}
