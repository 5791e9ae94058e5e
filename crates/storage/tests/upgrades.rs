//! One version after another on one database. What an older one left half done is taken over by the present one, and an
//! older one that still runs is not disturbed: its tables stay, and what it writes stays allowed.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use domain::{ItemStatus, JobEvent, JobId, JobStatus, ManualClock, Origin, Timestamp};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use storage::conformance::postgres;
use storage::{
    Claimant, Database, Evidence, EvidenceKind, Intent, ItemChange, Items as _, Jobs as _, Ledger as _,
    LedgerBatch, Need,
};
use tempfile::TempDir;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The first version that had a ledger.
const FIRST: i64 = 2;

fn latest() -> i64 {
    SQLITE.iter().map(|migration| migration.version).max().unwrap()
}

/// An empty database in one of the two.
struct Place {
    address: String,
    migrations: &'static Migrator,
    _directory: Option<TempDir>,
}

/// A way around the program.
enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            address: format!("sqlite://{}", directory.path().join("bulk.db").display()),
            migrations: &SQLITE,
            _directory: Some(directory),
        }
    }

    async fn postgres() -> Option<Self> {
        Some(Self {
            address: postgres::address().await?,
            migrations: &POSTGRES,
            _directory: None,
        })
    }

    async fn raw(&self) -> Raw {
        if self.address.starts_with("postgres") {
            let options = PgConnectOptions::from_str(&self.address).unwrap();
            return Raw::Postgres(options.connect().await.unwrap());
        }
        let options = SqliteConnectOptions::from_str(&self.address).unwrap();
        let options = options.create_if_missing(true).foreign_keys(true);
        Raw::Sqlite(options.connect().await.unwrap())
    }

    /// Gives it the tables of this version, as a program of that version does.
    async fn bring_to(&self, raw: &mut Raw, version: i64) {
        let known = self.migrations.iter();
        let known = known.filter(|migration| migration.version <= version).cloned();
        let migrator = Migrator::with_migrations(known.collect());
        match raw {
            Raw::Sqlite(connection) => migrator.run(connection).await.unwrap(),
            Raw::Postgres(connection) => migrator.run(connection).await.unwrap(),
        }
    }
}

impl Raw {
    /// Returns how many rows were touched by the last of these statements.
    async fn run(&mut self, statements: &str) -> u64 {
        let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
        match self {
            Self::Sqlite(connection) => statements.execute(connection).await.unwrap().rows_affected(),
            Self::Postgres(connection) => statements.execute(connection).await.unwrap().rows_affected(),
        }
    }

    async fn columns(&mut self) -> Vec<(String, String, String, bool)> {
        match self {
            Self::Sqlite(connection) => sqlx::query_as(
                "SELECT t.name, c.name, c.type || ' ' || c.\"notnull\" || ' ' || c.pk, \
                 c.\"notnull\" AND c.dflt_value IS NULL FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND t.name <> '_sqlx_migrations'",
            )
            .fetch_all(connection)
            .await
            .unwrap(),
            Self::Postgres(connection) => sqlx::query_as(
                "SELECT table_name::text, column_name::text, \
                 concat(data_type, ' ', is_nullable, ' ', is_identity, ' ', collation_name), \
                 is_nullable = 'NO' AND column_default IS NULL FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'",
            )
            .fetch_all(connection)
            .await
            .unwrap(),
        }
    }

    async fn rules(&mut self) -> Vec<(String, String)> {
        match self {
            Self::Sqlite(connection) => sqlx::query_as(
                "SELECT t.name, 'unique ' || i.name FROM sqlite_master t JOIN pragma_index_list(t.name) i \
                 WHERE t.type = 'table' AND i.\"unique\" \
                 UNION ALL SELECT t.name, f.\"from\" || ' references ' || f.\"table\" FROM sqlite_master t \
                 JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' \
                 UNION ALL SELECT tbl_name, 'trigger ' || name FROM sqlite_master WHERE type = 'trigger'",
            )
            .fetch_all(connection)
            .await
            .unwrap(),
            Self::Postgres(connection) => sqlx::query_as(
                "SELECT tablename::text, indexdef FROM pg_indexes \
                 WHERE schemaname = current_schema() AND indexdef LIKE 'CREATE UNIQUE%' \
                 UNION ALL SELECT t.relname::text, pg_get_constraintdef(c.oid) FROM pg_constraint c \
                 JOIN pg_class t ON t.oid = c.conrelid \
                 WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND t.relnamespace = current_schema()::regnamespace \
                 UNION ALL SELECT t.relname::text, pg_get_triggerdef(g.oid) FROM pg_trigger g \
                 JOIN pg_class t ON t.oid = g.tgrelid \
                 WHERE NOT g.tgisinternal AND t.relnamespace = current_schema()::regnamespace",
            )
            .fetch_all(connection)
            .await
            .unwrap(),
        }
    }
}

