//! The data directory, the installation's secret, the database, Redis.

use std::path::Path;
use std::sync::Arc;

use config::Config;
use config::sections::data::DatabaseAt;
use domain::Clock;
use server::{RedisAddress, reach_redis};
use storage::{Audit as _, Database, PostgresAddress, StorageError};

use super::finding::Finding;
use crate::failure::{Exit, chain};

/// Below this the log of a large job may not fit.
const LITTLE: u64 = 1 << 30;
/// Below this a job is likely to stop.
const TOO_LITTLE: u64 = 64 << 20;
/// Connections that a look at PostgreSQL takes at most.
const FEW: u32 = 3;

pub(super) async fn check(config: &Config, clock: &Arc<dyn Clock>) -> Vec<Finding> {
    let data = &config.data;
    let mut findings = vec![directory(&data.directory)];
    if config.session.secret.is_none() {
        findings.extend(secret(&data.directory));
    }
    match &data.database {
        DatabaseAt::File(file) => {
            let (database, is_up_to_date) = database(file).await;
            findings.push(database);
            if is_up_to_date {
                let opened = Database::open(&file.to_string_lossy(), Arc::clone(clock)).await;
                findings.push(audit(opened).await);
            }
            findings.extend(room(file));
        }
        DatabaseAt::Postgres(address) => {
            let (server, is_up_to_date) = server(address).await;
            findings.push(server);
            if is_up_to_date {
                let opened = Database::open_postgres(address, FEW, Arc::clone(clock)).await;
                findings.push(audit(opened).await);
            }
        }
    }
    if let Some(address) = &data.redis {
        findings.push(redis(address, clock).await);
    }
    findings
}

fn directory(path: &Path) -> Finding {
    const NAME: &str = "data";
    let shown = path.display();
    if !path.exists() {
        return Finding::works(NAME, format!("{shown} is made at the first start"));
    }
    match tempfile::tempfile_in(path) {
        Ok(_) => Finding::works(NAME, format!("{shown} can be written")),
        Err(error) => Finding::failed(
            NAME,
            Exit::Unreachable,
            format!("{shown} cannot be written: {error}"),
        )
        .advise("give it to the user that runs this program, or set DATA_DIR"),
    }
}

/// What a file's mode lets group and others do.
#[cfg(unix)]
const OF_OTHERS: u32 = 0o077;

#[cfg(unix)]
fn secret(directory: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt;

    const NAME: &str = "secret";
    let path = directory.join(crate::secret::FILE);
    let mode = std::fs::metadata(&path).ok()?.permissions().mode() & 0o777;
    let shown = path.display();
    Some(if mode & OF_OTHERS == 0 {
        Finding::works(NAME, format!("{shown} is readable by its owner only"))
    } else {
        Finding::doubtful(NAME, format!("{shown} has mode {mode:04o}: others can read it")).advise(format!(
            "chmod 600 {shown}, and set a new SESSION_SECRET if others did"
        ))
    })
}

#[cfg(not(unix))]
fn secret(_: &Path) -> Option<Finding> {
    None
}

/// The finding, and whether the tables are those of this version: opening others would change them.
async fn server(address: &PostgresAddress) -> (Finding, bool) {
    const NAME: &str = "database";
    let reached = async {
        let version = Database::reach(address).await?;
        Ok::<_, StorageError>((version, Database::is_up_to_date(address).await?))
    };
    match reached.await {
        Ok((version, is_up_to_date)) => {
            let tables = if is_up_to_date {
                ""
            } else {
                "; its tables are brought up to date at the next start"
            };
            let answers = format!("{address} answers, PostgreSQL {version}{tables}");
            (Finding::works(NAME, answers), is_up_to_date)
        }
        Err(error) => (unusable(address, &error), false),
    }
}

fn unusable(address: &PostgresAddress, error: &StorageError) -> Finding {
    Finding::failed(
        "database",
        Exit::Unreachable,
        format!("{address} cannot be used: {}", chain(error)),
    )
    .advise(
        "DATABASE_URL says where it is, and as whom it is opened: is PostgreSQL 14 or newer running there, may this \
         machine reach it, and are user and password right (special characters percent-encoded)?",
    )
}

