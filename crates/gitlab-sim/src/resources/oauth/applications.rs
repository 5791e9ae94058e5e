//! The clients of the instance, for administrators.

use std::sync::Arc;

use serde::Serialize;

use super::{preauthorize, redirect};
use crate::http::refuse::Complaints;
use crate::http::{Answer, Call, Offset, Refusal, Reply, refuse};
use crate::secret::{self, Kind};
use crate::state::{Application, State};

#[derive(Debug, Serialize)]
struct ApplicationBody<'a> {
    id: u64,
    application_id: &'a str,
    application_name: &'a str,
    callback_url: String,
    confidential: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> ApplicationBody<'a> {
    fn of(application: &'a Application) -> Self {
        Self {
            id: application.id,
            application_id: &application.uid,
            application_name: &application.name,
            callback_url: application.redirect_uris.join("\n"),
            confidential: application.confidential,
            secret: None,
        }
    }

    fn with_secret(application: &'a Application) -> Self {
        Self {
            secret: Some(&application.secret.0),
            ..Self::of(application)
        }
    }
}

/// `GET /applications`
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = offset.cut(call.state().belongings.oauth.applications().cloned());
    let bodies: Vec<ApplicationBody<'_>> = page
        .rows
        .iter()
        .map(|application| ApplicationBody::of(application))
        .collect();
    Ok(page.headers(call, Reply::ok(&bodies)))
}

/// `POST /applications`. The secret is told once.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    let addresses = ask.required_text("redirect_uri");
    let scopes = ask.required_text("scopes");
    let confidential = ask.flag("confidential").unwrap_or(true);
    call.admit(ask)?;
    let redirect_uris: Vec<String> = addresses.split_whitespace().map(str::to_owned).collect();
    let scopes: Vec<String> = scopes
        .split([' ', ','])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
    let mut complaints = Complaints::default();
    if name.trim().is_empty() {
        complaints.add("name", "can't be blank");
    }
    if redirect_uris.is_empty() {
        complaints.add("redirect_uri", "can't be blank");
    }
    for address in &redirect_uris {
        if let Err(text) = redirect::may_be_registered(address) {
            complaints.add("redirect_uri", text);
        }
    }
    let known = |scope: &String| preauthorize::scopes().any(|known| known == scope);
    if scopes.is_empty() {
        complaints.add("scopes", "can't be blank");
    } else if !scopes.iter().all(known) {
        complaints.add("scopes", "doesn't match configured on the server.");
    }
    if !complaints.is_empty() {
        return Err(refuse::complaints(&complaints));
    }
    let application = call.change().belongings.oauth.add_application(|id| Application {
        id,
        uid: secret::make(call.instance, Kind::Hex("client"), id).0,
        secret: secret::make(call.instance, Kind::Application, id),
        name,
        redirect_uris,
        scopes,
        confidential,
    });
    Ok(Reply::created(&ApplicationBody::with_secret(&application)).applied())
}

/// `DELETE /applications/:id`, with all tokens it was given.
pub(super) fn remove(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let mut state = call.change();
    let application = find(call, &state)?;
    state.belongings.oauth.remove_application(application.id);
    Ok(Reply::no_content().applied())
}

/// `POST /applications/:id/renew-secret`
pub(super) fn renew(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let application = {
        let mut state = call.change();
        let old = find(call, &state)?;
        let oauth = &mut state.belongings.oauth;
        let number = oauth.number();
        let application = Arc::new(Application {
            // Beyond the numbers that applications begin with.
            secret: secret::make(call.instance, Kind::Application, u64::MAX - number),
            ..Application::clone(&old)
        });
        oauth.put_application(Arc::clone(&application));
        application
    };
    Ok(Reply::created(&ApplicationBody::with_secret(&application)).applied())
}

fn find(call: &Call<'_>, state: &State) -> Result<Arc<Application>, Refusal> {
    let id = call.arg(0).parse().ok();
    let found = id.and_then(|id| state.belongings.oauth.application(id));
    found.cloned().ok_or_else(|| refuse::not_found("Application"))
}
