use axum::extract::FromRequestParts;
use domain::Problem;
use http::request::Parts;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use storage::Idempotency;

use crate::error::ApiError;

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
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        match value.to_str() {
            Ok(text) if !text.trim().is_empty() && text.len() <= 255 => Ok(Self(Some(text.to_owned()))),
            _ => {
                let mut problem = Problem::new("this Idempotency-Key cannot be used")
                    .allowed("1 to 255 visible ASCII characters");
                problem.field = Some("Idempotency-Key".to_owned());
                Err(ApiError::invalid(problem.into()))
            }
        }
    }
}
