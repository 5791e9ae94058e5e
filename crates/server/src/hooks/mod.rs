//! What GitLab tells by itself: group, project, member and system hooks.
//!
//! | file | owns |
//! |---|---|
//! | `secret` | whether a message comes from a GitLab that was given our secret |
//! | `origin` | which GitLab it comes from |
//! | `delivery` | which message it is, so that one that comes twice is told once |
//! | `message` | what it says has changed |

mod delivery;
mod message;
mod origin;
mod secret;

use std::sync::Arc;
use std::time::Duration;

use domain::InstanceUrl;
use http::HeaderMap;
use moka::future::Cache;
use tokio::sync::mpsc;

pub(crate) use self::message::Message;
pub(crate) use self::origin::instance_of;
pub(crate) use self::secret::is_known;

use self::delivery::Delivery;
use crate::app::App;
use crate::changes::Change;
use crate::proxy::Done;

/// GitLab offers a message again within minutes; people do so from the list of recent ones, which holds days.
const REMEMBERED: Duration = Duration::from_hours(24);
/// All nodes together remember a message for so long: longer than GitLab takes to offer it again, and short enough for the
/// memory of Redis.
const OFFERED_AGAIN: Duration = Duration::from_mins(10);
/// So many messages are remembered.
const MOST: u64 = 100_000;
/// So many changes wait to be told. When more do, the last ones are not: whoever missed one reads the truth.
const QUEUE: usize = 10_000;

/// Messages that have come, and what of them is still to be told.
#[derive(Debug)]
pub(crate) struct Hooks {
    seen: Cache<Delivery, ()>,
    telling: mpsc::Sender<Told>,
    to_tell: std::sync::Mutex<Option<mpsc::Receiver<Told>>>,
}

/// A change that followers are to hear of.
#[derive(Debug)]
struct Told {
    instance: InstanceUrl,
    change: Change,
    /// The full path that a group had before.
    moved_from: Option<String>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was heeded.
    Taken,
    /// It came before, and was told then.
    Repeated,
    /// It is about nothing that is followed here.
    Ignored,
}

impl Hooks {
    pub(crate) fn new() -> Self {
        let (telling, to_tell) = mpsc::channel(QUEUE);
        Self {
            seen: Cache::builder()
                .max_capacity(MOST)
                .time_to_live(REMEMBERED)
                .build(),
            telling,
            to_tell: Some(to_tell).into(),
        }
    }

    /// Makes untrue at once what the message says has changed; those who follow it are told afterwards, in the
    /// order in which messages came.
    pub(crate) async fn take(
        &self,
        app: &App,
        instance: InstanceUrl,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Outcome {
        let Some(heard) = Message::read(body).and_then(Message::heard) else {
            return Outcome::Ignored;
        };
        // Also when it comes again: it may have been about something that was asked for in between.
        app.changes.drop_stale(&instance, &heard.stale, Done::Now);
        let delivery = Delivery::of(&instance, headers, body);
        let is_first_here = self.seen.entry(delivery).or_insert(()).await.is_fresh();
        if !is_first_here || app.nodes.claim("hook", || delivery.name(), OFFERED_AGAIN).await == Some(false) {
            return Outcome::Repeated;
        }
        if let Some(change) = heard.change {
            let told = Told {
                instance,
                change,
                moved_from: heard.moved_from,
            };
            if self.telling.try_send(told).is_err() {
                tracing::warn!("GitLab's hooks bring more than can be told; some events are left out");
            }
        }
        Outcome::Taken
    }
}

/// Tells what hooks have brought, until the server stops.
pub(crate) async fn tell(app: Arc<App>) {
    let to_tell = {
        let mut slot = app
            .hooks
            .to_tell
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        slot.take()
    };
    let Some(mut to_tell) = to_tell else { return };
    while let Some(told) = to_tell.recv().await {
        if let Some(old) = &told.moved_from {
            app.live.moved(&told.instance, &told.change.object, old);
        }
        app.changes.tell(&told.instance, None, &told.change).await;
    }
}

/// What a body says, in words.
#[cfg(feature = "fuzzing")]
pub(crate) fn read(body: &[u8]) -> Option<String> {
    let heard = Message::read(body)?.heard()?;
    Some(format!("{heard:?}"))
}
