//! One delivery over HTTP.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::uri::Authority;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;

use crate::clock::Clock;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of an answer is read, and how much of it is kept.
const READ: usize = 1_024 * 1_024;
const KEPT_BODY: usize = 8 * 1_024;
const KEPT_HEADERS: usize = 50;

/// What a receiver answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Posts a body there. Redirects are not followed.
///
/// # Errors
/// Why there is no answer, for people.
pub(super) async fn post(
    clock: &dyn Clock,
    url: &str,
    headers: &[(String, String)],
    body: String,
) -> Result<Answered, String> {
    tokio::select! {
        answered = exchange(url, headers, body) => answered,
        () = clock.sleep(PATIENCE) => Err("Net::ReadTimeout".to_owned()),
    }
}

async fn exchange(url: &str, headers: &[(String, String)], body: String) -> Result<Answered, String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| format!("bad URI(is not URI?): {url:?}"))?;
    if uri.scheme_str() != Some("http") {
        return Err("the simulator delivers to http:// only".to_owned());
    }
    let authority = uri.authority().ok_or("there is no host in the address")?;
    let (host, port) = (authority.host(), authority.port_u16().unwrap_or(80));
    let host = host.trim_matches(['[', ']']);
    let failed =
        |error: &dyn std::fmt::Display| format!("Failed to open TCP connection to {host}:{port} ({error})");
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|error| failed(&error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(&error))?;
    let answered = async {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder().method(Method::POST).uri(path);
        if let Some(all) = request.headers_mut() {
            *all = header_map(headers);
            all.insert(HOST, host_of(authority));
            if let Some(value) = basic_authorization(authority) {
                all.insert(AUTHORIZATION, value);
            }
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())?;
        read(response).await
    };
    let connection = async {
        // How it ends is told by the exchange.
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answered = answered => answered,
        () = connection => Err("end of file reached".to_owned()),
    }
}

async fn read(response: hyper::Response<hyper::body::Incoming>) -> Result<Answered, String> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, READ)
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    let mut text = String::from_utf8_lossy(&body).into_owned();
    let mut end = text.len().min(KEPT_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    let headers = head.headers.iter().take(KEPT_HEADERS);
    Ok(Answered {
        status: head.status.as_u16(),
        headers: headers
            .map(|(name, value)| {
                (
                    capitalised(name.as_str()),
                    String::from_utf8_lossy(value.as_bytes()).into(),
                )
            })
            .collect(),
        body: text,
    })
}

/// `content-type` as `Content-Type`.
fn capitalised(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let one = |(name, value): &(String, String)| {
        Some((
            HeaderName::try_from(name.as_str()).ok()?,
            HeaderValue::try_from(value.as_str()).ok()?,
        ))
    };
    headers.iter().filter_map(one).collect()
}

fn host_of(authority: &Authority) -> HeaderValue {
    let text = authority.as_str();
    let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Name and password of an address go into a header.
fn basic_authorization(authority: &Authority) -> Option<HeaderValue> {
    let (user_info, _) = authority.as_str().rsplit_once('@')?;
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pair = format!("{}:{}", decoded(user), decoded(password));
    HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()
}
