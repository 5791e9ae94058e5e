//! Copies of an embedded database: made while it is in use, looked at, put back.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode};
use sqlx::{ConnectOptions, Connection};

use super::Database;
use super::failure::unavailable;
use super::open::{SQLITE, one_at_a_time, private_file};
use crate::{Result, StorageError};

/// Why jobs wait that were not over in a database that was put back.
pub const PUT_BACK: &str =
    "the database was put back from a backup: look what GitLab has by now, then resume or cancel";

/// SQLite keeps these beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// What is known of a database file without changing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// The number of its newest table change.
    pub version: i64,
    /// The newest that this program knows; a higher `version` was written by a newer program.
    pub known: i64,
    /// What SQLite finds wrong with the file; empty when it is whole.
    pub damage: Vec<String>,
    /// Jobs in it that are not over.
    pub open_jobs: u64,
    /// Jobs in it.
    pub jobs: u64,
}

impl Database {
    /// Looks at a database file; the whole of it is read. Nothing is changed, and it may be in use meanwhile.
    ///
    /// # Errors
    /// `Unavailable` when there is no such file, or it is no database of this program.
    pub async fn examine(file: &Path) -> Result<Examination> {
        let mut connection = existing(file).read_only(true).connect().await?;
        let damage: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(20)")
            .fetch_all(&mut connection)
            .await?;
        let version: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(&mut connection)
                .await?;
        let (jobs, open_jobs): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COALESCE(SUM(status NOT IN ('completed', 'failed', 'cancelled')), 0) FROM jobs",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        Ok(Examination {
            version: version.unwrap_or_default(),
            known: SQLITE
                .iter()
                .map(|migration| migration.version)
                .max()
                .unwrap_or_default(),
            damage: damage.into_iter().filter(|line| line != "ok").collect(),
            open_jobs: open_jobs.try_into().unwrap_or_default(),
            jobs: jobs.try_into().unwrap_or_default(),
        })
    }

    /// Writes a copy of a database file as of one moment, also while it is in use. The copy is readable by its owner
    /// only; nobody sees a copy that is not complete.
    ///
    /// # Errors
    /// `Unavailable` when there is no such database, `to` exists, or the copy cannot be written.
    pub async fn copy(file: &Path, to: &Path) -> Result<()> {
        if to.exists() {
            return Err(unavailable(std::io::Error::from(
                std::io::ErrorKind::AlreadyExists,
            )));
        }
        let draft = beside(to, ".part");
        let _ = std::fs::remove_file(&draft);
        private_file(&draft).map_err(unavailable)?;
        let written = async {
            let mut connection = existing(file).connect().await?;
            sqlx::query("VACUUM INTO $1")
                .bind(draft.to_string_lossy())
                .execute(&mut connection)
                .await?;
            connection.close().await?;
            let copy = File::open(&draft).map_err(unavailable)?;
            copy.sync_all().map_err(unavailable)?;
            std::fs::rename(&draft, to).map_err(unavailable)
        };
        let written: Result<()> = written.await;
        if written.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
        written
    }

    /// Puts a copy in the place of a database that nobody has open. What was there is kept under the name that is
    /// returned.
    ///
    /// Jobs of the copy that were to go on are paused ([`PUT_BACK`]): what they did after the copy was made is known to
    /// GitLab only.
    ///
    /// # Errors
    /// `InUse` when a process has the database open; `Unavailable` when a file cannot be written. Then the database is as
    /// it was.
    pub async fn put_back(copy: &Path, place: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
        let _alone = one_at_a_time(place).await?;
        let former = place
            .exists()
            .then(|| beside(place, &format!(".before-{}", now.as_millis())));
        if former.is_some() {
            empty_log(place).await?;
        }
        let draft = beside(place, ".part");
        let _ = std::fs::remove_file(&draft);
        let prepared = async {
            let mut to = private_file(&draft).map_err(unavailable)?;
            std::io::copy(&mut File::open(copy).map_err(unavailable)?, &mut to).map_err(unavailable)?;
            let mut connection = existing(&draft).connect().await?;
            pause(&mut connection).await?;
            connection.close().await?;
            to.sync_all().map_err(unavailable)
        };
        let prepared: Result<()> = prepared.await;
        if let Err(error) = prepared {
            let _ = std::fs::remove_file(&draft);
            return Err(error);
        }
        if let Some(former) = &former {
            std::fs::rename(place, former).map_err(unavailable)?;
        }
        for ending in BESIDE {
            let _ = std::fs::remove_file(beside(place, ending));
        }
        std::fs::rename(&draft, place).map_err(unavailable)?;
        Ok(former)
    }
}

fn existing(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging()
}

/// Works the write-ahead log into the file, which takes that nobody else has it open.
async fn empty_log(place: &Path) -> Result<()> {
    let mut connection = existing(place)
        .locking_mode(SqliteLockingMode::Exclusive)
        .busy_timeout(Duration::ZERO)
        .connect()
        .await
        .map_err(in_use)?;
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut connection)
        .await
        .map_err(in_use)?;
    sqlx::query("COMMIT").execute(&mut connection).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

/// SQLite says that others hold a lock with code 5, and with further bits that say how it noticed.
fn in_use(error: sqlx::Error) -> StorageError {
    let busy = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<i64>().ok())
        .is_some_and(|code| code & 0xff == 5);
    if busy { StorageError::InUse } else { error.into() }
}

async fn pause(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(
        "UPDATE jobs SET status = 'paused', waiting_reason = $1, waiting_until = NULL, lease_owner = NULL, \
         lease_until = NULL, epoch = epoch + 1, version = version + 1 WHERE status IN ('pending', 'running')",
    )
    .bind(PUT_BACK)
    .execute(&mut *connection)
    .await?;
    // What is planned anew is to be looked at before it runs.
    sqlx::query("UPDATE jobs SET autostart = 0 WHERE status = 'planning'")
        .execute(connection)
        .await?;
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
