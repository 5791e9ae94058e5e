//! A GitLab that is the simulator, but for some addresses, where it does what a test says.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures::Stream;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What this address begins with is not the simulator's.
const OURS: &str = "/api/v4/front/";

pub(crate) struct Front {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it arrived at one of the addresses that are not the simulator's.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query, byte for byte.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
}

type Answer = BoxFuture<'static, Response<Body>>;

impl Front {
    /// `react` answers what is below `/api/v4/front/`; everything else goes to the simulator.
    pub(crate) async fn of(
        simulator: &str,
        react: impl Fn(Request<Incoming>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::watched(simulator, react, |_| {}).await
    }

    /// The same; `watch` is told the path of every request that goes to the simulator.
    pub(crate) async fn watched(
        simulator: &str,
        react: impl Fn(Request<Incoming>) -> Answer + Send + Sync + 'static,
        watch: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self::between(simulator, react, watch, |_, _| {}).await
    }

    /// Everything goes to the simulator; `hear` is told the path of every request and the answer's body.
    pub(crate) async fn heard(simulator: &str, hear: impl Fn(&str, &[u8]) + Send + Sync + 'static) -> Self {
        Self::between(
            simulator,
            |_| unreachable!("nothing is asked there"),
            |_| {},
            hear,
        )
        .await
    }

    async fn between(
        simulator: &str,
        react: impl Fn(Request<Incoming>) -> Answer + Send + Sync + 'static,
        watch: impl Fn(&str) + Send + Sync + 'static,
        hear: impl Fn(&str, &[u8]) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let relay = Arc::new(Relay {
            simulator: simulator.to_owned(),
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            seen: Arc::clone(&seen),
            react,
            watch: Box::new(watch),
            hear: Box::new(hear),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let relay = Arc::clone(&relay);
                tokio::spawn(async move {
                    let answer = service_fn(|request| {
                        let relay = Arc::clone(&relay);
                        async move { Ok::<_, Infallible>(relay.answer(request).await) }
                    });
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _ = connection.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { url, seen }
    }

    /// The requests to its own addresses.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

struct Relay<F> {
    simulator: String,
    http: reqwest::Client,
    seen: Arc<Mutex<Vec<Seen>>>,
    react: F,
    watch: Box<dyn Fn(&str) + Send + Sync>,
    hear: Box<dyn Fn(&str, &[u8]) + Send + Sync>,
}

impl<F: Fn(Request<Incoming>) -> Answer> Relay<F> {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        if request.uri().path().starts_with(OURS) {
            self.seen.lock().unwrap().push(Seen {
                method: request.method().clone(),
                target: request.uri().to_string(),
                headers: request.headers().clone(),
            });
            return (self.react)(request).await;
        }
        (self.watch)(request.uri().path());
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = self
            .http
            .request(head.method, format!("{}{}", self.simulator, head.uri))
            .headers(head.headers)
            .body(body)
            .send()
            .await
            .unwrap();
        let mut relayed = Response::new(Body::empty());
        *relayed.status_mut() = answer.status();
        *relayed.headers_mut() = answer.headers().clone();
        relayed.headers_mut().remove("transfer-encoding");
        let body = answer.bytes().await.unwrap();
        (self.hear)(head.uri.path(), &body);
        *relayed.body_mut() = Body::from(body);
        relayed
    }
}

/// Counts who is inside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inside(Arc<AtomicUsize>);

pub(crate) struct Visit(Inside);

impl Inside {
    pub(crate) fn enter(&self) -> Visit {
        self.0.fetch_add(1, Ordering::SeqCst);
        Visit(self.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Bytes without end, counted as they are taken.
pub(crate) struct Endless {
    pub(crate) taken: Arc<AtomicUsize>,
    /// Of whoever takes them, until they leave.
    pub(crate) _visit: Option<Visit>,
}

impl Stream for Endless {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        const PART: &[u8] = &[b'x'; 64 << 10];
        self.taken.fetch_add(PART.len(), Ordering::SeqCst);
        Poll::Ready(Some(Ok(Bytes::from_static(PART))))
    }
}
