use std::sync::Arc;

use hyper::StatusCode;

use super::page::page;
use super::redirect;
use super::session::Browser;
use crate::http::{Answer, Call, Reply};
use crate::params::Param;
use crate::state::{User, UserState};

/// `GET /users/sign_in`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    if browser.user.is_some() {
        return Ok(redirect::to(&home(call)));
    }
    Ok(browser.keep(call, form(&browser, StatusCode::OK, "")))
}

/// `POST /users/sign_in`, by user name or address and password. Afterwards the browser has a new cookie.
pub(super) fn sign_in(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    browser.check_proof(call)?;
    let field = |name: &str| match call.params.get("user") {
        Some(Param::Map(user)) => user.get(name).and_then(Param::text),
        _ => None,
    };
    let (login, password) = (
        field("login").unwrap_or_default(),
        field("password").unwrap_or_default(),
    );
    let Some(user) = who(call, &login, &password) else {
        let text = "<p role=\"alert\">Invalid login or password.</p>";
        return Ok(form(&browser, StatusCode::UNPROCESSABLE_ENTITY, text));
    };
    if user.state != UserState::Active {
        let text = "<p role=\"alert\">Your account has been blocked. If you believe this is in error, contact an \
                    administrator.</p>";
        return Ok(form(&browser, StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    let (browser, return_to) = browser.sign_in(call, &user);
    let target = match return_to {
        // Only ever back to a page of this site.
        Some(path) if path.starts_with('/') && !path.starts_with("//") => {
            format!("{}{path}", call.instance.site.url)
        }
        _ => home(call),
    };
    Ok(browser.keep(call, redirect::to(&target)))
}

/// `POST /users/sign_out`
pub(super) fn sign_out(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    browser.check_proof(call)?;
    browser.sign_out(call);
    Ok(redirect::to(&format!("{}/users/sign_in", call.instance.site.url)))
}

fn home(call: &Call<'_>) -> String {
    format!("{}/", call.instance.site.url)
}

fn who(call: &Call<'_>, login: &str, password: &str) -> Option<Arc<User>> {
    let state = call.state();
    let user = state
        .users
        .by_username(login)
        .or_else(|| state.user_of_email(login))?;
    let good = user.password.as_ref().is_some_and(|known| known.is(password));
    (good && !user.is_bot()).then(|| Arc::clone(user))
}

fn form(browser: &Browser, status: StatusCode, alert: &str) -> Reply {
    let content = format!(
        "{alert}\n<form action=\"/users/sign_in\" method=\"post\" accept-charset=\"UTF-8\">\n{}\
         <p><label>Username or primary email <input name=\"user[login]\" autocomplete=\"username\" \
         required></label></p>\n\
         <p><label>Password <input name=\"user[password]\" type=\"password\" autocomplete=\"current-password\" \
         required></label></p>\n\
         <p><button type=\"submit\">Sign in</button></p>\n</form>",
        browser.proof()
    );
    page(status, "Sign in", &content)
}
