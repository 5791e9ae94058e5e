//! `/projects/:id/labels` and `/groups/:id/labels` (GitLab API facts §7.12, A.2).

mod color;
mod create;
mod delete;
mod list;
mod place;
mod present;
mod promote;
mod show;
mod subscribe;
mod update;
mod validate;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/labels", list::of_project),
    post("/projects/:id/labels", create::create),
    put("/projects/:id/labels", update::by_parameter),
    delete("/projects/:id/labels", delete::by_parameter),
    put("/projects/:id/labels/promote", promote::by_parameter),
    get("/projects/:id/labels/:name", show::show),
    put("/projects/:id/labels/:name", update::by_path),
    delete("/projects/:id/labels/:name", delete::by_path),
    put("/projects/:id/labels/:name/promote", promote::by_path),
    post("/projects/:id/labels/:name/subscribe", subscribe::subscribe),
    post("/projects/:id/labels/:name/unsubscribe", subscribe::unsubscribe),
    get("/groups/:id/labels", list::of_group),
    post("/groups/:id/labels", create::create),
    put("/groups/:id/labels", update::by_parameter),
    delete("/groups/:id/labels", delete::by_parameter),
    get("/groups/:id/labels/:name", show::show),
    put("/groups/:id/labels/:name", update::by_path),
    delete("/groups/:id/labels/:name", delete::by_path),
    post("/groups/:id/labels/:name/subscribe", subscribe::subscribe),
    post("/groups/:id/labels/:name/unsubscribe", subscribe::unsubscribe),
];
