use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::Clock;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, RedisResult};

use super::RedisAddress;
use crate::metrics::Metrics;

/// How long a connection may take to be there.
const CONNECT_WITHIN: Duration = Duration::from_millis(800);
/// How long Redis may take to answer. Whoever asks goes on without it after that.
const ANSWER_WITHIN: Duration = Duration::from_millis(300);
/// So often at most it is said that Redis refuses or does not answer.
const WARN_EVERY: Duration = Duration::from_secs(30);

/// Redis cannot be used. The address is not part of the text, and no password.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// It refuses, or there is nothing.
    #[error(transparent)]
    Refused(#[from] redis::RedisError),
    /// Nothing came back.
    #[error("no answer within {0:?}")]
    Silent(Duration),
}

/// The connection that questions go over; there, or not.
///
/// One task connects ([`super::keep`]). Everybody else uses the connection when it is there, and never waits for
/// one.
pub(super) struct Line {
    connection: RwLock<Option<MultiplexedConnection>>,
    /// Not since a question went wrong; until the next sign of life.
    works: AtomicBool,
    warned: RwLock<Option<Duration>>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
}

impl Line {
    pub(super) fn new(clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        Self {
            connection: RwLock::default(),
            works: AtomicBool::new(false),
            warned: RwLock::default(),
            clock,
            metrics,
        }
    }

    pub(super) fn put(&self, connection: Option<MultiplexedConnection>) {
        self.works.store(connection.is_some(), Ordering::Release);
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Redis has answered: questions make sense again.
    pub(super) fn works(&self) {
        self.works.store(true, Ordering::Release);
    }

    /// Whether asking makes sense at this moment.
    pub(super) fn is_up(&self) -> bool {
        self.works.load(Ordering::Acquire)
    }

    /// Asks something; `None` when there is no answer, which is counted and said, or nobody to ask.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        if !self.is_up() {
            return None;
        }
        self.insist(question).await
    }

    /// As [`Line::ask`], also when the last question was not answered.
    pub(super) async fn insist<T>(
        &self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> Option<T> {
        let mut connection = {
            let there = self.connection.read().unwrap_or_else(PoisonError::into_inner);
            there.clone()?
        };
        match question(&mut connection).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    fn failed(&self, error: &redis::RedisError) {
        self.works.store(false, Ordering::Release);
        self.metrics.redis_failed();
        let now = self.clock.monotonic();
        let mut warned = self.warned.write().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| now.saturating_sub(at) >= WARN_EVERY) {
            *warned = Some(now);
            tracing::warn!(%error, "Redis did not do what it was asked; this node goes on by itself");
        }
    }
}

/// A connection for questions.
///
/// # Errors
/// There is none.
pub(super) async fn connect(address: &RedisAddress) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        .set_response_timeout(Some(ANSWER_WITHIN));
    let client = Client::open(address.to_connection_info())?;
    Ok(client
        .get_multiplexed_async_connection_with_config(&config)
        .await?)
}

/// A connection that hears what is said on these channels.
///
/// # Errors
/// There is none.
pub(super) async fn listen(
    address: &RedisAddress,
    clock: &dyn Clock,
    channels: &[String],
) -> Result<PubSub, RedisError> {
    let client = Client::open(address.to_connection_info())?;
    let listening = async {
        let mut heard = client.get_async_pubsub().await?;
        heard.subscribe(channels).await?;
        Ok(heard)
    };
    tokio::select! {
        heard = listening => heard,
        () = clock.sleep(CONNECT_WITHIN) => Err(RedisError::Silent(CONNECT_WITHIN)),
    }
}

/// Connects once, asks for what the product needs of Redis, and returns its version.
///
/// # Errors
/// It cannot be reached, refuses the password, or forbids what is needed.
pub async fn reach(address: &RedisAddress, clock: &dyn Clock) -> Result<String, RedisError> {
    let mut connection = connect(address).await?;
    let probe = address.key(&["probe"]);
    redis::Script::new("return redis.call('SET', KEYS[1], '1', 'PX', 1000)")
        .key(probe)
        .invoke_async::<()>(&mut connection)
        .await?;
    listen(address, clock, &[address.channel("probe")]).await?;
    let told: String = redis::cmd("INFO")
        .arg("server")
        .query_async(&mut connection)
        .await?;
    let version = |name: &str| {
        told.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|version| version.trim().to_owned())
    };
    Ok(match (version("valkey_version"), version("redis_version")) {
        (Some(valkey), _) => format!("Valkey {valkey}"),
        (None, Some(redis)) => format!("Redis {redis}"),
        (None, None) => "of an unknown version".to_owned(),
    })
}
