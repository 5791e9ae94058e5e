//! Packages: there are none, and whoever may see the group or project is told so.

use serde::Serialize;

use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Offset};
use crate::resources::find;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/packages", list),
    get("/projects/:id/packages", list),
];

#[derive(Debug, Serialize)]
struct Nothing;

/// `GET /{groups,projects}/:id/packages`
fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    find::source(call, &call.state())?;
    Ok(offset.cut(std::iter::empty::<Nothing>()).reply(call))
}
