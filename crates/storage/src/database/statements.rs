//! Every fixed statement is understood by the database. Those that are put together while running
//! are run by the conformance suite.

use std::sync::Arc;

use domain::{ManualClock, Timestamp};
use sqlx::{Executor, SqlSafeStr};

use super::{Database, counts, credentials, items, jobs, ledger, sessions};

#[tokio::test]
async fn every_fixed_statement_can_be_prepared() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    let database = Database::open_temporary(clock).await.unwrap();
    let mut prepared = 0;
    for statement in [counts::STATEMENTS, credentials::STATEMENTS, sessions::STATEMENTS]
        .into_iter()
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
