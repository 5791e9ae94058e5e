use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::AUTHORIZATION;

use crate::http::Call;
use crate::params::Param;
use crate::state::{Application, State};

/// A text parameter, if there is one.
pub(super) fn text(call: &Call<'_>, name: &str) -> Option<String> {
    let text = call.params.get(name).and_then(Param::text);
    text.filter(|text| !text.is_empty())
}

/// What a client says it is: by `Authorization: Basic`, or in the parameters.
#[derive(Debug, Default)]
pub(super) struct Claim {
    uid: Option<String>,
    secret: Option<String>,
}

impl Claim {
    pub(super) fn read(call: &Call<'_>) -> Self {
        let header = call
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let basic = header.and_then(|value| {
            let (scheme, encoded) = value.split_once(' ')?;
            let bytes = STANDARD.decode(encoded.trim()).ok()?;
            let pair = String::from_utf8(bytes).ok()?;
            let (uid, secret) = pair.split_once(':')?;
            scheme
                .eq_ignore_ascii_case("basic")
                .then(|| (decoded(uid), decoded(secret)))
        });
        match basic {
            Some((uid, secret)) => Self {
                uid: Some(uid),
                secret: Some(secret).filter(|secret| !secret.is_empty()),
            },
            None => Self {
                uid: text(call, "client_id"),
                secret: text(call, "client_secret"),
            },
        }
    }

    /// It says nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.uid.is_none()
    }

    /// The application, if the claim is true. One that can keep a secret has to send it; another may.
    pub(super) fn check(&self, state: &State) -> Option<Arc<Application>> {
        let application = state.belongings.oauth.client(self.uid.as_deref()?)?;
        let good = match &self.secret {
            Some(secret) => application.secret.is(secret),
            None => !application.confidential,
        };
        good.then(|| Arc::clone(application))
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
