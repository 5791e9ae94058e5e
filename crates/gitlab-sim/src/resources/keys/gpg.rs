//! GPG keys are kept as text; nothing here looks into them.

use std::sync::Arc;

use hyper::StatusCode;
use serde::Serialize;

use crate::http::reply::BodyKind;
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::ids::UserId;
use crate::resources::find;
use crate::state::{GpgKey, State};
use crate::time_text::Moment;

#[derive(Debug, Serialize)]
struct GpgKeyBody {
    id: u64,
    key: String,
    created_at: Moment,
}

fn present(key: &GpgKey) -> GpgKeyBody {
    GpgKeyBody {
        id: key.id,
        key: key.text.clone(),
        created_at: key.created_at,
    }
}

/// `GET /user/gpg_keys`
pub(super) fn list_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    page(call, user)
}

/// `GET /users/:id/gpg_keys`, for everyone.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let user = of_path(call)?;
    page(call, user)
}

/// `GET /user/gpg_keys/:key_id`
pub(super) fn show_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    Ok(Reply::ok(&present(&*one(&call.state(), user, call.arg(0))?)))
}

/// `GET /users/:id/gpg_keys/:key_id`, for everyone.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let user = of_path(call)?;
    Ok(Reply::ok(&present(&*one(&call.state(), user, call.arg(1))?)))
}

/// `POST /user/gpg_keys`
pub(super) fn add_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    create(call, || Ok(user))
}

/// `POST /users/:id/gpg_keys`, by an administrator.
pub(super) fn add(call: &Call<'_>) -> Answer {
    call.administrator()?;
    create(call, || of_path(call))
}

/// `DELETE /user/gpg_keys/:key_id`
pub(super) fn remove_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    take(call, user, call.arg(0))?;
    Ok(Reply::no_content().applied())
}

/// `DELETE /users/:id/gpg_keys/:key_id`, by an administrator.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    take(call, of_path(call)?, call.arg(1))?;
    Ok(Reply::no_content().applied())
}

/// `POST /user/gpg_keys/:key_id/revoke`
pub(super) fn revoke_own(call: &Call<'_>) -> Answer {
    let user = call.user()?.id;
    call.admit_any()?;
    take(call, user, call.arg(0))?;
    Ok(revoked())
}

/// `POST /users/:id/gpg_keys/:key_id/revoke`, by an administrator.
pub(super) fn revoke(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    take(call, of_path(call)?, call.arg(1))?;
    Ok(revoked())
}

/// A 202 that says nothing.
fn revoked() -> Reply {
    Reply::raw(StatusCode::ACCEPTED, BodyKind::Json, "null".into()).applied()
}

fn of_path(call: &Call<'_>) -> Result<UserId, Refusal> {
    Ok(find::user(&call.state(), call.arg(0))?.id)
}

fn page(call: &Call<'_>, user: UserId) -> Answer {
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let keys = &state.belongings.gpg_keys;
        offset.cut_of(keys.of(user).cloned(), keys.count(user))
    };
    Ok(page.map(|key| Some(present(&key))).reply(call))
}

fn create(call: &Call<'_>, user: impl FnOnce() -> Result<UserId, Refusal>) -> Answer {
    let mut ask = call.ask();
    let text = ask.required_text("key");
    call.admit(ask)?;
    let user = user()?;
    if !text
        .trim_start()
        .starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    {
        return Err(refuse::field("key", "is invalid"));
    }
    let mut state = call.change();
    let is_known = state
        .belongings
        .gpg_keys
        .iter()
        .any(|(_, key)| key.text.trim() == text.trim());
    if is_known {
        return Err(refuse::field("fingerprint", refuse::TAKEN));
    }
    let key = state.belongings.gpg_keys.add(user, |id| GpgKey {
        id,
        text,
        created_at: call.now,
    });
    drop(state);
    Ok(Reply::created(&present(&key)).applied())
}

fn one(state: &State, user: UserId, id: &str) -> Result<Arc<GpgKey>, Refusal> {
    let keys = &state.belongings.gpg_keys;
    let found = id.parse().ok().and_then(|id| keys.get(user, id));
    found.cloned().ok_or_else(|| refuse::not_found("GPG Key"))
}

fn take(call: &Call<'_>, user: UserId, id: &str) -> Result<(), Refusal> {
    let mut state = call.change();
    let key = one(&state, user, id)?;
    state.belongings.gpg_keys.remove(user, key.id);
    Ok(())
}
