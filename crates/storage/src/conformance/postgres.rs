//! Where tests over PostgreSQL find a server.

use std::io::Write as _;

use crate::Database;

/// Names the variable that holds its address; `cargo xtask test` starts one and sets it.
pub const SERVER: &str = "TEST_DATABASE_URL";

/// The server for tests. Without one it says so past the harness, which would keep it to itself, and the caller has
/// nothing to test.
pub fn server() -> Option<String> {
    let server = std::env::var(SERVER).ok();
    if server.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED, not over PostgreSQL: {SERVER} is not set (`cargo xtask test` starts a server)"
        );
    }
    server
}

/// The address of an empty database of the test's own on it.
///
/// # Panics
/// There is a server that makes none.
pub async fn address() -> Option<String> {
    let server = server()?;
    Some(Database::make_schema(&server).await.unwrap())
}