/// What a program relies on that reads and writes a database.
#[derive(Clone, Debug, Default)]
struct Tables(BTreeMap<String, Table>);

#[derive(Clone, Debug, Default)]
struct Table {
    /// What each column is, and whether whoever adds a row has to name it.
    columns: BTreeMap<String, (String, bool)>,
    /// What may refuse a row, or do something else besides.
    rules: BTreeSet<String>,
}

impl Tables {
    async fn of(raw: &mut Raw) -> Self {
        let mut tables = Self::default();
        for (table, column, kind, required) in raw.columns().await {
            let columns = &mut tables.0.entry(table).or_default().columns;
            columns.insert(column, (kind, required));
        }
        for (table, rule) in raw.rules().await {
            if let Some(table) = tables.0.get_mut(&table) {
                table.rules.insert(rule);
            }
        }
        tables
    }

    /// What of these changes disturbs a program that knows the tables as they were.
    fn disturbed_by(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, before) in &self.0 {
            let Some(after) = now.0.get(name) else {
                found.push(format!("{name} is gone"));
                continue;
            };
            for (column, kind) in &before.columns {
                match after.columns.get(column) {
                    None => found.push(format!("{name}.{column} is gone")),
                    Some(other) if other != kind => found.push(format!("{name}.{column} is another")),
                    Some(_) => {}
                }
            }
            for (column, (_, required)) in &after.columns {
                if before.columns.contains_key(column) {
                    continue;
                }
                if *required {
                    found.push(format!("{name}.{column} is asked for"));
                }
                // A join names a column without its table where only one has it.
                if self.0.values().any(|table| table.columns.contains_key(column)) {
                    found.push(format!("{name}.{column} is called like another"));
                }
            }
            for rule in after.rules.difference(&before.rules) {
                found.push(format!("{name} has a new rule: {rule}"));
            }
        }
        found
    }
}

async fn no_migration_disturbs_an_older_version(place: &Place) {
    let mut raw = place.raw().await;
    place.bring_to(&mut raw, 1).await;
    let mut before = Tables::of(&mut raw).await;
    assert!(before.0.contains_key("jobs"), "{before:?}");
    for version in FIRST..=latest() {
        place.bring_to(&mut raw, version).await;
        let now = Tables::of(&mut raw).await;
        assert_eq!(before.disturbed_by(&now), [""; 0], "migration {version}");
        before = now;
    }
}

#[tokio::test]
async fn no_migration_of_sqlite_disturbs_an_older_version() {
    no_migration_disturbs_an_older_version(&Place::sqlite()).await;
}

#[tokio::test]
async fn no_migration_of_postgres_disturbs_an_older_version() {
    if let Some(place) = Place::postgres().await {
        no_migration_disturbs_an_older_version(&place).await;
    }
}

/// Changes that both databases are told alike, and what is said of them.
const CHANGES: [(&str, &str); 7] = [
    ("CREATE TABLE tags (name TEXT NOT NULL PRIMARY KEY)", ""),
    ("CREATE INDEX jobs_by_kind ON jobs (kind)", ""),
    ("ALTER TABLE jobs ADD COLUMN tag TEXT NOT NULL DEFAULT ''", ""),
    ("DROP TABLE quotas", "quotas is gone"),
    (
        "ALTER TABLE jobs RENAME COLUMN inputs TO files",
        "jobs.inputs is gone",
    ),
    (
        "ALTER TABLE jobs DROP COLUMN verify_error",
        "jobs.verify_error is gone",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN step INTEGER",
        "jobs.step is called like another",
    ),
];