async fn redis(address: &RedisAddress, clock: &Arc<dyn Clock>) -> Finding {
    const NAME: &str = "redis";
    match reach_redis(address, &**clock).await {
        Ok(version) => Finding::works(NAME, format!("{address} answers, {version}")),
        Err(error) => Finding::failed(
            NAME,
            Exit::Unreachable,
            format!("{address} cannot be used: {}", chain(&error)),
        )
        .advise(
            "REDIS_URL says where it is: is Redis 6 or newer running there, may this machine reach it, is the password \
             right, and may this user run scripts and listen to channels (+@all ~gitlab-bulk:* &gitlab-bulk:*)? Servers \
             go on without it, each by itself",
        ),
    }
}

/// The finding, and whether the tables are those of this version: opening another would change it.
async fn database(file: &Path) -> (Finding, bool) {
    const NAME: &str = "database";
    let shown = file.display();
    if !file.exists() {
        return (
            Finding::works(NAME, format!("{shown} is made at the first start")),
            false,
        );
    }
    let found = match Database::examine(file).await {
        Ok(found) => found,
        Err(error) => {
            let unreadable = Finding::failed(
                NAME,
                Exit::Unreachable,
                format!("{shown} cannot be read: {}", chain(&error)),
            )
            .advise(
                "DATA_DIR or DATABASE_URL say where it is; `gitlab-bulk restore` puts a backup in its place",
            );
            return (unreadable, false);
        }
    };
    if let Some(first) = found.damage.first() {
        let damaged = Finding::failed(NAME, Exit::Unreachable, format!("{shown} is damaged: {first}"))
            .advise(
                "stop everything, keep the file, and put a backup in its place: `gitlab-bulk restore FILE`",
            );
        return (damaged, false);
    }
    if found.version > found.known {
        let newer = Finding::failed(
            NAME,
            Exit::Unreachable,
            format!("{shown} was written by a newer version of this program"),
        )
        .advise("run that version, or one after it");
        return (newer, false);
    }
    let size = std::fs::metadata(file).map_or(0, |data| data.len());
    let jobs = format!(
        "{shown} is whole: {} jobs, {} not over, {} MiB",
        found.jobs,
        found.open_jobs,
        size >> 20
    );
    if found.version < found.known {
        let older = format!("{jobs}; its tables are brought up to date at the next start");
        return (Finding::works(NAME, older), false);
    }
    (Finding::works(NAME, jobs), true)
}

/// Whether the audit trail is what was written.
async fn audit(opened: Result<Arc<Database>, StorageError>) -> Finding {
    const NAME: &str = "audit";
    let verified = match opened {
        Ok(database) => {
            let verified = database.verify_audit().await;
            database.close().await;
            verified
        }
        Err(error) => Err(error),
    };
    match verified {
        Ok(verdict) => match verdict.flaws.as_slice() {
            [] => Finding::works(
                NAME,
                format!("{} rows follow from each other, chain by chain", verdict.rows),
            ),
            [first, rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                Finding::failed(NAME, Exit::Unreachable, format!("{first}{more}")).advise(
                    "keep the database as it is: somebody changed it; the checkpoints in the server's log say which hashes rows had",
                )
            }
        },
        Err(error) => Finding::failed(
            NAME,
            Exit::Unreachable,
            format!("the audit trail cannot be read: {}", chain(&error)),
        ),
    }
}

#[cfg(unix)]
fn room(file: &Path) -> Option<Finding> {
    const NAME: &str = "disk";
    let place = file.ancestors().skip(1).find(|path| path.is_dir())?;
    let found = rustix::fs::statvfs(place).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let message = format!("{} MiB are free in {}", free >> 20, place.display());
    Some(match free {
        0..TOO_LITTLE => Finding::failed(NAME, Exit::Unreachable, message)
            .advise("make room: when nothing can be written down, jobs stop"),
        TOO_LITTLE..LITTLE => Finding::doubtful(NAME, message)
            .advise("100,000 items with their plan take about 200 MiB; JOB_RETENTION_DAYS says how long jobs are kept"),
        _ => Finding::works(NAME, message),
    })
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<Finding> {
    None
}
