//! The suite that every storage has to pass, over SQLite and over PostgreSQL.

use std::sync::Arc;

use storage::conformance::postgres;
use storage::{Database, Storage};

mod sqlite {
    use super::*;

    storage::conformance!(|clock| async move {
        let database = Database::open_temporary(clock).await;
        Some(database.expect("a temporary database") as Arc<dyn Storage>)
    });
}

mod over_postgres {
    use super::*;

    storage::conformance!(|clock| async move {
        let address = postgres::address().await?;
        let database = Database::open_at_handed_time(&address, clock).await;
        Some(database.expect("a schema of its own") as Arc<dyn Storage>)
    });
}
