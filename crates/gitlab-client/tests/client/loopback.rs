//! A GitLab that does exactly what a test tells it to, down to the bytes, on a port of its own.

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use domain::InstanceUrl;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query, byte for byte.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What the server does about a request.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// Writes these bytes and keeps the connection.
    Write(Vec<u8>),
    /// Writes these bytes and closes.
    WriteAndClose(Vec<u8>),
    /// Writes these bytes and then nothing more, for ever.
    WriteAndHang(Vec<u8>),
}

/// A whole answer.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> Reaction {
    Reaction::Write(bytes(status, headers, body, body.len()))
}

/// A JSON answer of 200.
pub(crate) fn json(body: &str) -> Reaction {
    answer("200 OK", &[("Content-Type", "application/json")], body)
}

/// An answer that promises more than it keeps.
pub(crate) fn truncated(status: &str, body: &str) -> Reaction {
    Reaction::WriteAndClose(bytes(
        status,
        &[("Content-Type", "application/json")],
        body,
        body.len() + 10,
    ))
}

/// Takes the request and closes without a word.
pub(crate) fn drop_after_reading() -> Reaction {
    Reaction::WriteAndClose(Vec::new())
}

/// Takes the request and never answers.
pub(crate) fn hang() -> Reaction {
    Reaction::WriteAndHang(Vec::new())
}

/// Sends a head and half a body, then nothing.
pub(crate) fn hang_in_the_body() -> Reaction {
    Reaction::WriteAndHang(bytes("201 Created", &[], "{\"id\":", 100))
}

fn bytes(status: &str, headers: &[(&str, &str)], body: &str, length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// When a request is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    AtTheHead,
    Whole,
}

pub(crate) struct Loopback {
    pub(crate) port: u16,
    pub(crate) connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Loopback {
    /// Serves; `react` is given each request and how many came before it.
    pub(crate) async fn serve(react: impl Fn(&Seen, usize) -> Reaction + Send + Sync + 'static) -> Self {
        Self::listen(When::Whole, react).await
    }

    async fn listen(when: When, react: impl Fn(&Seen, usize) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (counted, recorded, react) = (Arc::clone(&connections), Arc::clone(&seen), Arc::new(react));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(stream, when, Arc::clone(&recorded), Arc::clone(&react)));
            }
        });
        Self {
            port,
            connections,
            seen,
        }
    }

    /// Answers every request alike, as soon as it has its head; only then it reads the body.
    pub(crate) async fn answering_early(reaction: Reaction) -> Self {
        Self::listen(When::AtTheHead, move |_, _| reaction.clone()).await
    }

    /// Answers every request alike.
    pub(crate) async fn always(reaction: Reaction) -> Self {
        Self::serve(move |_, _| reaction.clone()).await
    }

    /// Answers the first request with the first reaction and so on; the last one holds from then on.
    pub(crate) async fn in_turn(reactions: Vec<Reaction>) -> Self {
        Self::serve(move |_, before| reactions[before.min(reactions.len() - 1)].clone()).await
    }

    pub(crate) fn instance(&self) -> InstanceUrl {
        format!("http://127.0.0.1:{}", self.port).parse().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// `GET /api/v4/user` and so on, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<String> {
        let line = |seen: Seen| format!("{} {}", seen.method, seen.target);
        self.seen().into_iter().map(line).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Returns once so many requests have arrived.
    pub(crate) async fn has_seen(&self, count: usize) {
        while self.seen.lock().unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    }
}

async fn converse(
    mut stream: TcpStream,
    when: When,
    seen: Arc<Mutex<Vec<Seen>>>,
    react: Arc<impl Fn(&Seen, usize) -> Reaction>,
) {
    let mut buffer = Vec::new();
    while let Some((mut request, length)) = read_head(&mut stream, &mut buffer).await {
        if when == When::Whole {
            let Some(body) = read_body(&mut stream, &mut buffer, length).await else {
                return;
            };
            request.body = body;
        }
        let reaction = {
            let mut seen = seen.lock().unwrap();
            let reaction = react(&request, seen.len());
            seen.push(request);
            reaction
        };
        let (Reaction::Write(bytes) | Reaction::WriteAndClose(bytes) | Reaction::WriteAndHang(bytes)) =
            &reaction;
        if stream.write_all(bytes).await.is_err() {
            return;
        }
        match reaction {
            Reaction::Write(_) => {}
            Reaction::WriteAndClose(_) => return,
            Reaction::WriteAndHang(_) => std::future::pending::<()>().await,
        }
        if when == When::AtTheHead {
            let Some(body) = read_body(&mut stream, &mut buffer, length).await else {
                return;
            };
            if let Some(answered) = seen.lock().unwrap().last_mut() {
                answered.body = body;
            }
        }
    }
}

/// A request without its body, and how long that is.
async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(Seen, usize)> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer.drain(..head_end).collect()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().unwrap());
    let seen = Seen {
        method,
        target,
        headers,
        body: String::new(),
    };
    Some((seen, length))
}

async fn read_body(stream: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> Option<String> {
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    String::from_utf8(buffer.drain(..length).collect()).ok()
}
