use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use domain::Clock;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Who connected; lies in the extensions of every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// A client that does not send its (next) request's head within this time only keeps a connection busy.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// After a failure to accept (no more file descriptors, mostly).
const PAUSE: Duration = Duration::from_millis(100);

/// When connections come to their end.
#[derive(Clone, Debug)]
pub(crate) struct Stopping {
    /// From now on there is nothing new: connections end after the request they are at, and those that
    /// still come are for one request, which only the health checks answer.
    pub(crate) asked: CancellationToken,
    /// From now on nothing is accepted.
    pub(crate) over: CancellationToken,
    /// Knows when the connections from before are all gone.
    pub(crate) connections: TaskTracker,
}

/// Accepts connections until stopping is over.
pub(crate) async fn listen(listener: TcpListener, router: Router, clock: Arc<dyn Clock>, stopping: Stopping) {
    while let Some(accepted) = stopping.over.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let connection = serve(stream, Peer(peer.ip()), router.clone(), stopping.asked.clone());
                if stopping.asked.is_cancelled() {
                    tokio::spawn(connection);
                } else {
                    stopping.connections.spawn(connection);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted");
                clock.sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: Peer, router: Router, stop: CancellationToken) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(Body::new))
    });
    let only_one = stop.is_cancelled();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .keep_alive(!only_one)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled(), if !only_one => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "A connection broke");
    }
}
