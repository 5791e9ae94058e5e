use clap::Args;
use domain::{Action, ItemStatus};
use serde_json::json;
use storage::ItemFilter;

use super::Which;
use super::viewer::Viewer;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::item::write_items;

/// `jobs items ID`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk jobs items 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --status failed\n  \
    gitlab-bulk jobs items 0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c --output csv > items.csv")]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Only items that are so; may be repeated
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Vec<ItemStatus>,
    /// Only items that would do this: create, update, delete, skip, unchanged, conflict; may be repeated
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Vec<Action>,
    /// Only items with this error code
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Only items whose target contains this
    #[arg(long, short, value_name = "TEXT")]
    q: Option<String>,
    /// At most so many; all when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Go on after this item
    #[arg(long, value_name = "INDEX")]
    cursor: Option<u32>,
}

pub(super) fn status(text: &str) -> Result<ItemStatus, String> {
    ItemStatus::from_name(&text.to_lowercase())
        .ok_or_else(|| format!("give one of {}", ItemStatus::ALL.map(ItemStatus::name).join(", ")))
}

fn action(text: &str) -> Result<Action, String> {
    Action::from_name(&text.to_lowercase())
        .ok_or_else(|| "give one of create, update, delete, skip, unchanged, conflict".to_owned())
}

/// Prints the items of a job.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let filter = ItemFilter {
        status: arguments.status,
        action: arguments.action,
        code: arguments.code,
        text: arguments.q,
        after: arguments.cursor,
        limit: 0,
    };
    let (output, id, limit) = (*context.output(), arguments.which.id, arguments.limit);
    if let Some(remote) = context.remote()? {
        write_items(output, &remote, id, filter, limit, &json!({})).await?;
        return Ok(Exit::Done);
    }
    let viewer = Viewer::open(context).await?;
    let (job, _) = viewer.job(id).await?;
    write_items(output, &viewer, job.id, filter, limit, &json!({})).await?;
    Ok(Exit::Done)
}
