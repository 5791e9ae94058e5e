use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use domain::Alarm;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::coop::unconstrained;

use super::pool::Pool;
use super::upload::{Progress, Upload};
use crate::error::Cause;

pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// A connection to GitLab, for one request at a time.
///
/// It has no task of its own: whoever waits for an answer drives it. So a request wakes nobody but the task it belongs
/// to, and whoever drops it closes what is half done.
pub(crate) struct Line<B: Body + Unpin + 'static> {
    requests: SendRequest<Upload<B>>,
    /// `None` once it is over.
    driver: Option<Connection<Stream, Upload<B>>>,
    pub(crate) alarm: Alarm,
    pool: Weak<Pool<B>>,
    /// What it is kept by.
    root: Arc<str>,
}

impl<B> Line<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Cause>,
{
    pub(crate) fn new(
        (requests, driver): (SendRequest<Upload<B>>, Connection<Stream, Upload<B>>),
        alarm: Alarm,
        pool: Weak<Pool<B>>,
        root: Arc<str>,
    ) -> Self {
        Self {
            requests,
            driver: Some(driver),
            alarm,
            pool,
            root,
        }
    }

    /// The head of the answer. An error gives the request back where nothing of it was sent: GitLab had closed the
    /// connection meanwhile.
    pub(crate) async fn send(
        &mut self,
        request: Request<Upload<B>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Upload<B>>>> {
        // The answer comes from nobody but the driver, which is polled just before it. Were it to wake this task as well,
        // all would be polled once more; and it must not be made to wait for its turn, since nobody would hear of that.
        let mut answer = pin!(unconstrained(self.requests.try_send_request(request)));
        poll_fn(|context| {
            self.drive(context);
            answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        })
        .await
    }

    fn back_to_pool(self: Box<Self>) {
        if let Some(pool) = self.pool.upgrade().filter(|_| self.requests.is_ready()) {
            pool.keep(Arc::clone(&self.root), self);
        }
    }

    /// Still open, and between two requests.
    pub(crate) fn is_free(&mut self, context: &mut Context<'_>) -> bool {
        self.drive(context);
        self.driver.is_some() && self.requests.is_ready()
    }
}

/// What an answer's body needs of the connection it comes over.
pub(crate) trait Carries: Send {
    /// Reads and writes as much as can be at this moment; wakes the context's task when there is more to do.
    fn drive(&mut self, context: &mut Context<'_>);

    /// Ready at this moment of the monotonic clock.
    fn poll_at(&mut self, deadline: Duration, context: &mut Context<'_>) -> Poll<()>;

    /// The answer has been read: the connection is there for others, once GitLab has the rest of the request as well.
    /// That one has the time that `sent` leaves it, where nothing may be silent for longer than `patience`.
    fn done(self: Box<Self>, sent: &Progress, patience: Duration);
}

impl<B> Carries for Line<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Cause>,
{
    fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(context).is_ready()
        {
            // Dropped, it gives a request back that it has not begun with.
            self.driver = None;
        }
    }

    fn poll_at(&mut self, deadline: Duration, context: &mut Context<'_>) -> Poll<()> {
        self.alarm.poll_at(deadline, context)
    }

    fn done(mut self: Box<Self>, sent: &Progress, patience: Duration) {
        if self.requests.is_ready() {
            self.back_to_pool();
        } else if self.driver.is_some() {
            // GitLab has answered before it had all of the request: it is given the rest. Or it wants to close.
            let sent = sent.clone();
            tokio::spawn(async move {
                let is_free = poll_fn(|context| {
                    if self.is_free(context) {
                        return Poll::Ready(true);
                    }
                    if self.driver.is_some() {
                        ready!(self.alarm.poll_at(sent.ends(patience), context));
                    }
                    Poll::Ready(false)
                });
                if is_free.await {
                    self.back_to_pool();
                }
            });
        }
    }
}

impl<B: Body + Unpin> fmt::Debug for Line<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
