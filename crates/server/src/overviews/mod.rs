//! What takes many questions to GitLab: kept for a moment per credential, and asked once however many wait for it.

mod count;
mod facts;
mod until;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gitlab_client::{Fingerprint, Gitlab};
use http::header::CONTENT_TYPE;
use moka::future::Cache;
use serde::Serialize;

pub(crate) use count::{Counted, count};
pub(crate) use facts::{Facts, of_groups, of_projects};
pub(crate) use until::Until;

use crate::error::{ApiError, Result};

/// As long as people look at one page of a dashboard.
const KEPT: Duration = Duration::from_mins(1);
/// In bytes, all overviews together.
const MOST: u64 = 64 * 1024 * 1024;

/// Overviews by credential and question.
#[derive(Clone)]
pub(crate) struct Overviews {
    kept: Cache<(Fingerprint, String), Bytes>,
}

impl fmt::Debug for Overviews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overviews")
    }
}

impl Overviews {
    pub(crate) fn new() -> Self {
        let kept = Cache::builder()
            .time_to_live(KEPT)
            .max_capacity(MOST)
            .weigher(|_, text: &Bytes| u32::try_from(text.len()).unwrap_or(u32::MAX).max(1024))
            .build();
        Self { kept }
    }

    /// The answer to a question, as JSON: what is kept, or what `ask` finds out now. Whoever asks the same meanwhile
    /// waits for that answer.
    ///
    /// # Errors
    /// Those of `ask`; they are not kept.
    pub(crate) async fn get<T: Serialize>(
        &self,
        gitlab: &Gitlab,
        question: &str,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Bytes> {
        let key = (gitlab.credential(), question.to_owned());
        let written = async {
            let found = ask.await?;
            serde_json::to_vec(&found)
                .map(Bytes::from)
                .map_err(ApiError::internal)
        };
        self.kept
            .try_get_with(key, written)
            .await
            .map_err(|error: Arc<ApiError>| (*error).clone())
    }

    /// The same as the answer to a request.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(crate) async fn answer<T: Serialize>(
        &self,
        gitlab: &Gitlab,
        question: &str,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Response> {
        let found = self.get(gitlab, question, ask).await?;
        Ok(([(CONTENT_TYPE, "application/json")], found).into_response())
    }
}
