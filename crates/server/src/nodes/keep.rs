use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use redis::aio::PubSub;
use tokio_util::task::AbortOnDropHandle;

use super::line::{self, RedisError};
use super::speak::speak;
use super::word::{Said, Word};
use super::{Shared, doubt, hear};
use crate::app::App;

/// How soon, and how late, it is tried again to connect.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(1);
/// How often a node calls itself, to find out whether it is heard.
const CALL_EVERY: Duration = Duration::from_millis(500);
/// A node that has not heard its own call for so long hears nobody.
const DEAF_AFTER: Duration = Duration::from_millis(1_500);

/// Connects to Redis and listens to the other nodes, again and again, for as long as it is polled. Ends at once
/// where there is no Redis.
pub(crate) async fn keep(app: Arc<App>) {
    let Some(shared) = app.nodes.0.clone() else {
        return;
    };
    let _speaking = AbortOnDropHandle::new(tokio::spawn(speak(app.nodes.clone())));
    let _heeding = AbortOnDropHandle::new(tokio::spawn(doubt::heed(Arc::clone(&app))));
    let (mut pause, mut said) = (SOONEST, false);
    loop {
        match connected(&app, &shared).await {
            Ok(heard) => {
                (pause, said) = (SOONEST, false);
                tracing::info!("Connected to {}", shared.address);
                shared.tried.send_replace(true);
                listen(&app, &shared, heard).await;
                shared.hears.store(false, Ordering::Release);
                shared.line.put(None);
                tracing::warn!("{} is gone; this node goes on by itself", shared.address);
            }
            Err(error) => {
                if !said {
                    tracing::warn!(%error, "{} cannot be reached; this node goes on by itself", shared.address);
                }
                said = true;
                shared.tried.send_replace(true);
            }
        }
        shared.clock.sleep(pause).await;
        doubt::announce(&app, &shared).await;
        pause = (pause * 2).min(LATEST);
    }
}

/// Both connections. From here on this node hears the others; what it remembers from before is forgotten, and what
/// others remember from before they heard this one.
async fn connected(app: &Arc<App>, shared: &Shared) -> Result<PubSub, RedisError> {
    let connection = line::connect(&shared.address).await?;
    let channels = [shared.address.channel("words"), own_channel(shared)];
    let heard = line::listen(&shared.address, &*shared.clock, &channels).await?;
    shared.line.put(Some(connection));
    shared.outbox.take_debt();
    hear::forget(app);
    shared.hears.store(true, Ordering::Release);
    app.nodes.say(|| Word::Missed);
    Ok(heard)
}

/// Hears words until the connection is lost, or has been silent for too long.
async fn listen(app: &Arc<App>, shared: &Shared, heard: PubSub) {
    let mut words = heard.into_on_message();
    let own = own_channel(shared);
    let mut heard_at = shared.clock.monotonic();
    let mut call = std::pin::pin!(call(app, shared, &own));
    loop {
        let silent = shared.clock.monotonic().saturating_sub(heard_at);
        tokio::select! {
            // What has arrived is looked at before it is decided that nothing has.
            biased;
            word = words.next() => {
                let Some(word) = word else { return };
                if word.get_channel_name() == own {
                    heard_at = shared.clock.monotonic();
                    shared.line.works();
                } else if let Ok(Said { by, word }) = serde_json::from_slice::<Said<Word>>(word.get_payload_bytes())
                    && by != shared.own
                {
                    app.metrics.redis_word_heard();
                    hear::hear(app, word).await;
                }
            }
            () = &mut call => return,
            () = shared.clock.sleep(DEAF_AFTER.saturating_sub(silent)) => return,
        }
    }
}

/// Calls this node itself and counts those who listen, again and again, and tells the others when there was something
/// that could not be told.
async fn call(app: &App, shared: &Shared, own: &str) {
    let words = shared.address.channel("words");
    loop {
        let mut both = redis::pipe();
        both.publish(own, "").ignore();
        both.cmd("PUBSUB").arg("NUMSUB").arg(&words);
        let listening: Option<((String, u32),)> = shared
            .line
            .insist(async |connection| both.query_async(connection).await)
            .await;
        if let Some(((_, nodes),)) = listening.filter(|((_, nodes),)| *nodes > 0) {
            shared.nodes.store(nodes, Ordering::Relaxed);
        }
        shared.clock.sleep(CALL_EVERY).await;
        if shared.outbox.take_debt() {
            app.nodes.say(|| Word::Missed);
        }
    }
}

fn own_channel(shared: &Shared) -> String {
    shared.address.channel(&format!("node:{:016x}", shared.own))
}
