//! `/notification_settings`, of oneself and for one group or project: which mails somebody wants.

mod present;
mod show;
mod update;

use std::sync::Arc;

use crate::http::router::{Endpoint, get, put};
use crate::http::{Call, Refusal};
use crate::resources::find;
use crate::state::{NotificationSetting, Source, State, User};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/notification_settings", |call| show::show(call, everywhere)),
    put("/notification_settings", |call| update::update(call, everywhere)),
    get("/groups/:id/notification_settings", |call| {
        show::show(call, group)
    }),
    put("/groups/:id/notification_settings", |call| {
        update::update(call, group)
    }),
    get("/projects/:id/notification_settings", |call| {
        show::show(call, project)
    }),
    put("/projects/:id/notification_settings", |call| {
        update::update(call, project)
    }),
];

/// Finds what a setting is for; nothing for the whole instance.
type Place = fn(&Call<'_>, &State) -> Result<Option<Source>, Refusal>;

#[expect(clippy::unnecessary_wraps, reason = "one of the `Place`s")]
fn everywhere(_: &Call<'_>, _: &State) -> Result<Option<Source>, Refusal> {
    Ok(None)
}

fn group(call: &Call<'_>, state: &State) -> Result<Option<Source>, Refusal> {
    Ok(Some(Source::Group(find::group(call, state, call.arg(0))?.id)))
}

fn project(call: &Call<'_>, state: &State) -> Result<Option<Source>, Refusal> {
    Ok(Some(Source::Project(find::project(call, state, call.arg(0))?.id)))
}

/// What somebody has set there, or begins with.
fn of(state: &State, user: &User, place: Option<Source>) -> Arc<NotificationSetting> {
    let mut kept = state.belongings.notification_settings.of(user.id);
    let kept = kept.find(|setting| setting.place == place);
    kept.cloned()
        .unwrap_or_else(|| Arc::new(NotificationSetting::new(place)))
}
