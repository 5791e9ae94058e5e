//! GitLab's refusals, each in the shape the real one has (GitLab API facts §5.1, §5.4).

use hyper::StatusCode;
use hyper::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use serde::ser::SerializeMap;

use super::reply::{Effect, Refusal, Reply};

/// What models complain about: field and texts, in the order found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaints(Vec<(&'static str, Vec<String>)>);

/// A name or path that is in use.
pub(crate) const TAKEN: &str = "has already been taken";

impl Complaints {
    pub(crate) fn add(&mut self, field: &'static str, text: impl Into<String>) {
        let text = text.into();
        match self.0.iter_mut().find(|(known, _)| *known == field) {
            Some((_, texts)) => texts.push(text),
            None => self.0.push((field, vec![text])),
        }
    }

    pub(crate) fn add_all(&mut self, field: &'static str, texts: impl IntoIterator<Item: ToString>) {
        for text in texts {
            self.add(field, text.to_string());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn effect(&self) -> Effect {
        let duplicate = self
            .0
            .iter()
            .any(|(_, texts)| texts.iter().any(|text| text.ends_with(TAKEN)));
        if duplicate {
            Effect::Duplicate
        } else {
            Effect::None
        }
    }

    /// `Access level is not included in the list`, as models say it in full.
    pub(crate) fn as_sentence(&self) -> String {
        let one = |(field, texts): &(&'static str, Vec<String>)| {
            let words = field.replace('_', " ");
            let mut letters = words.chars();
            let first = letters
                .next()
                .map(|letter| letter.to_ascii_uppercase().to_string())
                .unwrap_or_default();
            texts
                .iter()
                .map(|text| format!("{first}{} {text}", letters.as_str()))
                .collect::<Vec<_>>()
                .join(" and ")
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" and ")
    }

    /// Every complaint as a whole sentence: `Path has already been taken`.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let one = |(field, texts): &(&'static str, Vec<String>)| {
            let words = field.replace(['_', '.'], " ");
            let first = words.get(..1).unwrap_or_default().to_ascii_uppercase();
            let words = format!("{first}{}", words.get(1..).unwrap_or_default());
            let base = *field == "base";
            let whole = |text: &String| {
                if base {
                    text.clone()
                } else {
                    format!("{words} {text}")
                }
            };
            texts.iter().map(whole).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(one).collect()
    }

    /// Something is there already.
    pub(crate) fn is_taken(&self) -> bool {
        self.effect() == Effect::Duplicate
    }

    /// `{:path=>["has already been taken"]}`, as Ruby prints a hash.
    fn as_ruby(&self) -> String {
        let fields: Vec<String> = self
            .0
            .iter()
            .map(|(field, texts)| {
                // Ruby quotes a symbol that is no plain word.
                let symbol = if field.contains('.') {
                    format!(":\"{field}\"")
                } else {
                    format!(":{field}")
                };
                let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
                format!("{symbol}=>[{}]", texts.join(", "))
            })
            .collect();
        format!("{{{}}}", fields.join(", "))
    }
}

impl Serialize for Complaints {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, texts) in &self.0 {
            map.serialize_entry(field, texts)?;
        }
        map.end()
    }
}

/// `{"message":"…"}` with any status.
pub(crate) fn message(status: StatusCode, text: &str) -> Refusal {
    Reply::message(status, text).into()
}

/// 400 with a sentence.
pub(crate) fn bad_request(text: &str) -> Refusal {
    message(StatusCode::BAD_REQUEST, text)
}

/// `400 Bad request - why`
pub(crate) fn bad_request_because(reason: &str) -> Refusal {
    bad_request(&format!("400 Bad request - {reason}"))
}

/// Grape's 400.
pub(crate) fn invalid(text: &str) -> Refusal {
    Reply::error(StatusCode::BAD_REQUEST, text).into()
}

/// No token where one is needed, or an unknown one.
pub(crate) fn unauthorized() -> Refusal {
    message(StatusCode::UNAUTHORIZED, "401 Unauthorized")
}

/// Why a token is not good any more.
pub(crate) const REVOKED: &str = "Token was revoked. You have to re-authorize from the user.";
pub(crate) const EXPIRED: &str = "Token is expired. You can either do re-authorization or token refresh.";