async fn what_disturbs_is_seen(place: &Place, further: &[(&str, &str)]) {
    let mut raw = place.raw().await;
    place.bring_to(&mut raw, latest()).await;
    for (change, said) in CHANGES.iter().chain(further) {
        let before = Tables::of(&mut raw).await;
        raw.run(change).await;
        let found = before.disturbed_by(&Tables::of(&mut raw).await);
        let expected: &[&str] = if said.is_empty() { &[] } else { &[said] };
        assert_eq!(found, expected, "{change}");
    }
}

#[tokio::test]
async fn what_would_disturb_an_older_version_is_seen_in_sqlite() {
    let further = [
        (
            "ALTER TABLE jobs ADD COLUMN parent INTEGER REFERENCES jobs (number)",
            "jobs has a new rule: parent references jobs",
        ),
        (
            "CREATE UNIQUE INDEX one_of_each ON jobs (kind)",
            "jobs has a new rule: unique one_of_each",
        ),
        (
            "CREATE TRIGGER never BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'no'); END",
            "jobs has a new rule: trigger never",
        ),
    ];
    what_disturbs_is_seen(&Place::sqlite(), &further).await;
}

#[tokio::test]
async fn what_would_disturb_an_older_version_is_seen_in_postgres() {
    let Some(place) = Place::postgres().await else {
        return;
    };
    let further = [
        (
            "ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL",
            "jobs.owner is asked for",
        ),
        (
            "ALTER TABLE jobs ALTER COLUMN version TYPE TEXT",
            "jobs.version is another",
        ),
        (
            "ALTER TABLE jobs ALTER COLUMN error SET NOT NULL",
            "jobs.error is another",
        ),
        (
            "ALTER TABLE jobs ADD CHECK (total < 10)",
            "jobs has a new rule: CHECK ((total < 10))",
        ),
    ];
    what_disturbs_is_seen(&place, &further).await;
}

const BEGUN: &str = "0190f5fe-7c00-7a00-8000-000000000001";
const ANOTHER: &str = "0190f5fe-7c00-7a00-8000-000000000002";

/// A job of three as the first version that had a ledger wrote it: the first is done, the second was about to be sent.
/// Whoever ran it has gone.
fn begun(id: &str) -> String {
    format!(
        "INSERT INTO jobs (id, kind, origin, instance, user_id, username, options, autostart, status, version, \
         total, progress, success_count, created_at, updated_at, started_at, epoch, lease_owner, lease_until) \
         VALUES ('{id}', 'bulk_create_groups', 'server', 'https://gitlab.example.com', 1, 'dev-0001', '{{}}', TRUE, \
         'running', 7, 3, 1, 1, 1772442840000, 1772442847000, 1772442841000, 1, 'older', 1772442847000); \
         INSERT INTO items (job, idx, operation, target, params) \
         SELECT number, i.idx, 'create_group', 'group-' || i.idx, '{{}}' FROM jobs, \
         (SELECT 0 AS idx UNION ALL SELECT 1 UNION ALL SELECT 2) i WHERE id = '{id}'; \
         INSERT INTO item_plans (job, idx, found) SELECT job, idx, '{{}}' FROM items WHERE job = \
         (SELECT number FROM jobs WHERE id = '{id}'); \
         INSERT INTO item_states (job, idx, status, action, attempts, result, started_at, finished_at) \
         SELECT number, 0, 'succeeded', 'create', 1, '{{\"id\":7,\"fullPath\":\"group-0\"}}', 1772442841000, 1772442842000 \
         FROM jobs WHERE id = '{id}' \
         UNION ALL SELECT number, 1, 'running', 'create', 1, NULL, 1772442842000, NULL FROM jobs WHERE id = '{id}' \
         UNION ALL SELECT number, 2, 'pending', 'create', 0, NULL, NULL, NULL FROM jobs WHERE id = '{id}'; \
         INSERT INTO intents (job, item, attempt, call, method, path, at) \
         SELECT number, i.item, 1, 0, 'POST', '/groups', 1772442842000 FROM jobs, \
         (SELECT 0 AS item UNION ALL SELECT 1) i WHERE id = '{id}'; \
         INSERT INTO evidence (job, item, attempt, call, kind, gitlab_status, at) \
         SELECT number, 0, 1, 0, 'answered', 201, 1772442842000 FROM jobs WHERE id = '{id}'"
    )
}

