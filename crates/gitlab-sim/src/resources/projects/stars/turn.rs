use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;

use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::resources::projects::present::{ProjectView, Shape};
use crate::state::Project;

/// `POST /projects/:id/star`
pub(in crate::resources::projects) fn star(call: &Call<'_>) -> Answer {
    turn(call, true)
}

/// `POST /projects/:id/unstar`
pub(in crate::resources::projects) fn unstar(call: &Call<'_>) -> Answer {
    turn(call, false)
}

/// 304, without a body, when nothing changes.
fn turn(call: &Call<'_>, on: bool) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    let view = {
        let mut state = call.change();
        let old = find::project(call, &state, call.arg(0))?;
        let stars = &mut state.belongings.stars;
        let (changed, star_count) = if on {
            (stars.add(old.id, user, call.now), old.star_count + 1)
        } else {
            (stars.remove(old.id, user), old.star_count.saturating_sub(1))
        };
        if !changed {
            return Ok(Reply::raw(StatusCode::NOT_MODIFIED, BodyKind::None, Bytes::new()));
        }
        let project = Arc::new(Project {
            star_count,
            ..Project::clone(&old)
        });
        state.tree.put_project(Arc::clone(&project));
        ProjectView::of(call, &state, &project, Shape::Full)
    };
    Ok(Reply::created(&view).applied())
}
