//! `/license`: what the instance pretends to have paid for. It comes with `--tier` and cannot be changed.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;

use crate::http::router::{Endpoint, get, post};
use crate::http::{Answer, Call, Reply, refuse};
use crate::options::Tier;
use crate::state::UserState;
use crate::time_text::Moment;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/license", current),
    post("/license", add),
    get("/license/:id", one),
    get("/licenses", all),
];

/// The only one there is.
const ID: u64 = 1;

/// When it was bought, and begins.
const BOUGHT: Moment = Moment(1_704_700_800_000);

const LAST_DAY: &str = "2099-12-31";

#[derive(Serialize)]
struct Body {
    id: u64,
    plan: &'static str,
    created_at: Moment,
    starts_at: String,
    expires_at: &'static str,
    historical_max: usize,
    maximum_user_count: usize,
    licensee: BTreeMap<&'static str, &'static str>,
    add_ons: BTreeMap<&'static str, u64>,
    expired: bool,
    overage: usize,
    /// Nobody is counted out.
    user_limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_users: Option<usize>,
}

fn licence(call: &Call<'_>) -> Option<Body> {
    let plan = match call.instance.site.tier {
        Tier::Free => return None,
        Tier::Premium => "premium",
        Tier::Ultimate => "ultimate",
    };
    let state = call.state();
    let active = state.users.iter().filter(|user| user.state == UserState::Active);
    let active = active.count();
    Some(Body {
        id: ID,
        plan,
        created_at: BOUGHT,
        starts_at: BOUGHT.day().to_string(),
        expires_at: LAST_DAY,
        historical_max: active,
        maximum_user_count: active,
        licensee: BTreeMap::from([
            ("Company", "Example"),
            ("Email", "admin@example.com"),
            ("Name", "Administrator"),
        ]),
        add_ons: BTreeMap::new(),
        expired: false,
        overage: 0,
        user_limit: 0,
        active_users: Some(active),
    })
}

/// `GET /license`; nothing, as JSON, without one.
fn current(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    Ok(Reply::ok(&licence(call)))
}

/// `GET /license/:id`
fn one(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let found = licence(call).filter(|licence| call.arg(0) == licence.id.to_string());
    let mut found = found.ok_or_else(|| refuse::not_found("License"))?;
    found.active_users = None;
    Ok(Reply::ok(&found))
}

/// `GET /licenses`
fn all(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut all: Vec<Body> = licence(call).into_iter().collect();
    for licence in &mut all {
        licence.active_users = None;
    }
    Ok(Reply::ok(&all))
}

/// `POST /license`: nobody but GitLab can make a valid key.
fn add(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    ask.required_text("license");
    call.admit(ask)?;
    let text = "The license key is invalid. Make sure it is exactly as you received it from GitLab Inc.";
    Reply::message(StatusCode::BAD_REQUEST, text).refuse()
}