fn evidence(item: u32, kind: EvidenceKind, at: Timestamp) -> Evidence {
    Evidence {
        item,
        attempt: 1,
        call: 0,
        kind,
        gitlab_status: None,
        request_id: None,
        seen: None,
        at,
    }
}

fn succeeded(item: u32, at: Timestamp) -> ItemChange {
    ItemChange {
        item,
        status: ItemStatus::Succeeded,
        step: 1,
        attempts: 1,
        error: None,
        look_at: None,
        result: None,
        at,
    }
}

async fn statuses(database: &Database, job: JobId) -> Vec<(ItemStatus, u32, u32)> {
    let items = database.load_items(job, None, 10).await.unwrap();
    let standing = items.iter().map(|item| (item.status, item.attempts, item.step));
    standing.collect()
}

/// The older version is still there: it writes to tables that have been changed meanwhile.
async fn what_every_older_version_left_is_taken_over(place: impl AsyncFn() -> Option<Place>) {
    for version in FIRST..latest() {
        let Some(place) = place().await else { return };
        let mut older = place.raw().await;
        place.bring_to(&mut older, version).await;
        older.run(&begun(BEGUN)).await;

        let now = Timestamp::from_millis(1_772_442_860_000);
        let clock = Arc::new(ManualClock::at(now));
        let database = Database::open(&place.address, clock).await.unwrap();
        older.run(&begun(ANOTHER)).await;

        for expected in [BEGUN, ANOTHER] {
            let claimant = Claimant {
                name: "present".to_owned(),
                lease: Duration::from_secs(10),
            };
            let claimed = database.claim_any(&claimant, Origin::Server, Need::Run).await;
            let (lease, job) = claimed.unwrap().unwrap();
            assert_eq!(job.id.to_string(), expected, "of version {version}");
            assert_eq!((job.status, job.progress, job.total), (JobStatus::Running, 1, 3));
            assert_eq!(
                statuses(&database, job.id).await,
                [
                    (ItemStatus::Succeeded, 1, 0),
                    (ItemStatus::Running, 1, 0),
                    (ItemStatus::Pending, 0, 0)
                ]
            );
            let open = database.open_intents(job.id).await.unwrap();
            let open: Vec<_> = open.iter().map(|intent| (intent.item, &*intent.path)).collect();
            assert_eq!(open, [(1, "/groups")]);

            // Whoever ran it was only stopped for a while.
            let renews =
                format!("UPDATE jobs SET lease_until = 1772449999000 WHERE id = '{expected}' AND epoch = 1");
            assert_eq!(older.run(&renews).await, 0);

            let batch = LedgerBatch {
                intents: vec![Intent {
                    item: 2,
                    attempt: 1,
                    call: 0,
                    method: "POST",
                    path: "/groups".to_owned(),
                    at: now,
                }],
                evidence: vec![
                    evidence(1, EvidenceKind::FoundPresent, now),
                    evidence(2, EvidenceKind::Answered, now),
                ],
                items: vec![succeeded(1, now), succeeded(2, now)],
                progress: None,
            };
            database.commit(&lease, &batch).await.unwrap();
            let job = database
                .move_leased(&lease, JobEvent::Finished, None)
                .await
                .unwrap();
            assert_eq!(
                (job.status, job.success_count, job.progress),
                (JobStatus::Completed, 3, 3)
            );
            assert!(database.open_intents(job.id).await.unwrap().is_empty());
        }
        database.close().await;
    }
}

#[tokio::test]
async fn what_every_older_version_left_in_sqlite_is_taken_over() {
    what_every_older_version_left_is_taken_over(async || Some(Place::sqlite())).await;
}

#[tokio::test]
async fn what_every_older_version_left_in_postgres_is_taken_over() {
    what_every_older_version_left_is_taken_over(async || Place::postgres().await).await;
}
