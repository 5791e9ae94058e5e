//! Letters on their way: in the order they leave to each hook, to many hooks at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::Method;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::letter::{Letter, uuid};
use super::request::{self, Answered};
use super::template;
use crate::control::{Action, Deliveries};
use crate::instance::{Instance, VERSION};
use crate::state::{AlertStatus, Hook, HookLog, HookOwner, Secret};
use crate::time_text::Moment;

/// How long a letter that was to come after the next one waits for that at most.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Takes letters, and counts what becomes of them.
#[derive(Debug)]
pub(crate) struct Courier {
    outbox: UnboundedSender<Letter>,
    /// Taken by the task that empties it.
    inbox: Mutex<Option<UnboundedReceiver<Letter>>>,
    sent: AtomicU64,
    failed: AtomicU64,
}

impl Default for Courier {
    fn default() -> Self {
        let (outbox, inbox) = unbounded_channel();
        Self {
            outbox,
            inbox: Mutex::new(Some(inbox)),
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }
}

impl Courier {
    /// Takes a letter along. Never waits.
    pub(crate) fn take(&self, letter: Letter) {
        // Nobody listens any more when the simulator stops.
        let _ = self.outbox.send(letter);
    }

    /// Deliveries since the start or the last reset.
    pub(crate) fn counts(&self) -> Deliveries {
        Deliveries {
            delivered: self.sent.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn reset(&self) {
        self.sent.store(0, Ordering::Relaxed);
        self.failed.store(0, Ordering::Relaxed);
    }
}

/// Sends letters until the simulator stops.
pub(crate) async fn run(instance: Arc<Instance>) {
    let inbox = instance
        .courier
        .inbox
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some(mut inbox) = inbox else { return };
    let mut routes: HashMap<u64, UnboundedSender<(Letter, Duration)>> = HashMap::new();
    let mut late: Option<Letter> = None;
    loop {
        let next = tokio::select! {
            () = instance.stopping.cancelled() => return,
            next = inbox.recv() => next,
            // A block, because what is looked at is begun even when the condition does not hold.
            () = async { instance.clock.sleep(LONGEST_WAIT).await }, if late.is_some() => None,
        };
        let mut leaving = Vec::new();
        if let Some(letter) = next {
            let path = format!("/{}", letter.event);
            match instance.faults.strike(&delivery(), &path) {
                Some(Action::Drop) => {}
                Some(Action::Duplicate) => {
                    leaving.push((letter.clone(), Duration::ZERO));
                    leaving.push((letter, Duration::ZERO));
                }
                Some(Action::Reorder) if late.is_none() => {
                    late = Some(letter);
                    continue;
                }
                Some(Action::Delay(delay)) => leaving.push((letter, delay)),
                _ => leaving.push((letter, Duration::ZERO)),
            }
        }
        leaving.extend(late.take().map(|letter| (letter, Duration::ZERO)));
        for (letter, delay) in leaving {
            let route = routes
                .entry(letter.hook)
                .or_insert_with(|| begin_route(&instance));
            let _ = route.send((letter, delay));
        }
    }
}

/// The method under which faults are given for deliveries; their path is `/` and the event.
pub(crate) fn delivery() -> Method {
    Method::from_bytes(b"DELIVER").unwrap_or_default()
}

/// One hook after the other would let a slow one hold up all.
fn begin_route(instance: &Arc<Instance>) -> UnboundedSender<(Letter, Duration)> {
    let (sender, mut letters) = unbounded_channel::<(Letter, Duration)>();
    let instance = Arc::clone(instance);
    tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                () = instance.stopping.cancelled() => return,
                next = letters.recv() => next,
            };
            let Some((letter, delay)) = next else { return };
            if !delay.is_zero() {
                instance.clock.sleep(delay).await;
            }
            deliver(&instance, &letter).await;
        }
    });
    sender
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered(u16, String),
    /// Why there was no answer.
    Failed(String),
    /// The hook is gone, or takes nothing at the moment.
    NotSent,
}

impl Outcome {
    /// Anything but 2xx is a failure.
    pub(crate) fn is_delivered(&self) -> bool {
        matches!(self, Self::Answered(200..=299, _))
    }
}

