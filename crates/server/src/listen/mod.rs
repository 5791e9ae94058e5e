//! Connections: accepted, served, ended.

mod head_timer;
mod impatient;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use domain::Clock;
use http::uri::PathAndQuery;
use http::{Request, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::head_timer::HeadTimer;
use self::impatient::Impatient;
use crate::chain::Answers;

/// Who connected; lies in the extensions of every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The request came to the gateway's own listener, where GitLab's addresses begin at the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtRoot;

/// Which addresses a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serves {
    /// All there are.
    Everything,
    /// Those below `/gitlab`, without that word.
    Gateway,
}

/// A client that does not send its (next) request's head within this time only keeps a connection busy.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// A client that takes nothing of its answer for so long will not come back for it.
const TAKEN_WITHIN: Duration = Duration::from_mins(2);
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
pub(crate) async fn listen(
    listener: TcpListener,
    serves: Serves,
    answers: Answers,
    clock: Arc<dyn Clock>,
    stopping: Stopping,
) {
    while let Some(accepted) = stopping.over.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let stream = Impatient::new(stream, Arc::clone(&clock), TAKEN_WITHIN);
                let heads = HeadTimer::new(Arc::clone(&clock));
                // A token of its own: each time the connection has something to do it is looked at, under a lock.
                let (answers, stop) = (answers.clone(), stopping.asked.child_token());
                let connection = serve((stream, heads), Peer(peer.ip()), serves, answers, stop);
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

async fn serve(
    (stream, heads): (Impatient<TcpStream>, HeadTimer),
    peer: Peer,
    serves: Serves,
    answers: Answers,
    stop: CancellationToken,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        if serves == Serves::Gateway {
            below_gitlab(&mut request);
        }
        answers.answer(request.map(Body::new))
    });
    let only_one = stop.is_cancelled();
    let connection = http1::Builder::new()
        .timer(heads)
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

/// Gives a request of the gateway's own listener the address that it has on the other one.
fn below_gitlab<B>(request: &mut Request<B>) {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let mut parts = request.uri().clone().into_parts();
    // An absolute form keeps its host, and is refused for it.
    parts.path_and_query = format!("/gitlab{path}").parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request.extensions_mut().insert(AtRoot);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gateway_is_at_the_root_and_paths_stay_as_they_are() {
        for (path, below) in [
            ("/api/v4/groups/a%2Fb?x=%20", "/gitlab/api/v4/groups/a%2Fb?x=%20"),
            ("/", "/gitlab/"),
            ("/../api/jobs", "/gitlab/../api/jobs"),
            ("//api/jobs", "/gitlab//api/jobs"),
            ("http://evil.test/api/v4/x", "http://evil.test/gitlab/api/v4/x"),
        ] {
            let mut request = Request::get(path).body(()).unwrap();
            below_gitlab(&mut request);
            assert_eq!(request.uri().to_string(), below);
        }
    }
}
