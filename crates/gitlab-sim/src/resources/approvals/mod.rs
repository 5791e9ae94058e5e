//! `/projects/:id/approvals` and `approval_rules`, those of groups, and the settings of both: who has to approve
//! merge requests (GitLab API facts §7.10, A.6). Merge requests themselves are not here.

mod configuration;
mod effective;
mod rule_change;
mod rule_list;
mod rule_present;
mod setting;
mod source;

use crate::http::router::{Endpoint, delete, get, post, put};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/approvals", configuration::show),
    post("/projects/:id/approvals", configuration::change),
    get("/projects/:id/approval_rules", rule_list::list),
    post("/projects/:id/approval_rules", rule_change::create),
    get("/projects/:id/approval_rules/:rule_id", rule_list::show),
    put("/projects/:id/approval_rules/:rule_id", rule_change::update),
    delete("/projects/:id/approval_rules/:rule_id", rule_change::delete),
    get("/groups/:id/approval_rules", rule_list::list),
    post("/groups/:id/approval_rules", rule_change::create),
    get("/groups/:id/approval_rules/:rule_id", rule_list::show),
    put("/groups/:id/approval_rules/:rule_id", rule_change::update),
    delete("/groups/:id/approval_rules/:rule_id", rule_change::delete),
    get("/projects/:id/merge_request_approval_setting", setting::show),
    put("/projects/:id/merge_request_approval_setting", setting::change),
    get("/groups/:id/merge_request_approval_setting", setting::show),
    put("/groups/:id/merge_request_approval_setting", setting::change),
];
