//! Every fixed statement is understood by the database (those that are put together while running
//! are run by the conformance suite), and none walks through rows that it does not need.

use std::sync::Arc;

use domain::{ItemStatus, JobId, ManualClock, Timestamp, UserKey};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use super::{Database, api_keys, audit, counts, credentials, grants, items, jobs, ledger, sessions};
use crate::{AuditFilter, ItemFilter, JobFilter};

#[tokio::test]
async fn every_fixed_statement_can_be_prepared() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    let database = Database::open_temporary(clock).await.unwrap();
    let mut prepared = 0;
    for statement in [
        api_keys::STATEMENTS,
        counts::STATEMENTS,
        credentials::STATEMENTS,
        grants::STATEMENTS,
        sessions::STATEMENTS,
    ]
    .into_iter()
    .chain(audit::STATEMENTS.iter().copied())
    .chain(items::STATEMENTS.iter().copied())
    .chain(jobs::STATEMENTS.iter().copied())
    .chain(ledger::STATEMENTS.iter().copied())
    .flatten()
    {
        let outcome = database.pools.writer().prepare(statement.into_sql_str()).await;
        assert!(outcome.is_ok(), "{statement}: {:?}", outcome.err());
        prepared += 1;
    }
    assert!(prepared > 20, "the lists are not empty: {prepared}");
}

/// The steps by which the database finds the rows of a statement.
async fn steps(database: &Database, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
        .fetch_all(database.pools.writer())
        .await
        .unwrap();
    rows.into_iter().map(|(_, _, _, step)| step).collect()
}

#[tokio::test]
async fn rows_are_found_by_their_keys() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    let database = Database::open_temporary(clock).await.unwrap();
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
            counts::statuses(1, &[1, 2, 3]).into_string(),
            "SEARCH item_states USING PRIMARY KEY (job=? AND idx=?)",
        ),
        (
            items::page(job, &items, 10).into_string(),
            "SEARCH f USING PRIMARY KEY (job=? AND idx>?)",
        ),
        (
            items::page(job, &failed, 10).into_string(),
            "SEARCH f USING COVERING INDEX item_states_to_look_at (job=? AND status=? AND idx>?)",
        ),
        (
            items::page(job, &forbidden, 10).into_string(),
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
            jobs::CLAIM_ANY.to_owned(),
            "SEARCH jobs USING INDEX jobs_to_run (origin=?)",
        ),
        (
            jobs::page(&mine, 10).into_string(),
            "SEARCH jobs USING INDEX jobs_by_owner (instance=? AND user_id=? AND id<?)",
        ),
        (
            jobs::page(&everybodys, 10).into_string(),
            "SEARCH jobs USING INDEX jobs_by_instance (instance=? AND id<?)",
        ),
        (
            audit::page(&my_trail, 10).into_string(),
            "SEARCH audit USING INDEX audit_by_user (instance=? AND user_id=? AND id<?)",
        ),
    ] {
        let steps = steps(&database, &statement).await;
        assert!(steps.iter().any(|taken| taken == step), "{statement}\n{steps:#?}");
    }
}
