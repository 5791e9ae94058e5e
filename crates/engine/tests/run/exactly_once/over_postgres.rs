//! The same over PostgreSQL, for operations of each shape: what is proved is the ledger, and every operation writes to it
//! in one way.

use storage::conformance::postgres;

use super::proves_exactly_once;
use super::scenario::{Kept, Scenario};
use super::scenarios::scenario;

async fn is_proved_for(operation: &str) {
    if postgres::server().is_some() {
        proves_exactly_once(Scenario {
            kept: Kept::InPostgres,
            ..scenario(operation)
        })
        .await;
    }
}

/// One write.
#[tokio::test]
async fn a_creation() {
    is_proved_for("create_group").await;
}

/// Some of its answers only mean that GitLab has begun.
#[tokio::test]
async fn a_transfer() {
    is_proved_for("transfer_project").await;
}

/// What is there is removed.
#[tokio::test]
async fn a_removal() {
    is_proved_for("remove_member").await;
}

/// Several writes, one step after the other.
#[tokio::test]
async fn several_steps() {
    is_proved_for("clone_project").await;
}
