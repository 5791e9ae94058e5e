//! `/application/settings`: what an administrator sets for the whole instance.

mod demands;
mod present;
mod show;
mod update;

use crate::http::router::{Endpoint, get, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/application/settings", show::show),
    put("/application/settings", update::update),
];