/// Delivers one letter now, and remembers how that went.
pub(crate) async fn deliver(instance: &Instance, letter: &Letter) -> Outcome {
    let began = instance.now();
    let hook = {
        let state = instance.state();
        let hook = state.belongings.hooks.get(letter.owner, letter.hook);
        hook.filter(|hook| letter.forced || is_executable(letter.owner, hook, began))
            .map(Arc::clone)
    };
    let Some(hook) = hook else { return Outcome::NotSent };
    let url = template::address(&hook.url.0, &hook.url_variables);
    let headers = headers(instance, &hook, letter, began);
    let body = match &hook.template {
        Some(template) => template::render(template, &letter.body),
        None => Some(letter.body.clone()),
    };
    let answered = match &body {
        Some(body) => request::post(&*instance.clock, &url, &headers, body.clone()).await,
        None => Err("Error while parsing rendered custom webhook template".to_owned()),
    };
    let ended = instance.now();
    let outcome = match &answered {
        Ok(answered) => Outcome::Answered(answered.status, answered.body.clone()),
        Err(error) => Outcome::Failed(error.clone()),
    };
    let counter = if outcome.is_delivered() {
        &instance.courier.sent
    } else {
        &instance.courier.failed
    };
    counter.fetch_add(1, Ordering::Relaxed);
    let (status, response_headers, response_body) = match answered {
        Ok(Answered {
            status,
            headers,
            body,
        }) => (Some(status), headers, body),
        Err(_) => (None, Vec::new(), String::new()),
    };
    let log = HookLog {
        id: 0,
        hook: hook.id,
        at: began,
        trigger: letter.trigger(),
        event: letter.event.clone(),
        url: hook.url.clone(),
        request_headers: shown(headers, &hook),
        request_data: body.unwrap_or_else(|| "{}".to_owned()),
        response_headers,
        response_body,
        millis: ended.0.saturating_sub(began.0).unsigned_abs(),
        status,
    };
    remember(instance, letter.owner, log, outcome.is_delivered(), ended);
    outcome
}

/// System hooks are never disabled.
fn is_executable(owner: HookOwner, hook: &Hook, now: Moment) -> bool {
    owner == HookOwner::System || hook.alert_status(now) == AlertStatus::Executable
}

fn remember(instance: &Instance, owner: HookOwner, log: HookLog, delivered: bool, now: Moment) {
    let mut state = instance.change();
    let belongings = &mut state.belongings;
    // It may have been removed meanwhile.
    let Some(hook) = belongings.hooks.get(owner, log.hook) else {
        return;
    };
    if owner != HookOwner::System {
        let hook = Hook::clone(hook).after(delivered, now);
        belongings.hooks.put(owner, hook.id, Arc::new(hook));
    }
    belongings.remember(owner, log);
}

/// The headers of a delivery (GitLab API facts §9.1).
fn headers(instance: &Instance, hook: &Hook, letter: &Letter, now: Moment) -> Vec<(String, String)> {
    let own = hook.custom_headers.iter();
    let mut headers: Vec<(String, String)> = own
        .map(|header| (header.key.clone(), header.value.0.clone()))
        .collect();
    let mut put = |name: &str, value: String| headers.push((name.to_owned(), value));
    put("Content-Type", "application/json".to_owned());
    put("User-Agent", format!("GitLab/{VERSION}-ee"));
    put("Idempotency-Key", letter.key.clone());
    put("webhook-id", letter.key.clone());
    put("webhook-timestamp", now.0.div_euclid(1_000).to_string());
    put("X-Gitlab-Event", letter.kind.clone());
    put("X-Gitlab-Webhook-UUID", uuid(hook.id, 3));
    put("X-Gitlab-Instance", instance.site.url.clone());
    if let Some(Secret(token)) = &hook.token {
        put("X-Gitlab-Token", token.clone());
    }
    put("X-Gitlab-Event-UUID", letter.event_uuid.clone());
    headers
}

/// Headers as the log shows them: without what is secret.
fn shown(headers: Vec<(String, String)>, hook: &Hook) -> Vec<(String, String)> {
    headers
        .into_iter()
        .map(|(name, value)| {
            let secret = name == "X-Gitlab-Token" || hook.custom_headers.iter().any(|own| own.key == name);
            let value = if secret { "[REDACTED]".to_owned() } else { value };
            (name, value)
        })
        .collect()
}
