//! A server that does the work: the same commands, over its HTTP API.

mod attend;
mod failure;
mod jobs;
mod source;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::{Host, Url};

pub(crate) use self::upload::{Sent, Upload};
use crate::failure::{Exit, Failure};
use crate::interrupts::Interrupts;
use crate::output::{Output, talk};
use crate::program::Program;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may be silent in the middle of an answer. It may be asking GitLab meanwhile.
const SILENCE: Duration = Duration::from_mins(5);

/// A server, talked to with an API key.
pub(crate) struct Remote {
    http: Client,
    root: Url,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) output: Output,
    pub(super) program: Program,
    pub(crate) interrupts: Interrupts,
}

/// Query parameters.
pub(crate) type Query<'q> = [(&'q str, String)];

impl Remote {
    /// The server at this address. Nothing is asked of it yet.
    ///
    /// # Errors
    /// The address is none of a server, or there is no API key.
    pub(crate) fn new(
        address: &str,
        key: Option<&SecretString>,
        clock: Arc<dyn Clock>,
        output: Output,
        program: Program,
        interrupts: Interrupts,
    ) -> Result<Self, Failure> {
        let root = root(address)?;
        let Some(key) = key else {
            return Err(Failure::Other {
                exit: Exit::NotPermitted,
                code: "UNAUTHORIZED",
                message: "GITLAB_BULK_API_KEY is not set".to_owned(),
                advice: Some(format!(
                    "make an API key with the scopes `read` and `jobs` on {root} and put it into GITLAB_BULK_API_KEY"
                )),
            });
        };
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
            .map_err(|_| Failure::usage("GITLAB_BULK_API_KEY holds what no API key holds"))?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5")),
        ]);
        let http = Client::builder()
            .default_headers(headers)
            .user_agent(concat!("gitlab-bulk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // The key is for this server and no other.
            .redirect(Policy::none())
            .build()
            .map_err(|error| failure::unreachable(&root, &error))?;
        if root.scheme() == "http" && !is_this_machine(&root) {
            talk::warn(&format!(
                "{root} is not https: the API key can be read on the way"
            ));
        }
        Ok(Self {
            http,
            root,
            clock,
            output,
            program,
            interrupts,
        })
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Query<'_>) -> Result<T, Failure> {
        self.read(self.request(Method::GET, path)?.query(query)).await
    }

    /// Asks for something to be done.
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        self.read(self.request(Method::POST, path)?.json(body)).await
    }

    /// Ends something.
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.read(self.request(Method::DELETE, path)?).await
    }

    /// Asks for a file, which comes piece by piece ([`Remote::piece`]).
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn download(&self, path: &str, query: &Query<'_>) -> Result<Response, Failure> {
        self.send(self.request(Method::GET, path)?.query(query)).await
    }

    /// The next piece of a file.
    ///
    /// # Errors
    /// It ended before it was complete.
    pub(crate) async fn piece(&self, file: &mut Response) -> Result<Option<Vec<u8>>, Failure> {
        let piece = file.chunk().await;
        let piece = piece.map_err(|error| failure::unreachable(&self.root, &error))?;
        Ok(piece.map(|piece| piece.to_vec()))
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let url = self
            .root
            .join(path)
            .map_err(|error| Failure::internal(error.to_string()))?;
        Ok(self.http.request(method, url))
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let answer = self.send(request).await?;
        let body = answer.bytes().await;
        let body = body.map_err(|error| failure::unreachable(&self.root, &error))?;
        serde_json::from_slice(&body).map_err(|error| failure::no_server(&self.root, &error))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let answer = request.send().await;
        let answer = answer.map_err(|error| failure::unreachable(&self.root, &error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(failure::refused(&self.root, answer).await)
    }
}

/// The address that paths of the API are joined to: it may have a path of its own.
fn root(address: &str) -> Result<Url, Failure> {
    let wrong = || {
        Failure::usage(format!("--server {address} is no address of a server"))
            .advise("give it like https://bulk.example.com")
    };
    let mut url = Url::parse(address.trim()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn a_server_may_live_below_a_path_and_keeps_no_secret_in_its_address() {
        let of = |address| root(address).map(|url| url.to_string());
        assert_eq!(
            of("https://x.example.com/bulk").unwrap(),
            "https://x.example.com/bulk/"
        );
        assert_eq!(of("http://127.0.0.1:4000").unwrap(), "http://127.0.0.1:4000/");
        for wrong in [
            "x.example.com",
            "ftp://x.example.com",
            "https://me:secret@x.example.com",
            "",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
