//! Whether what a client asks for may be shown to a person at all.

use std::sync::Arc;

use hyper::StatusCode;

use super::client::text;
use super::page::{escaped, hidden, page};
use super::redirect;
use super::refuse::Wrong;
use crate::http::{Call, Refusal};
use crate::state::{Application, Challenge, State};

/// Scopes that tell who someone is, besides those of tokens.
const IDENTITY: [&str; 3] = ["openid", "profile", "email"];

/// All that an application may ask for.
pub(super) fn scopes() -> impl Iterator<Item = &'static str> {
    crate::resources::tokens::make::SCOPES.into_iter().chain(IDENTITY)
}

/// What a client asks for, in order.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) application: Arc<Application>,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) state: Option<String>,
    pub(super) challenge: Option<Challenge>,
}

impl Asked {
    /// Checks a request. A client or address that is not right is told to the person: sending a browser to an address
    /// that nobody vouches for would help whoever made it up. Everything else is told to the client.
    pub(super) fn read(call: &Call<'_>, state: &State) -> Result<Self, Refusal> {
        let uid = text(call, "client_id")
            .ok_or_else(|| told(StatusCode::BAD_REQUEST, &Wrong::missing("client_id")))?;
        let application = state.belongings.oauth.client(&uid);
        let application = application.ok_or_else(|| told(StatusCode::UNAUTHORIZED, &Wrong::client()))?;
        let redirect_uri = text(call, "redirect_uri")
            .filter(|address| redirect::is_registered(address, &application.redirect_uris))
            .ok_or_else(|| told(StatusCode::BAD_REQUEST, &Wrong::redirect_uri()))?;
        let asked = Self {
            scopes: wanted_scopes(call, application),
            application: Arc::clone(application),
            state: text(call, "state"),
            challenge: text(call, "code_challenge").map(|value| Challenge {
                value,
                hashed: text(call, "code_challenge_method").as_deref() == Some("S256"),
            }),
            redirect_uri,
        };
        let Some(response_type) = text(call, "response_type") else {
            return Err(asked.refuse(&Wrong::missing("response_type")));
        };
        if response_type != "code" {
            return Err(asked.refuse(&Wrong::response_type()));
        }
        let known = |scope: &String| application.scopes.contains(scope);
        if asked.scopes.is_empty() || !asked.scopes.iter().all(known) {
            return Err(asked.refuse(&Wrong::scope()));
        }
        let method = text(call, "code_challenge_method");
        if asked.challenge.is_some() && !matches!(method.as_deref(), Some("S256" | "plain")) {
            return Err(asked.refuse(&Wrong::challenge_method()));
        }
        Ok(asked)
    }

    /// Sends the browser back with what is wrong.
    pub(super) fn refuse(&self, wrong: &Wrong) -> Refusal {
        let address = redirect::with(
            &self.redirect_uri,
            &[
                ("error", Some(wrong.error)),
                ("error_description", Some(&wrong.description)),
                ("state", self.state.as_deref()),
            ],
        );
        redirect::to(&address).into()
    }

    /// The same question as fields of a form.
    pub(super) fn fields(&self) -> String {
        let scope = self.scopes.join(" ");
        let mut fields = [
            ("client_id", self.application.uid.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", &scope),
        ]
        .map(|(name, value)| hidden(name, value))
        .concat();
        if let Some(state) = &self.state {
            fields.push_str(&hidden("state", state));
        }
        if let Some(challenge) = &self.challenge {
            let method = if challenge.hashed { "S256" } else { "plain" };
            fields.push_str(&hidden("code_challenge", &challenge.value));
            fields.push_str(&hidden("code_challenge_method", method));
        }
        fields
    }
}

/// What is asked for by name; `api` when nothing is, as far as the application has it.
pub(super) fn wanted_scopes(call: &Call<'_>, application: &Application) -> Vec<String> {
    match text(call, "scope") {
        Some(text) => text.split_whitespace().map(str::to_owned).collect(),
        None => application
            .scopes
            .iter()
            .filter(|scope| *scope == "api")
            .cloned()
            .collect(),
    }
}

fn told(status: StatusCode, wrong: &Wrong) -> Refusal {
    let content = format!("<p role=\"alert\">{}</p>", escaped(&wrong.description));
    page(status, "An error has occurred", &content).into()
}
