//! A node goes on while a newer one changes the tables: with whatever a migration may add to them
//! (`tests/upgrades.rs` holds migrations to that), every promise is kept.

use std::sync::Arc;

use domain::{ManualClock, Timestamp};
use sqlx::{AssertSqlSafe, Column as _, Executor as _, SqlSafeStr as _, Statement as _};

use super::Database;
use super::pools::Pools;
use super::sql::Dialect;
use super::statements::fixed;

const TABLES: [&str; 16] = [
    "jobs",
    "items",
    "item_plans",
    "item_states",
    "intents",
    "evidence",
    "sessions",
    "job_credentials",
    "api_keys",
    "audit",
    "audit_chains",
    "audit_checkpoints",
    "oauth_grants",
    "oauth_holders",
    "oauth_revocations",
    "quotas",
];

/// What a newer version may do to the tables.
async fn add_to_every_table(database: &Database) {
    let mut changes = String::new();
    for table in TABLES {
        changes += &format!(
            "ALTER TABLE {table} ADD COLUMN newer_{table} TEXT; \
             ALTER TABLE {table} ADD COLUMN newest_{table} TEXT NOT NULL DEFAULT ''; \
             CREATE INDEX {table}_by_newer ON {table} (newer_{table}); "
        );
    }
    changes += "CREATE TABLE newer (job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE)";
    let changes = sqlx::raw_sql(AssertSqlSafe(changes));
    match &database.pools {
        Pools::Sqlite(pools) => {
            changes.execute(pools.writer()).await.unwrap();
        }
        Pools::Postgres(pool) => {
            changes.execute(pool).await.unwrap();
        }
    }
}

/// The columns that each fixed statement returns, as it is understood now.
async fn returned(database: &Database) -> Vec<(&'static str, Vec<String>)> {
    let mut found = Vec::new();
    for text in fixed(database.pools.dialect()) {
        let statement = text.into_sql_str();
        let names = match &database.pools {
            Pools::Sqlite(pools) => {
                let mut connection = pools.writer().acquire().await.unwrap();
                sqlx::Connection::clear_cached_statements(&mut *connection)
                    .await
                    .unwrap();
                let statement = (&mut *connection).prepare(statement).await.unwrap();
                let columns = statement.columns().iter();
                columns.map(|column| column.name().to_owned()).collect()
            }
            Pools::Postgres(pool) => {
                let mut connection = pool.acquire().await.unwrap();
                sqlx::Connection::clear_cached_statements(&mut *connection)
                    .await
                    .unwrap();
                let statement = (&mut *connection).prepare(statement).await.unwrap();
                let columns = statement.columns().iter();
                columns.map(|column| column.name().to_owned()).collect()
            }
        };
        found.push((text, names));
    }
    found
}

/// PostgreSQL refuses a statement that was prepared before and would return something else now (`SELECT *`).
async fn every_statement_returns_what_it_did(database: &Database) {
    let before = returned(database).await;
    let most = before.iter().map(|(_, names)| names.len()).max();
    assert!(most > Some(20), "{before:?}");
    add_to_every_table(database).await;
    for (now, before) in returned(database).await.iter().zip(&before) {
        assert_eq!(now, before);
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_millis(0)))
}

#[tokio::test]
async fn every_statement_returns_what_it_did_in_sqlite() {
    let database = Database::open_temporary(clock()).await.unwrap();
    assert_eq!(database.pools.dialect(), Dialect::Sqlite);
    every_statement_returns_what_it_did(&database).await;
}

#[tokio::test]
async fn every_statement_returns_what_it_did_in_postgres() {
    if let Some(address) = crate::conformance::postgres::address().await {
        let database = Database::open(&address, clock()).await.unwrap();
        every_statement_returns_what_it_did(&database).await;
    }
}

#[tokio::test]
async fn no_table_is_left_out() {
    let database = Database::open_temporary(clock()).await.unwrap();
    let Pools::Sqlite(pools) = &database.pools else {
        unreachable!()
    };
    let tables = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('_sqlx_migrations') ORDER BY name",
    );
    let mut known = TABLES.map(str::to_owned);
    known.sort();
    let found: Vec<String> = tables.fetch_all(pools.readers()).await.unwrap();
    assert_eq!(found, known);
}

mod over_sqlite {
    use super::*;

    crate::conformance!(|clock| async move {
        let database = Database::open_temporary(clock).await.unwrap();
        add_to_every_table(&database).await;
        Some(database as Arc<dyn crate::Storage>)
    });
}

mod over_postgres {
    use super::*;

    crate::conformance!(|clock| async move {
        let address = crate::conformance::postgres::address().await?;
        let database = Database::open_at_handed_time(&address, clock).await.unwrap();
        add_to_every_table(&database).await;
        Some(database as Arc<dyn crate::Storage>)
    });
}
