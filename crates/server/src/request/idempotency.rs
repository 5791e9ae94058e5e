use axum::extract::FromRequestParts;
use domain::Problem;
use http::HeaderMap;
use http::request::Parts;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use storage::Idempotency;

use crate::error::ApiError;

/// A key has at most so many characters.
const LONGEST: usize = 255;

/// The `Idempotency-Key` of a request, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// What the job is remembered by: the key, and what was asked at which route.
    ///
    /// The body counts by its meaning: the order of its keys and its spaces make no difference.
    pub(crate) fn of(self, route: &str, body: &Map<String, Value>) -> Option<Idempotency> {
        let body = serde_json::to_vec(body).unwrap_or_default();
        self.of_parts(&[route.as_bytes(), &body])
    }

    /// The same, of a body in parts.
    pub(crate) fn of_parts(self, parts: &[&[u8]]) -> Option<Idempotency> {
        let mut digest = Sha256::new();
        for part in parts {
            // With its length, so that two parts cannot be taken for one.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let body = digest.finalize().into();
        self.0.map(|key| Idempotency { key, body })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::read(&parts.headers)
    }
}

impl IdempotencyKey {
    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let is_key = |text: &&str| {
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match value.to_str().ok().filter(is_key) {
            Some(text) => Ok(Self(Some(text.to_owned()))),
            None => {
                let mut problem = Problem::new("this Idempotency-Key cannot be used")
                    .allowed("1 to 255 visible ASCII characters");
                problem.field = Some("Idempotency-Key".to_owned());
                Err(ApiError::invalid(problem.into()))
            }
        }
    }
}

/// The key that a request has, if it has one.
#[cfg(feature = "fuzzing")]
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    IdempotencyKey::read(headers).map(|key| key.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key, or nothing where it is refused.
    fn read(value: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([("idempotency-key".parse().unwrap(), value.parse().unwrap())]);
        let key = IdempotencyKey::read(&headers).ok()?;
        Some(key.0.expect("a key was sent"))
    }

    #[test]
    fn a_key_is_up_to_255_visible_characters() {
        assert_eq!(read("monday-1!").as_deref(), Some("monday-1!"));
        let longest = "k".repeat(255);
        assert_eq!(read(&longest).as_ref(), Some(&longest));
        for value in ["", " ", "two words", "tab\tbed", "\u{e4}", &format!("{longest}k")] {
            assert_eq!(read(value), None, "{value:?}");
        }
        assert!(IdempotencyKey::read(&HeaderMap::new()).unwrap().0.is_none());
    }
}
