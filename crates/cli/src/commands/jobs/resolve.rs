use clap::Args;
use domain::{Job, JobStatus};
use engine::Resolution;

use super::Which;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::item::write_one;
use crate::output::talk;

/// `jobs resolve ID INDEX OUTCOME`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs items 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --status unconfirmed\n  \
    gitlab-bulk jobs resolve 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c 17 succeeded\n\n\
    Only for items that are unconfirmed: look at what the item names first. `retry` puts the item back;\n\
    `jobs resume` then goes on with the job.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// The item, as `jobs items` numbers it
    #[arg(value_name = "INDEX")]
    index: u32,
    /// What you found: succeeded, failed, or retry (it was not done and is to be tried again)
    #[arg(value_name = "OUTCOME", value_parser = outcome)]
    outcome: Resolution,
}

fn outcome(text: &str) -> Result<Resolution, String> {
    Resolution::from_name(&text.to_lowercase()).ok_or_else(|| format!("give {}", Resolution::ALLOWED))
}

/// Settles an item by a person's word.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(remote) = context.remote()? {
        let id = arguments.which.id;
        write_one(
            *context.output(),
            &remote.resolve(id, arguments.index, arguments.outcome).await?,
        )?;
        arguments.say_how_to_go_on(&remote.job(id).await?, context);
        return Ok(Exit::Done);
    }
    let viewer = Viewer::open(context).await?;
    let (job, actor) = viewer.job(arguments.which.id).await?;
    let engine = &viewer.composition.engine;
    let item = engine
        .resolve(job.id, arguments.index, arguments.outcome, &actor)
        .await?;
    write_one(*context.output(), &item)?;
    arguments.say_how_to_go_on(&engine.job(job.id, &actor).await?, context);
    Ok(Exit::Done)
}

impl Arguments {
    fn say_how_to_go_on(&self, job: &Job, context: &Context) {
        if job.status == JobStatus::Paused && self.outcome == Resolution::Retry {
            talk::say(&format!(
                "Go on with: {} jobs resume {}",
                context.program(),
                job.id
            ));
        }
    }
}
