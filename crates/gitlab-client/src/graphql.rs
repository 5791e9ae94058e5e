//! Questions that REST answers one object at a time only.

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::GitlabError;
use crate::pace::Lane;
use crate::read::parse;
use crate::session::Gitlab;

#[derive(Serialize)]
struct Question<'a, V> {
    query: &'a str,
    variables: &'a V,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
struct Answer<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

impl Gitlab {
    /// Asks GraphQL. `query` declares no mutation: it is repeated like any read ([`Gitlab::get`]).
    ///
    /// Limits are GitLab's: 100 nodes of a list, a complexity of 250 (GitLab API facts §8.1).
    ///
    /// # Errors
    /// As [`Gitlab::get`]; what GitLab complains of in a successful answer is one, too.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        query: &str,
        variables: &impl Serialize,
        lane: Lane,
    ) -> Result<T, GitlabError> {
        let mut url = self.inner.root.clone();
        let path = url.path().strip_suffix("v4/").map(|api| format!("{api}graphql"));
        url.set_path(&path.unwrap_or_else(|| unreachable!("the root of the API ends like this")));
        let question = Question { query, variables };
        let body = serde_json::to_vec(&question)
            .map(Bytes::from)
            .map_err(|error| GitlabError::InvalidBody(error.to_string()))?;
        let (answer, _) = self.inner.read_by(Method::POST, url, Some(body), lane).await?;
        let answer: Answer<T> = parse(&answer.body)?;
        match (answer.errors.into_iter().next(), answer.data) {
            (None, Some(data)) => Ok(data),
            (complaint, _) => Err(GitlabError::InvalidBody(
                complaint.map_or_else(|| "there is no data".to_owned(), |complaint| complaint.message),
            )),
        }
    }
}
