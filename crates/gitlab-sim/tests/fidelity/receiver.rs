//! Someone who takes what hooks deliver.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{HeaderMap, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long a delivery may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens on a port of its own.
pub(crate) struct Receiver {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    deliveries: UnboundedReceiver<Delivery>,
}

/// What was delivered.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Delivery {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// `project_create`
    pub(crate) fn event(&self) -> &str {
        self.body["event_name"].as_str().unwrap()
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let status = Arc::new(AtomicU16::new(200));
        let (sender, deliveries) = unbounded_channel();
        let answer = Arc::clone(&status);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, answer) = (sender.clone(), Arc::clone(&answer));
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (sender, status) = (sender.clone(), answer.load(Ordering::SeqCst));
                    async move {
                        let (head, body) = request.into_parts();
                        let bytes = body.collect().await?.to_bytes();
                        let text = String::from_utf8(bytes.to_vec()).unwrap();
                        let _ = sender.send(Delivery {
                            path: head.uri.to_string(),
                            headers: head.headers,
                            body: serde_json::from_str(&text).unwrap_or(Value::Null),
                            text,
                        });
                        if status == 0 {
                            std::future::pending::<()>().await;
                        }
                        let mut response = Response::new(Full::new(Bytes::from_static(b"noted")));
                        *response.status_mut() = status.try_into().unwrap();
                        if response.status().is_redirection() {
                            response
                                .headers_mut()
                                .insert(LOCATION, "/elsewhere".parse().unwrap());
                        }
                        Ok::<_, hyper::Error>(response)
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            address,
            status,
            deliveries,
        }
    }

    /// `http://127.0.0.1:PORT/path`
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers with that from now on; 0 is never.
    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The next delivery.
    pub(crate) async fn next(&mut self) -> Delivery {
        let next = tokio::time::timeout(PATIENCE, self.deliveries.recv()).await;
        next.expect("nothing was delivered").unwrap()
    }

    /// The names of the next events.
    pub(crate) async fn events(&mut self, count: usize) -> Vec<String> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            events.push(self.next().await.event().to_owned());
        }
        events
    }
}
