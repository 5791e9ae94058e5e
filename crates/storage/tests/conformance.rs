//! The suite that every storage has to pass, over SQLite.

use std::sync::Arc;

use storage::{Database, Storage};

storage::conformance!(|clock| async move {
    let database = Database::open_temporary(clock).await;
    database.expect("a temporary database") as Arc<dyn Storage>
});
