//! Container images and packages: there are none, and whoever may see the group or project is told so.

use serde::Serialize;

use crate::http::router::{Endpoint, get};
use crate::http::{Answer, Call, Offset};
use crate::resources::find;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/groups/:id/registry/repositories", of_group),
    get("/projects/:id/registry/repositories", of_project),
    get("/groups/:id/packages", of_group),
    get("/projects/:id/packages", of_project),
];

#[derive(Debug, Serialize)]
struct Nothing;

/// `GET /groups/:id/registry/repositories`, `GET /groups/:id/packages`
fn of_group(call: &Call<'_>) -> Answer {
    let offset = read(call)?;
    let state = call.state();
    find::group(call, &state, call.arg(0))?;
    Ok(offset.cut(std::iter::empty::<Nothing>()).reply(call))
}

/// `GET /projects/:id/registry/repositories`, `GET /projects/:id/packages`
fn of_project(call: &Call<'_>) -> Answer {
    let offset = read(call)?;
    let state = call.state();
    find::project(call, &state, call.arg(0))?;
    Ok(offset.cut(std::iter::empty::<Nothing>()).reply(call))
}

fn read(call: &Call<'_>) -> Result<Offset, crate::http::Refusal> {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    Ok(offset)
}
