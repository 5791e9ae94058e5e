use std::path::{Path, PathBuf};

use clap::Args;
use config::Purpose;
use serde_json::json;
use storage::{Database, Examination, StorageError};

use super::embedded;
use crate::context::Context;
use crate::failure::{Exit, Failure, chain};
use crate::output::talk;

/// `restore FILE`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk restore /var/backups/gitlab-bulk-2026-11-01.db --yes\n\n\
    Nothing may use the database meanwhile. What was there is kept beside it. Jobs that were not over when the copy was\n\
    made are paused: GitLab may have more of them by now than the copy knows, so look (`jobs items`), then cancel and\n\
    apply the file again, or resume: each item is compared with GitLab first, and what has changed is left alone.")]
pub(crate) struct Arguments {
    /// A file that `backup` made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put it in the place of a database that is there
    #[arg(long)]
    yes: bool,
}

/// Puts a backup in the place of the embedded database.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    let config = context.config(Purpose::Command)?;
    let place = embedded(&config.data.database, "put it back with pg_restore")?;
    let copy = &arguments.file;
    let found = examine(copy).await?;
    if let Some(first) = found.damage.first() {
        return Err(Failure::usage(format!("{} is damaged: {first}", copy.display()))
            .advise("take another backup; nothing was changed"));
    }
    if found.version > found.known {
        return Err(Failure::usage(format!(
            "{} was written by a newer version of this program",
            copy.display()
        ))
        .advise("restore it with that version; nothing was changed"));
    }
    if place.exists() && !arguments.yes {
        return Err(
            Failure::usage(format!("there is a database in {}", place.display()))
                .advise("with --yes it is set aside and the backup takes its place"),
        );
    }
    let now = context.clock().now();
    let former = Database::put_back(copy, place, now)
        .await
        .map_err(|error| match error {
            StorageError::InUse => Failure::conflict(format!("{} is in use", place.display()))
                .advise("stop `serve` and other commands first; nothing was changed"),
            error => Failure::internal(format!(
                "{} cannot be restored: {}",
                place.display(),
                chain(&error)
            )),
        })?;
    if context.output().is_text() {
        talk::say(&format!(
            "Restored {} jobs to {}; {} that were not over are paused.",
            found.jobs,
            place.display(),
            found.open_jobs
        ));
        if let Some(former) = &former {
            talk::say(&format!("What was there is in {}.", former.display()));
        }
    } else {
        context.output().document(
            &json!({ "file": place, "jobs": found.jobs, "openJobs": found.open_jobs, "former": former }),
        )?;
    }
    Ok(Exit::Done)
}

/// Looks at a database file.
///
/// # Errors
/// It is none of ours.
pub(super) async fn examine(file: &Path) -> Result<Examination, Failure> {
    Database::examine(file).await.map_err(|error| {
        Failure::usage(format!(
            "{} is no database of gitlab-bulk: {}",
            file.display(),
            chain(&error)
        ))
    })
}
