use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::attempt::{Exchange, Failure};
use crate::backoff;
use crate::error::{GitlabError, Refusal};
use crate::outage::Outage;
use crate::pace::{Lane, retry_after};
use crate::session::{Gitlab, Inner};
use crate::verdict::{Effect, Verdict, verdict};

/// A moved project answers with one redirect; more than a few are a circle.
const MOST_REDIRECTS: u32 = 5;

/// How often in a row GitLab may say "too many" to one read before its caller is told. Each time the read has
/// waited as long as it was asked to.
const MOST_THROTTLES: u32 = 10;

/// No parameters, for reads without a query.
pub const NO_QUERY: &[(&str, &str)] = &[];

impl Gitlab {
    /// Reads one resource.
    ///
    /// Repeated where that may help (`GITLAB_API_MAX_RETRIES`, with growing pauses; a [patient](Gitlab::patient) session
    /// goes on for longer); a 429 is waited for and does not count. A redirect is followed within the instance.
    ///
    /// # Errors
    /// GitLab's refusal, an outage, a limit that holds for too long, or an answer that is no `T`.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: impl AsRef<str>,
        query: &(impl Serialize + ?Sized),
        lane: Lane,
    ) -> Result<T, GitlabError> {
        let url = self.inner.url(path.as_ref(), Some(&encode(query)?))?;
        let (answer, _) = self.inner.read(url, lane).await?;
        parse(&answer.body)
    }

    /// Reads one resource that may not be there: `None` for a 404, which also means "not visible".
    ///
    /// # Errors
    /// As [`Gitlab::get`].
    pub async fn find<T: DeserializeOwned>(
        &self,
        path: impl AsRef<str>,
        query: &(impl Serialize + ?Sized),
        lane: Lane,
    ) -> Result<Option<T>, GitlabError> {
        match self.get(path, query, lane).await {
            Ok(found) => Ok(Some(found)),
            Err(GitlabError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Inner {
    /// Reads one URL of this instance. Returns the answer and the URL that gave it.
    pub(crate) async fn read(&self, url: Url, lane: Lane) -> Result<(Exchange, Url), GitlabError> {
        self.read_by(Method::GET, url, None, lane).await
    }

    /// The same by another method and with a body: a question that is too long for an address, and changes nothing.
    pub(crate) async fn read_by(
        &self,
        method: Method,
        mut url: Url,
        json: Option<Bytes>,
        lane: Lane,
    ) -> Result<(Exchange, Url), GitlabError> {
        let (mut repeats, mut throttles, mut redirects) = (0, 0, 0);
        let mut failing_since = None;
        loop {
            let pass = self
                .budget
                .pass(lane, &self.job, &Method::GET, self.endpoint(&url))
                .await
                .map_err(GitlabError::RateLimited)?;
            let attempt = self
                .attempt(&pass, Effect::Read, method.clone(), url.clone(), json.clone())
                .await;
            drop(pass);
            let outcome = attempt.as_ref().map_or_else(Failure::outcome, Exchange::outcome);
            let verdict = verdict(Effect::Read, outcome);
            if verdict != Verdict::Transient {
                failing_since = None;
                if let Some(outage) = &self.outage {
                    outage.is_over();
                }
            }
            match (verdict, attempt) {
                (Verdict::Done, Ok(answer)) => return Ok((answer, url)),
                (Verdict::WaitUntil(_), Ok(answer))
                    if throttles >= MOST_THROTTLES && !self.job.is_patient =>
                {
                    return Err(failed(Ok(answer)));
                }
                // The budget knows; it makes the next round wait, or says that it would be too long.
                (Verdict::WaitUntil(_), _) => throttles += 1,
                (Verdict::Transient, attempt) => {
                    let asked = attempt
                        .as_ref()
                        .ok()
                        .and_then(|answer| retry_after(&answer.headers));
                    let pause = backoff::pause(repeats, asked, self.shared.jitter.as_ref());
                    let cause = failed(attempt);
                    let now = self.shared.clock.monotonic();
                    let failing_for = now.saturating_sub(*failing_since.get_or_insert(now));
                    if repeats >= self.shared.settings.max_retries {
                        let Some(outage) = self.bears(&cause, failing_for) else {
                            return Err(cause);
                        };
                        outage.wait_until(self.shared.clock.now().plus(pause));
                    }
                    tracing::debug!(
                        endpoint = %crate::redact::url(self.endpoint(&url)),
                        ?pause,
                        %cause,
                        "Repeating a read"
                    );
                    self.shared.clock.sleep(pause).await;
                    repeats += 1;
                }
                (_, Ok(answer)) if answer.status.is_redirection() => {
                    redirects += 1;
                    url = self.redirected(&url, &answer, redirects)?;
                }
                (_, attempt) => return Err(failed(attempt)),
            }
        }
    }

    /// Where this read goes on waiting for a GitLab that has been away for so long.
    fn bears(&self, cause: &GitlabError, failing_for: Duration) -> Option<&Outage> {
        let outage = self.outage.as_ref()?;
        (cause.is_outage() && failing_for <= outage.borne_for).then_some(outage)
    }

    fn redirected(&self, from: &Url, answer: &Exchange, redirects: u32) -> Result<Url, GitlabError> {
        let target = answer
            .headers
            .get(LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| from.join(location).ok());
        match target {
            Some(target) if self.holds(&target) && redirects <= MOST_REDIRECTS => Ok(target),
            Some(target) if self.holds(&target) => {
                Err(GitlabError::Redirected("itself, again and again".to_owned()))
            }
            Some(target) => Err(GitlabError::Redirected(target.origin().ascii_serialization())),
            None => Err(refusal(answer).into()),
        }
    }
}

fn failed(attempt: Result<Exchange, Failure>) -> GitlabError {
    match attempt {
        Ok(answer) => match answer.refused_until {
            Some(waiting) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                GitlabError::RateLimited(waiting)
            }
            _ => refusal(&answer).into(),
        },
        Err(failure) => failure.into_error(),
    }
}

pub(crate) fn refusal(answer: &Exchange) -> Refusal {
    Refusal::new(answer.status, &answer.headers, answer.body.clone())
}

/// `a=1&b=two+words`; nothing for nothing.
pub(crate) fn encode(query: &(impl Serialize + ?Sized)) -> Result<String, GitlabError> {
    serde_urlencoded::to_string(query).map_err(|_| GitlabError::InvalidPath(crate::InvalidPath::Character))
}

/// Reads an answer. The error quotes nothing of it but GitLab's own key names: it may hold a secret.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GitlabError> {
    serde_json::from_slice(body).map_err(unreadable)
}

/// An answer that cannot be read, as [`parse`] tells it.
pub(crate) fn unreadable(error: serde_json::Error) -> GitlabError {
    GitlabError::InvalidBody(without_values(&error))
}

fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (text.find("string \""), text.rfind("\", expected")) {
        (Some(from), Some(to)) if from < to => format!("{}string{}", &text[..from], &text[to + 1..]),
        _ => crate::redact::text(&text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_does_not_quote_the_answer() {
        let error = parse::<u64>(br#""hunter2 \", expected you""#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "GitLab's answer cannot be read: invalid type: string, expected u64 at line 1 column 26"
        );
    }

    #[test]
    fn queries_are_encoded() {
        #[derive(Serialize)]
        struct Query {
            per_page: u32,
            search: Option<&'static str>,
        }
        let encoded = encode(&Query {
            per_page: 100,
            search: Some("a b&c"),
        })
        .unwrap();
        assert_eq!(encoded, "per_page=100&search=a+b%26c");
        assert_eq!(encode(NO_QUERY).unwrap(), "");
    }
}
