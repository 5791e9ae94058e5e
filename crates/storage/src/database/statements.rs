//! Every fixed statement is understood by the database (those that are put together while running
//! are run by the conformance suite), and none walks through rows that it does not need.

use std::sync::Arc;

use domain::{ItemStatus, JobId, ManualClock, Timestamp, UserKey};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use super::pools::Pools;
use super::sql::Dialect;
use super::{Database, api_keys, audit, counts, credentials, grants, items, jobs, ledger, quotas, sessions};
use crate::{AuditFilter, ItemFilter, JobFilter};

/// The text of every fixed statement for one of the databases.
pub(super) fn fixed(dialect: Dialect) -> Vec<&'static str> {
    let mut texts: Vec<&'static str> = [
        api_keys::STATEMENTS,
        counts::STATEMENTS,
        credentials::STATEMENTS,
        grants::STATEMENTS,
        quotas::STATEMENTS,
        sessions::STATEMENTS,
    ]
    .into_iter()
    .chain(audit::STATEMENTS.iter().copied())
    .chain(items::STATEMENTS.iter().copied())
    .chain(jobs::STATEMENTS.iter().copied())
    .chain(ledger::STATEMENTS.iter().copied())
    .flatten()
    .copied()
    .collect();
    let twins = items::TWINS.iter().chain(jobs::TWINS).copied().flatten();
    texts.extend(twins.map(|twins| twins.of(dialect)));
    match dialect {
        Dialect::Sqlite => texts.extend(ledger::SQLITE),
        Dialect::Postgres => texts.extend(ledger::POSTGRES),
    }
    assert!(texts.len() > 20, "the lists are not empty: {}", texts.len());
    texts
}

#[tokio::test]
async fn every_fixed_statement_can_be_prepared() {
    let database = Database::open_temporary(clock()).await.unwrap();
    let Pools::Sqlite(pools) = &database.pools else {
        unreachable!()
    };
    for statement in fixed(Dialect::Sqlite) {
        let outcome = pools.writer().prepare(statement.into_sql_str()).await;
        assert!(outcome.is_ok(), "{statement}: {:?}", outcome.err());
    }
}

#[cfg(feature = "conformance")]
#[tokio::test]
async fn every_fixed_statement_can_be_prepared_in_postgres() {
    let Some(address) = crate::conformance::postgres::address().await else {
        return;
    };
    let database = Database::open(&address, clock()).await.unwrap();
    let Pools::Postgres(pool) = &database.pools else {
        unreachable!()
    };
    for statement in fixed(Dialect::Postgres) {
        let outcome = pool.prepare(statement.into_sql_str()).await;
        assert!(outcome.is_ok(), "{statement}: {:?}", outcome.err());
    }
}

#[test]
fn migrations_are_numbered_and_named_alike() {
    let names = |folder: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_millis(0)))
}

/// The steps by which the database finds the rows of a statement.
async fn steps(database: &Database, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let Pools::Sqlite(pools) = &database.pools else {
        unreachable!()
    };
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(pools.writer()).await.unwrap();
    rows.into_iter().map(|(_, _, _, step)| step).collect()
}

#[tokio::test]
async fn rows_are_found_by_their_keys() {
    let database = Database::open_temporary(clock()).await.unwrap();
    let job = JobId(uuid::Uuid::nil());
    let items = ItemFilter {
        after: Some(7),
        ..ItemFilter::default()
    };
    let failed = ItemFilter {
        status: vec![ItemStatus::Failed],
        ..items.clone()
    };
    let forbidden = ItemFilter {
        code: Some("GITLAB_FORBIDDEN".to_owned()),
        ..items.clone()
    };
    let owner = UserKey {
        instance: "https://gitlab.example.com".parse().unwrap(),
        user_id: 1,
    };
    let everybodys = JobFilter {
        instance: Some(owner.instance.clone()),
        before: Some(job),
        ..JobFilter::default()
    };
    let my_trail = AuditFilter {
        user: Some(owner.clone()),
        before: Some(String::new()),
        ..AuditFilter::default()
    };
    let mine = JobFilter {
        owner: Some(owner),
        instance: None,
        ..everybodys.clone()
    };
    for (statement, step) in [
        (
            counts::statuses(Dialect::Sqlite, 1, &[1, 2, 3]).into_text(),
            "SEARCH item_states USING PRIMARY KEY (job=? AND idx=?)",
        ),
        (
            items::page(Dialect::Sqlite, job, &items, 10).into_text(),
            "SEARCH f USING PRIMARY KEY (job=? AND idx>?)",
        ),
        (
            items::page(Dialect::Sqlite, job, &failed, 10).into_text(),
            "SEARCH f USING COVERING INDEX item_states_to_look_at (job=? AND status=? AND idx>?)",
        ),
        (
            items::page(Dialect::Sqlite, job, &forbidden, 10).into_text(),
            "SEARCH f USING COVERING INDEX item_states_by_code (job=? AND error_code=? AND idx>?)",
        ),
        (
            items::LOAD.to_owned(),
            "SEARCH s USING PRIMARY KEY (job=? AND idx>?)",
        ),
        (
            ledger::OPEN_INTENTS.to_owned(),
            "SEARCH e USING PRIMARY KEY (job=? AND item=? AND attempt=? AND call=?)",
        ),
        (
            jobs::CLAIM_ANY.sqlite.to_owned(),
            "SEARCH jobs USING INDEX jobs_to_run (origin=?)",
        ),
        (
            jobs::page(Dialect::Sqlite, &mine, 10).into_text(),
            "SEARCH jobs USING INDEX jobs_by_owner (instance=? AND user_id=? AND id<?)",
        ),
        (
            jobs::page(Dialect::Sqlite, &everybodys, 10).into_text(),
            "SEARCH jobs USING INDEX jobs_by_instance (instance=? AND id<?)",
        ),
        (
            audit::page(Dialect::Sqlite, &my_trail, 10).into_text(),
            "SEARCH audit USING INDEX audit_by_user (instance=? AND user_id=? AND id<?)",
        ),
    ] {
        let steps = steps(&database, &statement).await;
        assert!(steps.iter().any(|taken| taken == step), "{statement}\n{steps:#?}");
    }
}
