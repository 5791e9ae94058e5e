use clap::Args;
use domain::{Change, Item, Job};
use serde_json::json;
use storage::ItemFilter;

use super::Which;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::foreground::Desk;
use crate::output::item::ItemWriter;
use crate::output::source::Source;
use crate::output::{Output, items, talk};

/// `jobs verify ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs verify 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c\n\n\
    Looks whether GitLab still has everything as the job left it. Ends with 1 when something differs.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
}

/// Items asked of the database at once.
const PAGE: u32 = 2_000;

/// Compares what a job did with what GitLab has, and prints the items that differ.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(remote) = context.remote()? {
        let before = remote.verify(arguments.which.id).await?;
        talk::say("The server looks what became of it.");
        let job = remote.verified(&before).await?;
        return tell(&remote, remote.output, &job).await;
    }
    let desk = Desk::with_config(context.config(config::Purpose::Command)?, context).await?;
    let (engine, id) = (&desk.composition.engine, arguments.which.id);
    let job = engine
        .verify(id, &desk.connection.gitlab, &desk.connection.actor)
        .await?;
    tell(&desk, desk.output, &job).await
}

/// Prints what differs.
async fn tell(source: &impl Source, output: Output, job: &Job) -> Result<Exit, Failure> {
    let mut writer = ItemWriter::begin(output, &json!({ "job": job }))?;
    let mut filter = ItemFilter {
        status: vec![domain::ItemStatus::Succeeded],
        limit: PAGE,
        ..ItemFilter::default()
    };
    let (mut looked_at, mut differing) = (0_u32, 0_u32);
    loop {
        let page = source.page(job.id, &filter).await?;
        for item in &page.items {
            looked_at += 1;
            if item.differences.as_ref().is_some_and(|found| !found.is_empty()) {
                differing += 1;
                writer.write(item)?;
                if output.is_text() {
                    writer.add(&differences(item))?;
                }
            }
        }
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    writer.end(&json!({}))?;
    if differing == 0 {
        talk::say(&match looked_at {
            1 => "The one item is as the job left it.".to_owned(),
            _ => format!("All {looked_at} items are as the job left them."),
        });
        return Ok(Exit::Done);
    }
    talk::say(&format!(
        "{differing} of {} differ{} from what the job left.",
        items(looked_at),
        if differing == 1 { "s" } else { "" }
    ));
    Ok(Exit::SomeFailed)
}

/// What differs, a line each.
fn differences(item: &Item) -> String {
    let lines = item.differences.iter().flatten().map(|change: &Change| {
        format!(
            "        {}: the job left {}, GitLab has {}\n",
            change.field, change.from, change.to
        )
    });
    lines.collect()
}
