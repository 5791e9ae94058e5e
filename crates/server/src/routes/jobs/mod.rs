mod cancel;
mod counts;
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

use utoipa_axum::routes;

#[cfg(feature = "fuzzing")]
pub(crate) use import::taken_apart as upload_taken_apart;
pub(super) use make::{Making, make, missing};

use crate::openapi::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .with(routes!(list::list, create::create))
        .upload(routes!(import::import))
        .with(routes!(show::show, cancel::cancel))
        .with(routes!(counts::counts))
        .with(routes!(items::items))
        .with(routes!(results::results))
        .with(routes!(start::start))
        .with(routes!(pause::pause))
        .with(routes!(resume::resume))
        .with(routes!(retry::retry))
        .with(routes!(undo::undo))
        .with(routes!(verify::verify))
        .with(routes!(resolve::resolve))
}

/// The words of item statuses, for messages.
const ITEM_STATUSES: &str = "pending, running, succeeded, failed, skipped, cancelled, unconfirmed";
