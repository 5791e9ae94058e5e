use std::path::PathBuf;

use clap::Args;
use config::Purpose;
use serde_json::json;
use storage::Database;

use super::embedded;
use super::restore::examine;
use crate::context::Context;
use crate::failure::{Exit, Failure, chain};
use crate::output::talk;

/// `backup FILE`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk backup /var/backups/gitlab-bulk-$(date +%F).db\n\n\
    The copy is of one moment, also while `serve` runs. It holds no token in clear: what is sealed in it opens only\n\
    with SESSION_SECRET (or the file session-secret in DATA_DIR), which wants a safe place of its own.\n\
    A PostgreSQL database is backed up with pg_dump.")]
pub(crate) struct Arguments {
    /// Where the copy goes; the file must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Copies the embedded database.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    let config = context.config(Purpose::Command)?;
    let from = embedded(&config.data.database, "back it up with pg_dump")?;
    let to = &arguments.file;
    if !from.exists() {
        return Err(
            Failure::usage(format!("there is no database {} yet", from.display()))
                .advise("DATA_DIR or DATABASE_URL say where it is"),
        );
    }
    if to.exists() {
        return Err(Failure::usage(format!("{} exists already", to.display()))
            .advise("a backup is never written over"));
    }
    Database::copy(from, to).await.map_err(|error| {
        Failure::internal(format!(
            "{} cannot be copied to {}: {}",
            from.display(),
            to.display(),
            chain(&error)
        ))
    })?;
    let found = examine(to).await?;
    if context.output().is_text() {
        talk::say(&format!(
            "Copied {} jobs to {}. Keep SESSION_SECRET safe elsewhere: without it the sealed credentials in the copy \
             cannot be opened.",
            found.jobs,
            to.display()
        ));
    } else {
        context
            .output()
            .document(&json!({ "file": to, "jobs": found.jobs, "openJobs": found.open_jobs }))?;
    }
    Ok(Exit::Done)
}