/// A token that was good once.
pub(crate) fn invalid_token(description: &'static str) -> Refusal {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        error_description: &'static str,
    }
    let challenge = format!(
        "Bearer realm=\"Protected by OAuth 2.0\", error=\"invalid_token\", error_description=\"{description}\""
    );
    let body = Body {
        error: "invalid_token",
        error_description: description,
    };
    Reply::json(StatusCode::UNAUTHORIZED, &body)
        .header(WWW_AUTHENTICATE, challenge)
        .into()
}

/// A good token without the right for this call; `accepted` are the scopes that would do.
pub(crate) fn insufficient_scope(accepted: &str) -> Refusal {
    #[derive(Serialize)]
    struct Body<'a> {
        error: &'static str,
        error_description: &'static str,
        scope: &'a str,
    }
    let body = Body {
        error: "insufficient_scope",
        error_description: "The request requires higher privileges than provided by the access token.",
        scope: accepted,
    };
    Reply::json(StatusCode::FORBIDDEN, &body).into()
}

pub(crate) fn forbidden() -> Refusal {
    message(StatusCode::FORBIDDEN, "403 Forbidden")
}

pub(crate) fn forbidden_because(reason: &str) -> Refusal {
    message(StatusCode::FORBIDDEN, &format!("403 Forbidden - {reason}"))
}

/// `404 Group Not Found`: absent or not to be seen.
pub(crate) fn not_found(what: &str) -> Refusal {
    message(StatusCode::NOT_FOUND, &format!("404 {what} Not Found"))
}

/// A row missing under a parent that is there; GitLab writes this one with a small f.
pub(crate) fn row_not_found() -> Refusal {
    message(StatusCode::NOT_FOUND, "404 Not found")
}

/// 409 because the thing exists.
pub(crate) fn exists(text: &str) -> Refusal {
    Reply::message(StatusCode::CONFLICT, text)
        .with_effect(Effect::Duplicate)
        .into()
}

/// 400 because the thing exists, where GitLab does not answer 409.
pub(crate) fn duplicate(text: &str) -> Refusal {
    Reply::message(StatusCode::BAD_REQUEST, text)
        .with_effect(Effect::Duplicate)
        .into()
}

/// `{"message":{"field":["text"]}}`
pub(crate) fn complaints(complaints: &Complaints) -> Refusal {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a Complaints,
    }
    let effect = complaints.effect();
    Reply::json(StatusCode::BAD_REQUEST, &Body { message: complaints })
        .with_effect(effect)
        .into()
}

/// One complaint about one field.
pub(crate) fn field(field: &'static str, text: impl Into<String>) -> Refusal {
    let mut all = Complaints::default();
    all.add(field, text);
    complaints(&all)
}

/// What `POST /groups` answers: the complaints as a Ruby hash inside a sentence.
pub(crate) fn group_not_saved(complaints: &Complaints) -> Refusal {
    let text = format!("Failed to save group {}", complaints.as_ruby());
    Reply::message(StatusCode::BAD_REQUEST, &text)
        .with_effect(complaints.effect())
        .into()
}

/// The application limiter's 429: JSON, and the *whole* window as `Retry-After`.
pub(crate) fn too_many_of_this(window_seconds: u64) -> Refusal {
    #[derive(Serialize)]
    struct Inner {
        error: &'static str,
    }
    #[derive(Serialize)]
    struct Body {
        message: Inner,
    }
    let error = "This endpoint has been requested too many times. Try again later.";
    let reply = Reply::json(
        StatusCode::TOO_MANY_REQUESTS,
        &Body {
            message: Inner { error },
        },
    );
    reply.header(RETRY_AFTER, window_seconds).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_print_as_ruby_prints_a_hash() {
        let mut complaints = Complaints::default();
        complaints.add("name", TAKEN);
        complaints.add("path", TAKEN);
        complaints.add("path", "can't be \"so\"");
        assert_eq!(
            complaints.as_ruby(),
            r#"{:name=>["has already been taken"], :path=>["has already been taken", "can't be \"so\""]}"#
        );
        assert_eq!(complaints.effect(), Effect::Duplicate);
    }
}
