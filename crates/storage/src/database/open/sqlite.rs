use std::fs::File;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::database::Database;
use crate::database::announcements::Announcements;
use crate::database::failure::unavailable;
use crate::database::pools::{Pools, sqlite};
use crate::{Result, StorageError};

pub(in crate::database) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process to finish writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Pages in the write-ahead log before it is worked into the file: a checkpoint flushes twice more,
/// and a page that was written many times meanwhile costs once. At 4 KiB, 32 MiB on disk.
const LOG_PAGES: &str = "8192";

/// The log is cut back to this many bytes when it has been longer.
const LOG_BYTES_KEPT: &str = "33554432";

/// Most memory for pages, in KiB (SQLite wants it negative), of the connection that writes.
const CACHE: &str = "-32768";

impl Database {
    pub(super) async fn open_sqlite(address: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let options = sqlite_options(address)?;
        make_private_file(options.get_filename())?;
        let _alone = one_at_a_time(options.get_filename()).await?;
        Self::connect(options.synchronous(SqliteSynchronous::Full), clock, None).await
    }

    /// A database in a directory of its own that is removed with it. For tests and trials: it
    /// never waits for the disk, and does not survive a crash of the machine.
    ///
    /// # Errors
    /// `Unavailable` when there is no room for temporary files.
    pub async fn open_temporary(clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let directory = tempfile::tempdir().map_err(unavailable)?;
        let options = SqliteConnectOptions::new()
            .filename(directory.path().join("temporary.db"))
            .synchronous(SqliteSynchronous::Off);
        make_private_file(options.get_filename())?;
        Ok(Arc::new(Self::connect(options, clock, Some(directory)).await?))
    }

    async fn connect(
        options: SqliteConnectOptions,
        clock: Arc<dyn Clock>,
        directory: Option<tempfile::TempDir>,
    ) -> Result<Self> {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", LOG_PAGES)
            .pragma("journal_size_limit", LOG_BYTES_KEPT)
            .pragma("cache_size", CACHE)
            // What is deleted (sealed credentials) is overwritten where its page is written anyway.
            .pragma("secure_delete", "FAST")
            .statement_cache_capacity(200)
            .disable_statement_logging();
        let pools = sqlite::Pools::connect(options).await?;
        SQLITE.run(pools.writer()).await.map_err(unavailable)?;
        Ok(Self {
            announcements: Announcements::within(),
            pools: Pools::Sqlite(pools),
            clock,
            time_is_handed_in: true,
            _directory: directory,
        })
    }
}

/// Keeps other processes from opening the same file until this one has brought its tables up to date.
///
/// SQLite itself has no lock around several migrations, and none that waits around the change to its
/// write-ahead log. The operating system gives this one back when the process dies.
pub(in crate::database) async fn one_at_a_time(database: &Path) -> Result<File> {
    let mut path = database.as_os_str().to_owned();
    path.push(".opening");
    let lock = tokio::task::spawn_blocking(move || {
        let file = private_file(Path::new(&path))?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    lock.await.map_err(unavailable)?.map_err(unavailable)
}

fn sqlite_options(address: &str) -> Result<SqliteConnectOptions> {
    if address.contains(":memory:") || address.contains("mode=memory") {
        return Err(StorageError::UnsupportedAddress("in-memory".to_owned()));
    }
    match address.split_once(':') {
        Some(("sqlite", _)) => Ok(SqliteConnectOptions::from_str(address)?),
        _ => Ok(SqliteConnectOptions::new().filename(address)),
    }
}

/// SQLite gives its log and its index the mode of the database file, so it is enough to make that one.
#[cfg(unix)]
fn make_private_file(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    if let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(unavailable)?;
    }
    private_file(path).map_err(unavailable)?;
    Ok(())
}

/// A file that only its owner can read; made if it is missing.
#[cfg(unix)]
pub(in crate::database) fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    File::options().append(true).create(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn make_private_file(path: &Path) -> Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(unavailable)?;
    }
    private_file(path).map_err(unavailable)?;
    Ok(())
}

#[cfg(not(unix))]
pub(in crate::database) fn private_file(path: &Path) -> std::io::Result<File> {
    File::options().append(true).create(true).open(path)
}
