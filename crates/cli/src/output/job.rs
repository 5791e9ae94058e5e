//! Jobs, for people and for programs.

use std::fmt::Write as _;
use std::io::Write;

use domain::{Job, JobStatus};
use serde_json::json;

use super::colour::{self, Colour};
use super::results;
use super::table::Table;
use super::{Format, Output};
use crate::failure::Failure;

/// Prints one job.
///
/// # Errors
/// Nobody reads it.
pub(crate) fn write_job(output: Output, job: &Job) -> Result<(), Failure> {
    let mut out = results();
    match output.format() {
        Format::Json | Format::Ndjson => return output.document(job),
        Format::Csv => {
            write_csv(std::slice::from_ref(job), &mut out)?;
        }
        Format::Text => write!(out, "{}", describe(job, colour::on_stdout()))?,
    }
    Ok(out.flush()?)
}

/// Prints a page of jobs.
///
/// # Errors
/// Nobody reads it.
pub(crate) fn write_jobs(output: Output, jobs: &[Job], next_cursor: Option<String>) -> Result<(), Failure> {
    let mut out = results();
    match output.format() {
        Format::Json => return output.document(&json!({ "jobs": jobs, "nextCursor": next_cursor })),
        Format::Ndjson => {
            for job in jobs {
                serde_json::to_writer(&mut out, job)?;
                writeln!(out)?;
            }
        }
        Format::Csv => write_csv(jobs, &mut out)?,
        Format::Text if jobs.is_empty() => writeln!(out, "No jobs.")?,
        Format::Text => {
            let mut table = Table::new(["ID", "TYPE", "STATUS", "DONE", "FAILED", "CREATED", "USER"]);
            for job in jobs {
                table.row([
                    job.id.to_string(),
                    job.kind.clone(),
                    job.status.to_string(),
                    format!("{}/{}", job.progress, job.total),
                    (job.failure_count + job.unconfirmed_count).to_string(),
                    job.created_at.to_string(),
                    job.user.username.clone(),
                ]);
            }
            table.write(&mut out)?;
            if let Some(cursor) = next_cursor {
                writeln!(out, "More: --cursor {cursor}")?;
            }
        }
    }
    Ok(out.flush()?)
}

fn write_csv(jobs: &[Job], out: impl Write) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "id",
        "type",
        "status",
        "total",
        "progress",
        "successCount",
        "failureCount",
        "skippedCount",
        "unconfirmedCount",
        "createdAt",
        "finishedAt",
        "username",
        "gitlabUrl",
    ])?;
    for job in jobs {
        table.write_record([
            job.id.to_string(),
            job.kind.clone(),
            job.status.to_string(),
            job.total.to_string(),
            job.progress.to_string(),
            job.success_count.to_string(),
            job.failure_count.to_string(),
            job.skipped_count.to_string(),
            job.unconfirmed_count.to_string(),
            job.created_at.to_string(),
            job.finished_at.map(|at| at.to_string()).unwrap_or_default(),
            job.user.username.clone(),
            job.gitlab_url.to_string(),
        ])?;
    }
    Ok(table.flush()?)
}

/// A status in its colour.
pub(super) fn status(status: JobStatus, coloured: bool) -> String {
    let colour = match status {
        JobStatus::Completed => Colour::Green,
        JobStatus::Failed | JobStatus::Cancelled => Colour::Red,
        JobStatus::Paused => Colour::Yellow,
        _ => Colour::Cyan,
    };
    colour.of(status.name(), coloured)
}

fn describe(job: &Job, coloured: bool) -> String {
    let mut lines = vec![
        ("job", job.id.to_string()),
        ("type", job.kind.clone()),
        ("status", status(job.status, coloured)),
        ("user", format!("{} on {}", job.user.username, job.gitlab_url)),
        (
            "items",
            format!(
                "{} of {} ended: {} succeeded, {} skipped, {} failed, {} unconfirmed",
                job.progress,
                job.total,
                job.success_count,
                job.skipped_count,
                job.failure_count,
                job.unconfirmed_count
            ),
        ),
        ("created", job.created_at.to_string()),
    ];
    let moments = [
        ("started", job.started_at),
        ("finished", job.finished_at),
        ("waits until", job.waiting_until),
    ];
    lines.extend(
        moments
            .into_iter()
            .filter_map(|(name, at)| Some((name, at?.to_string()))),
    );
    if let Some(reason) = &job.waiting_reason {
        lines.push(("because", reason.clone()));
    }
    if let Some(error) = &job.error {
        lines.push(("error", format!("{}: {}", error.code, error.message)));
    }
    if let Some(before) = job.retry_of {
        lines.push(("retry of", before.to_string()));
    }
    lines.into_iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:<12} {value}");
        text
    })
}
