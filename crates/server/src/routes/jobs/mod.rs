mod cancel;
mod create;
mod import;
mod items;
mod list;
mod make;
mod options;
mod pause;
mod resolve;
mod results;
mod resume;
mod retry;
mod select;
mod show;
mod start;
mod undo;
mod verify;

pub(super) use cancel::cancel;
pub(super) use create::create;
pub(super) use import::import;
pub(super) use items::items;
pub(super) use list::list;
pub(super) use make::{Making, make};
pub(super) use pause::pause;
pub(super) use resolve::resolve;
pub(super) use results::results;
pub(super) use resume::resume;
pub(super) use retry::retry;
pub(super) use show::show;
pub(super) use start::start;
pub(super) use undo::undo;
pub(super) use verify::verify;

/// The words of item statuses, for messages.
const ITEM_STATUSES: &str = "pending, running, succeeded, failed, skipped, cancelled, unconfirmed";
