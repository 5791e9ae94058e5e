use hyper::StatusCode;

use super::page::{escaped, page};
use super::session::Browser;
use crate::http::{Answer, Call};

/// `GET /`: who signed in, and a way out. There are no other pages.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    let Some(user) = &browser.user else {
        return Ok(browser.ask_to_sign_in(call));
    };
    let content = format!(
        "<p>Signed in as {} (@{}).</p>\n<form action=\"/users/sign_out\" method=\"post\">\n{}\
         <button type=\"submit\">Sign out</button>\n</form>",
        escaped(&user.name),
        escaped(&user.username),
        browser.proof()
    );
    Ok(page(StatusCode::OK, "Your work", &content))
}
