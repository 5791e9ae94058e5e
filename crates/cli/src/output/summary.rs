//! How a job ended: counts, failures grouped by code, and where to look.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use domain::{Item, ItemStatus, Job, JobStatus};
use storage::ItemFilter;

use super::item::place;
use super::items;
use super::job::status;
use super::progress::duration;
use super::source::Source;
use crate::failure::Failure;

/// Items of one code that are shown.
const EXAMPLES: usize = 3;

/// The end of a job in words.
///
/// # Errors
/// Its items cannot be had.
pub(crate) async fn describe(
    source: &impl Source,
    job: &Job,
    took: Duration,
    coloured: bool,
) -> Result<String, Failure> {
    let program = source.program();
    let mut text = format!(
        "Job {} {}, {} in {}: {} succeeded, {} skipped, {} failed, {} unconfirmed\n",
        job.id,
        status(job.status, coloured),
        items(job.total),
        duration(took),
        job.success_count,
        job.skipped_count,
        job.failure_count,
        job.unconfirmed_count
    );
    if let Some(error) = job.error.as_ref().filter(|_| job.status == JobStatus::Failed) {
        let _ = writeln!(text, "It could not go on: {}", error.message);
    }
    if job.status == JobStatus::Paused
        && let Some(reason) = &job.waiting_reason
    {
        let _ = writeln!(text, "It waits: {reason}");
    }
    if job.failure_count > 0 {
        text.push_str("\nFailed:\n");
        let failed = grouped(source, job, ItemStatus::Failed).await?;
        text.push_str(&failed.text);
        let _ = writeln!(
            text,
            "All of them: {program} jobs items {} --status failed",
            job.id
        );
        if job.status == JobStatus::Completed {
            let _ = writeln!(text, "Once mended:  {program} jobs retry {}", job.id);
            if failed.have_rows {
                let _ = writeln!(
                    text,
                    "Rows to mend: {program} jobs results {} --status failed > failed.csv",
                    job.id
                );
            }
        }
    }
    if job.unconfirmed_count > 0 {
        text.push_str("\nUnconfirmed (GitLab's answer was lost; a person has to look):\n");
        text.push_str(&grouped(source, job, ItemStatus::Unconfirmed).await?.text);
        let _ = writeln!(
            text,
            "All of them: {program} jobs items {} --status unconfirmed",
            job.id
        );
    }
    if matches!(
        job.status,
        JobStatus::Paused | JobStatus::Failed | JobStatus::Pending
    ) {
        let _ = writeln!(text, "\nGo on with: {program} jobs resume {}", job.id);
    }
    Ok(text)
}

/// Items that ended alike.
struct Grouped {
    /// By the code of their error, each with a few examples.
    text: String,
    /// Whether they came from rows of a file.
    have_rows: bool,
}

async fn grouped(source: &impl Source, job: &Job, status: ItemStatus) -> Result<Grouped, Failure> {
    let mut have_rows = false;
    let mut groups: BTreeMap<String, (u32, Vec<Item>)> = BTreeMap::new();
    let mut filter = ItemFilter {
        status: vec![status],
        limit: 2_000,
        ..ItemFilter::default()
    };
    loop {
        let page = source.page(job.id, &filter).await?;
        for item in page.items {
            have_rows |= item.source.row.is_some();
            let code = item.error.as_ref().map(|error| error.code.clone());
            let (count, examples) = groups
                .entry(code.unwrap_or_else(|| status.name().to_uppercase()))
                .or_default();
            *count += 1;
            if examples.len() < EXAMPLES {
                examples.push(item);
            }
        }
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    let mut text = String::new();
    for (code, (count, examples)) in groups {
        let _ = writeln!(text, "  {code}: {count}");
        for item in examples {
            let place = place(&item);
            let place = if place.is_empty() {
                place
            } else {
                format!(" ({place})")
            };
            let why = match (&item.error, &item.look_at) {
                (Some(error), _) => error.message.clone(),
                (None, Some(look_at)) => match &look_at.url {
                    Some(url) => format!("{} ({url})", look_at.message),
                    None => look_at.message.clone(),
                },
                (None, None) => String::new(),
            };
            let _ = writeln!(text, "    {}{place}: {why}", item.target);
        }
    }
    Ok(Grouped { text, have_rows })
}
