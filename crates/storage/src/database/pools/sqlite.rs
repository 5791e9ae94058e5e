use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Sqlite, Transaction};

use crate::Result;

/// SQLite has one writer at a time, so that one connection writes and waits for nobody in this
/// process, while the others read beside it (write-ahead log).
#[derive(Debug)]
pub(in crate::database) struct Pools {
    writer: SqlitePool,
    readers: SqlitePool,
}

const READERS: u32 = 4;

/// Rows that a connection goes ahead of whoever takes them, so that two threads do not wait for each other all the
/// time.
const ROWS_AHEAD: usize = 512;

/// In KiB, negative as SQLite wants it: readers read once, and through the system's cache.
const READER_CACHE: &str = "-2048";

impl Pools {
    /// Connects the writer first: it makes the file.
    pub(in crate::database) async fn connect(options: SqliteConnectOptions) -> Result<Self> {
        let options = options.row_buffer_size(ROWS_AHEAD);
        let writer = pool(1)
            .connect_with(options.clone().thread_name(|_| "sqlite-writer".to_owned()))
            .await?;
        let readers = pool(READERS).connect_lazy_with(
            options
                .create_if_missing(false)
                .pragma("query_only", "ON")
                .pragma("cache_size", READER_CACHE)
                .thread_name(|n| format!("sqlite-reader-{n}")),
        );
        Ok(Self { writer, readers })
    }

    /// A transaction that holds the database's write lock from its beginning, so that what it reads
    /// is still true when it writes. Dropped without `commit`, it is rolled back.
    pub(in crate::database) async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        // A deferred transaction that reads first can fail with SQLITE_BUSY when it turns to writing.
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// For single statements that write.
    pub(in crate::database) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// For single statements that read.
    pub(in crate::database) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    pub(in crate::database) async fn close(&self) {
        self.readers.close().await;
        // The last connection empties the write-ahead log into the file.
        self.writer.close().await;
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        // A connection is a file handle here: it does not go stale.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}
