//! A client that does as it is told: no retries, no opinion.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use gitlab_sim::{Background, Options, Simulator};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};

use crate::openapi;

/// A running simulator and who talks to it.
pub(crate) struct Lab {
    pub(crate) gitlab: Simulator,
}

impl Lab {
    /// `root`, and `dev-0001` to `dev-0009`; nothing else. Background work is done at once.
    pub(crate) async fn start() -> Self {
        Self::with(Options::empty().users(9).background(Background::IMMEDIATE)).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self {
            gitlab: Simulator::start_with(options).await.unwrap(),
        }
    }

    pub(crate) fn root(&self) -> Actor {
        self.bearer_of(Some(self.gitlab.root_token()))
    }

    /// `dev-000N`
    pub(crate) fn dev(&self, number: u32) -> Actor {
        self.bearer_of(Some(self.gitlab.token_of(&format!("dev-{number:04}"))))
    }

    pub(crate) fn anonymous(&self) -> Actor {
        self.bearer_of(None)
    }

    pub(crate) fn bearer_of(&self, token: Option<String>) -> Actor {
        Actor {
            address: self.gitlab.address(),
            token,
            headers: Vec::new(),
            from: None,
        }
    }

    /// A control call, which needs no token from here.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let actor = self.anonymous();
        actor
            .send(method, &format!("/_sim{path}"), "application/json", body)
            .await
            .unwrap()
    }

    /// A group made by `root`: its id.
    pub(crate) async fn group(&self, parent: Option<u64>, path: &str, visibility: &str) -> u64 {
        let body =
            serde_json::json!({"name": path, "path": path, "parent_id": parent, "visibility": visibility});
        let answer = self.root().post("/groups", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["id"].as_u64().unwrap()
    }

    /// A project made by `root`: its id.
    pub(crate) async fn project(&self, namespace: u64, path: &str, visibility: &str) -> u64 {
        let body = serde_json::json!({"path": path, "namespace_id": namespace, "visibility": visibility});
        let answer = self.root().post("/projects", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["id"].as_u64().unwrap()
    }

    /// Makes `dev-000N` a direct member: of `groups/7`, of `projects/9`.
    pub(crate) async fn member(&self, of: &str, number: u32, level: u64) {
        let body = serde_json::json!({"username": format!("dev-{number:04}"), "access_level": level});
        let answer = self.root().post(&format!("/{of}/members"), body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

/// The id of `dev-000N`: `root` is the first user.
pub(crate) fn id_of(number: u32) -> u64 {
    u64::from(number) + 1
}

/// Someone with a token, or without.
pub(crate) struct Actor {
    address: SocketAddr,
    token: Option<String>,
    headers: Vec<(String, String)>,
    from: Option<IpAddr>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null when the body is no JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
    /// The body as it came.
    pub(crate) bytes: Bytes,
}

impl Answer {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// One key of every row.
    pub(crate) fn column(&self, key: &str) -> Vec<String> {
        let rows = self
            .body
            .as_array()
            .unwrap_or_else(|| panic!("no list: {self:?}"));
        rows.iter()
            .map(|row| {
                row[key]
                    .as_str()
                    .map_or_else(|| row[key].to_string(), str::to_owned)
            })
            .collect()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: Value) {
        assert_eq!((self.status, &self.body), (status, &body));
    }

    /// The address of the next page, below `/api/v4`.
    pub(crate) fn next(&self) -> Option<String> {
        let links = gitlab_api::page::Links::parse(self.header("link")?);
        links
            .next
            .map(|url| url.split_once("/api/v4").unwrap().1.to_owned())
    }
}

/// The connection ended without a whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cut;

impl Actor {
    /// Sends this header, too.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// From another address of this machine.
    pub(crate) fn from(mut self, address: IpAddr) -> Self {
        self.from = Some(address);
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.json(Method::GET, path, Value::Null).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, body).await.unwrap()
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Answer {
        self.json(Method::DELETE, path, body).await.unwrap()
    }

    /// Null is no body.
    pub(crate) async fn json(&self, method: Method, path: &str, body: Value) -> Result<Answer, Cut> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, &format!("/api/v4{path}"), "application/json", body)
            .await
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        self.send(Method::POST, &format!("/api/v4{path}"), kind, body.to_owned())
            .await
            .unwrap()
    }

    /// One request on a connection of its own.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: String,
    ) -> Result<Answer, Cut> {
        let stream = match self.from {
            None => TcpStream::connect(self.address).await.unwrap(),
            Some(from) => {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind(SocketAddr::new(from, 0)).unwrap();
                socket.connect(self.address).await.unwrap()
            }
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(HOST, "gitlab.example.com");
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        if let Some(token) = &self.token {
            request = request.header("PRIVATE-TOKEN", token);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let response = sender.send_request(request).await.map_err(|_| Cut)?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|_| Cut)?.to_bytes();
        drop(sender);
        let _ = connection.await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            text,
            bytes,
        };
        openapi::check(&method, path, &answer);
        Ok(answer)
    }
}
