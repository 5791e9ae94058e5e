//! Connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::pipeline;
use crate::instance::Instance;

/// How long open requests may take to end when the simulator stops.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until the instance stops; then lets open requests end for a moment.
pub(crate) async fn run(listener: TcpListener, instance: Arc<Instance>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = instance.stopping.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, Arc::clone(&instance)));
                }
                // Out of file handles, or the client was gone already: the next one may do.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    instance.clock.sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all_ended).await.is_err() {
        connections.shutdown().await;
    }
    instance.drained.cancel();
}

async fn connection(stream: TcpStream, peer: SocketAddr, instance: Arc<Instance>) {
    // Answers are written in one piece; waiting for more would only cost time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| pipeline::serve(Arc::clone(&instance), peer.ip(), request));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).pipeline_flush(true);
    let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = instance.stopping.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
