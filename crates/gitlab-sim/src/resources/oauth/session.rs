//! Browsers: who signed in, and that a form is ours.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::SET_COOKIE;
use sha2::{Digest, Sha256};

use super::page::{hidden, page};
use super::redirect;
use crate::http::{Call, Refusal, Reply};
use crate::secret::{self, Kind};
use crate::state::{Secret, Session, User, UserState};

const COOKIE: &str = "_gitlab_session";

/// The browser of a request, new or known.
#[derive(Debug)]
pub(super) struct Browser {
    cookie: Secret,
    is_new: bool,
    pub(super) user: Option<Arc<User>>,
}

impl Browser {
    /// The browser by its cookie; an unknown one gets a cookie.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let sent = call.cookie(COOKIE);
        if let Some(cookie) = sent {
            let state = call.state();
            if let Some(session) = state.belongings.oauth.session(cookie) {
                let user = session.user.and_then(|id| state.users.get(id));
                return Self {
                    cookie: Secret(cookie.to_owned()),
                    is_new: false,
                    user: user.filter(|user| user.state == UserState::Active).cloned(),
                };
            }
        }
        Self::remember(call, Session::default())
    }

    /// A browser under a cookie that nobody had before.
    pub(super) fn remember(call: &Call<'_>, session: Session) -> Self {
        let mut state = call.change();
        let number = state.belongings.oauth.number();
        let cookie = secret::make(call.instance, Kind::Hex("browser"), number);
        let user = session.user.and_then(|id| state.users.get(id)).cloned();
        state.belongings.oauth.put_session(&cookie, session);
        Self {
            cookie,
            is_new: true,
            user,
        }
    }

    /// Signs someone in, under a new cookie, and says where the browser wanted to go.
    pub(super) fn sign_in(self, call: &Call<'_>, user: &User) -> (Self, Option<String>) {
        let return_to = {
            let mut state = call.change();
            let session = state.belongings.oauth.session(&self.cookie.0).cloned();
            state.belongings.oauth.end_session(&self.cookie.0);
            session.and_then(|session| session.return_to)
        };
        let session = Session {
            user: Some(user.id),
            return_to: None,
        };
        (Self::remember(call, session), return_to)
    }

    /// Forgets the browser.
    pub(super) fn sign_out(&self, call: &Call<'_>) {
        call.change().belongings.oauth.end_session(&self.cookie.0);
    }

    /// Sends someone who has not signed in to the page for it, and back here after that.
    pub(super) fn ask_to_sign_in(&self, call: &Call<'_>) -> Reply {
        let back = if call.query.is_empty() {
            call.path.to_owned()
        } else {
            format!("{}?{}", call.path, call.query)
        };
        let session = Session {
            user: None,
            return_to: Some(back),
        };
        call.change().belongings.oauth.put_session(&self.cookie, session);
        let page = format!("{}/users/sign_in", call.instance.site.url);
        self.keep(call, redirect::to(&page))
    }

    /// The field that proves a form was made for this browser.
    pub(super) fn proof(&self) -> String {
        hidden("authenticity_token", &self.proof_text())
    }

    fn proof_text(&self) -> String {
        let digest = Sha256::digest(format!("gitlab-sim form {}", self.cookie.0).as_bytes());
        secret::hex(&digest)
    }

    /// Refuses a form that was made for another browser, or by another site.
    pub(super) fn check_proof(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let sent = super::client::text(call, "authenticity_token").unwrap_or_default();
        if Secret(self.proof_text()).is(&sent) {
            Ok(())
        } else {
            let text = "<p>The change you requested was rejected. Reload the page and try again.</p>";
            Err(page(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The change you requested was rejected",
                text,
            )
            .into())
        }
    }

    /// An answer that gives a new browser its cookie.
    pub(super) fn keep(&self, call: &Call<'_>, reply: Reply) -> Reply {
        if !self.is_new {
            return reply;
        }
        let secure = if call.instance.site.url.starts_with("https:") {
            "; secure"
        } else {
            ""
        };
        let cookie = format!(
            "{COOKIE}={}; path=/; HttpOnly; SameSite=Lax{secure}",
            self.cookie.0
        );
        reply.header(SET_COOKIE, cookie)
    }
}
