use std::collections::HashMap;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use domain::{Alarm, Clock};
use http::{Request, Response, Uri};
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use tower::ServiceExt;
use tower::timeout::Timeout;

use super::line::Line;
use super::upload::Upload;
use crate::attempt::host_refused;
use crate::client::IDLE_TIMEOUT;
use crate::egress::resolver::GuardedResolver;
use crate::error::{Cause, GitlabError};

type Connector = Timeout<HttpsConnector<HttpConnector<GuardedResolver>>>;

/// How often connections that nobody needs are looked for. Those that are too old are not used however long they stay,
/// and GitLab closes them itself at about that time.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How connections to GitLab come about.
pub(crate) struct Way {
    connector: Connector,
    most: usize,
}

impl Way {
    /// By this resolver's addresses, within this time for name, connection and TLS together; `most` of them are kept for
    /// each instance while they are free.
    pub(crate) fn new(resolver: GuardedResolver, tls: ClientConfig, within: Duration, most: usize) -> Self {
        let mut connector = HttpConnector::new_with_resolver(resolver);
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Self {
            connector: Timeout::new(connector, within),
            most,
        }
    }
}

/// Connections to GitLab that are open and free, by the root of the API they lead to.
pub(crate) struct Pool<B: Body + Unpin + 'static> {
    connector: Connector,
    /// Free ones at most, of each root.
    most: usize,
    clock: Arc<dyn Clock>,
    free: Mutex<Free<B>>,
    itself: Weak<Self>,
}

struct Free<B: Body + Unpin + 'static> {
    lines: HashMap<Arc<str>, Vec<(Duration, Box<Line<B>>)>>,
    /// A task looks after them.
    is_swept: bool,
}

impl<B> Pool<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Cause>,
{
    pub(crate) fn new(way: Way, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            connector: way.connector,
            most: way.most,
            clock,
            free: Mutex::new(Free {
                lines: HashMap::new(),
                is_swept: false,
            }),
            itself: Weak::clone(itself),
        })
    }

    /// Takes the connection that was used last.
    pub(crate) fn take(&self, root: &str) -> Option<Box<Line<B>>> {
        let (since, line) = self.lock().lines.get_mut(root)?.pop()?;
        // The others have been free for longer.
        (self.clock.monotonic().saturating_sub(since) < IDLE_TIMEOUT).then_some(line)
    }

    /// Sends a request once, over `first` if that is still open, or another free connection, or a new one.
    pub(crate) async fn send(
        &self,
        first: Option<Box<Line<B>>>,
        root: &Arc<str>,
        mut request: Request<Upload<B>>,
    ) -> Result<(Response<Incoming>, Box<Line<B>>), GitlabError> {
        let mut free = first;
        while let Some(mut line) = free {
            match line.send(request).await {
                Ok(answer) => return Ok((answer, line)),
                Err(mut failed) => match failed.take_message() {
                    // GitLab has closed it meanwhile: nothing of the request was sent.
                    Some(unsent) => request = unsent,
                    None => return Err(GitlabError::Broken(failed.into_error().into())),
                },
            }
            free = self.take(root);
        }
        // Seldom, and larger than all the rest of a request.
        let mut line = Box::pin(self.connect(root)).await?;
        match line.send(request).await {
            Ok(answer) => Ok((answer, line)),
            Err(failed) => Err(GitlabError::Broken(failed.into_error().into())),
        }
    }

    async fn connect(&self, root: &Arc<str>) -> Result<Box<Line<B>>, GitlabError> {
        let address: Uri = root
            .parse()
            .map_err(|error: http::uri::InvalidUri| GitlabError::Unreachable(error.into()))?;
        let connected = self.connector.clone().oneshot(address).await;
        let stream = connected.map_err(|error| match host_refused(&*error) {
            Some(refused) => GitlabError::HostRefused(refused),
            None => GitlabError::Unreachable(error),
        })?;
        let shaken = http1::handshake(stream).await;
        let both = shaken.map_err(|error| GitlabError::Unreachable(error.into()))?;
        Ok(Box::new(Line::new(
            both,
            Alarm::new(Arc::clone(&self.clock)),
            Weak::clone(&self.itself),
            Arc::clone(root),
        )))
    }

    /// Keeps a connection for the next request.
    pub(crate) fn keep(&self, root: Arc<str>, line: Box<Line<B>>) {
        let now = self.clock.monotonic();
        let mut free = self.lock();
        let lines = free.lines.entry(root).or_default();
        if lines.len() < self.most {
            lines.push((now, line));
            if !mem::replace(&mut free.is_swept, true) {
                tokio::spawn(sweep(Weak::clone(&self.itself), Arc::clone(&self.clock)));
            }
        }
    }

    /// Closes what has been free for too long, or was closed by GitLab. False when there is nothing left.
    fn close_old(&self, context: &mut Context<'_>) -> bool {
        let now = self.clock.monotonic();
        let mut free = self.lock();
        free.lines.retain(|_, lines| {
            lines.retain_mut(|(since, line)| {
                now.saturating_sub(*since) < IDLE_TIMEOUT && line.is_free(context)
            });
            !lines.is_empty()
        });
        free.is_swept = !free.lines.is_empty();
        free.is_swept
    }

    fn lock(&self) -> MutexGuard<'_, Free<B>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes on until no connection is free, or nobody has the pool any more.
async fn sweep<B>(pool: Weak<Pool<B>>, clock: Arc<dyn Clock>)
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Cause>,
{
    loop {
        clock.sleep(SWEEP_EVERY).await;
        let Some(pool) = pool.upgrade() else { return };
        if !poll_fn(|context| Poll::Ready(pool.close_old(context))).await {
            return;
        }
    }
}
