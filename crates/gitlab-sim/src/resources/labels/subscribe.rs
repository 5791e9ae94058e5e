use hyper::StatusCode;

use super::place;
use super::present::LabelBody;
use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Reply};
use crate::state::Source;

/// `POST …/labels/:name/subscribe`: 304 when one is subscribed already.
pub(super) fn subscribe(call: &Call<'_>) -> Answer {
    set(call, true)
}

/// `POST …/labels/:name/unsubscribe`: 304 when one is not subscribed.
pub(super) fn unsubscribe(call: &Call<'_>) -> Answer {
    set(call, false)
}

fn set(call: &Call<'_>, wanted: bool) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    let body = {
        let mut state = call.change();
        let here = place::of_path(call, &state)?;
        let found = place::find(&state, here, call.arg(1), true)?;
        let project = match here {
            Source::Project(id) => Some(id),
            Source::Group(_) => None,
        };
        let label = found.1.id;
        let changed = if wanted {
            state.belongings.subscribe(user, label, project)
        } else {
            state.belongings.unsubscribe(user, label, project)
        };
        if !changed {
            return Ok(Reply::raw(
                StatusCode::NOT_MODIFIED,
                BodyKind::None,
                Vec::new().into(),
            ));
        }
        LabelBody::of(call, &state, here, &found, false)
    };
    Ok(Reply::created(&body).applied())
}
