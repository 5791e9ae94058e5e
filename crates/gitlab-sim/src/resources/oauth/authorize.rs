use hyper::StatusCode;

use super::client::text;
use super::code;
use super::page::{escaped, page};
use super::preauthorize::Asked;
use super::refuse::Wrong;
use super::session::Browser;
use crate::http::{Answer, Call, Reply};
use crate::state::User;

/// `GET /oauth/authorize`: asks the person. Whoever let a client that keeps its secret have all of it before is not
/// asked again.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    let Some(user) = &browser.user else {
        return Ok(browser.ask_to_sign_in(call));
    };
    let (asked, known) = {
        let state = call.state();
        let asked = Asked::read(call, &state)?;
        let known = asked.application.confidential
            && state
                .belongings
                .oauth
                .is_authorized(asked.application.id, user.id, &asked.scopes, call.now);
        (asked, known)
    };
    if known {
        return Ok(code::give(call, &asked, user));
    }
    Ok(consent(&browser, &asked, user))
}

/// `POST /oauth/authorize`: yes, or no when the form says that it stands for a DELETE.
pub(super) fn decide(call: &Call<'_>) -> Answer {
    if text(call, "_method").is_some_and(|method| method.eq_ignore_ascii_case("delete")) {
        return deny(call);
    }
    call.admit_any()?;
    let browser = Browser::of(call);
    let Some(user) = &browser.user else {
        return Ok(browser.ask_to_sign_in(call));
    };
    browser.check_proof(call)?;
    let asked = Asked::read(call, &call.state())?;
    Ok(code::give(call, &asked, user))
}

/// `DELETE /oauth/authorize`: no.
pub(super) fn deny(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    if browser.user.is_none() {
        return Ok(browser.ask_to_sign_in(call));
    }
    browser.check_proof(call)?;
    let asked = Asked::read(call, &call.state())?;
    Err(asked.refuse(&Wrong::denied()))
}

fn consent(browser: &Browser, asked: &Asked, user: &User) -> Reply {
    let scopes: Vec<String> = asked
        .scopes
        .iter()
        .map(|scope| format!("<li>{}</li>\n", escaped(scope)))
        .collect();
    let scopes = scopes.concat();
    let (proof, fields) = (browser.proof(), asked.fields());
    let content = format!(
        "<p>{} wants to use the account of {} (@{}) with:</p>\n<ul>\n{scopes}</ul>\n\
         <p>Then you go back to {}.</p>\n\
         <form action=\"/oauth/authorize\" method=\"post\">\n{proof}{fields}\
         <button type=\"submit\">Authorize</button>\n</form>\n\
         <form action=\"/oauth/authorize\" method=\"post\">\n<input type=\"hidden\" name=\"_method\" \
         value=\"delete\">\n{proof}{fields}<button type=\"submit\">Cancel</button>\n</form>",
        escaped(&asked.application.name),
        escaped(&user.name),
        escaped(&user.username),
        escaped(&asked.redirect_uri),
    );
    page(StatusCode::OK, "Authorize application", &content)
}
