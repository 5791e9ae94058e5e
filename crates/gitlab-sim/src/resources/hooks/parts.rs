//! Single variables of a hook's address, and single headers of its own.

use std::sync::Arc;

use hyper::StatusCode;

use super::{owner, wanted};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Hidden, Hook, Secret};

type Part = fn(&mut Hook) -> &mut Vec<Hidden>;

fn url_variables(hook: &mut Hook) -> &mut Vec<Hidden> {
    &mut hook.url_variables
}

fn custom_headers(hook: &mut Hook) -> &mut Vec<Hidden> {
    &mut hook.custom_headers
}

/// `PUT …/hooks/:hook_id/url_variables/:key`
pub(super) fn put_url_variable(call: &Call<'_>) -> Answer {
    put(call, url_variables)
}

/// `DELETE …/hooks/:hook_id/url_variables/:key`
pub(super) fn delete_url_variable(call: &Call<'_>) -> Answer {
    delete(call, url_variables, "URL variable")
}

/// `PUT …/hooks/:hook_id/custom_headers/:key`
pub(super) fn put_header(call: &Call<'_>) -> Answer {
    put(call, custom_headers)
}

/// `DELETE …/hooks/:hook_id/custom_headers/:key`
pub(super) fn delete_header(call: &Call<'_>) -> Answer {
    delete(call, custom_headers, "Custom header")
}

fn put(call: &Call<'_>, part: Part) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let value = Secret(ask.required_text("value"));
    call.admit(ask)?;
    let mut state = call.change();
    let owner = owner::of_path(call, &state)?;
    let mut hook = Hook::clone(&*owner::hook(call, &state, owner)?);
    let key = owner::argument(call, owner, 1).to_owned();
    wanted::merge(part(&mut hook), vec![Hidden { key, value }]);
    if !wanted::are_headers(&hook.custom_headers) || !wanted::are_variables(&hook.url_variables) {
        return Reply::error(StatusCode::UNPROCESSABLE_ENTITY, "Illegal key or value").refuse();
    }
    state.belongings.hooks.put(owner, hook.id, Arc::new(hook));
    Ok(Reply::no_content().applied())
}

fn delete(call: &Call<'_>, part: Part, what: &str) -> Answer {
    owner::of_path(call, &call.state())?;
    call.admit_any()?;
    let mut state = call.change();
    let owner = owner::of_path(call, &state)?;
    let mut hook = Hook::clone(&*owner::hook(call, &state, owner)?);
    let parts = part(&mut hook);
    let before = parts.len();
    parts.retain(|known| known.key != owner::argument(call, owner, 1));
    if parts.len() == before {
        return Err(refuse::not_found(what));
    }
    state.belongings.hooks.put(owner, hook.id, Arc::new(hook));
    Ok(Reply::no_content().applied())
}
