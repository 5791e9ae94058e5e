use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::line::Line;
use crate::settings::InboundLimit;
use crate::windows::Standing;

/// The same windows as [`crate::windows::Windows`]: one begins with its first request, and what is beyond the limit
/// is not counted. Redis keeps the time, so that nodes need not agree about it.
static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("count.lua")));

/// Counts one request. `None` when Redis does not answer.
pub(super) async fn take(line: &Line, key: &str, limit: InboundLimit) -> Option<Standing> {
    let window = u64::try_from(limit.window.as_millis()).unwrap_or(u64::MAX);
    let (within, used, reset): (bool, u32, u64) = line
        .ask(async |connection| {
            TAKE.key(key)
                .arg(limit.requests)
                .arg(window)
                .invoke_async(connection)
                .await
        })
        .await?;
    Some(Standing {
        within,
        limit: limit.requests,
        remaining: limit.requests.saturating_sub(used),
        reset: Duration::from_millis(reset),
    })
}

/// How long nothing is left, if nothing is.
pub(super) async fn exhausted(line: &Line, key: &str, limit: InboundLimit) -> Option<Duration> {
    let mut both = redis::pipe();
    both.get(key).pttl(key);
    let (used, reset): (Option<u32>, i64) = line
        .ask(async |connection| both.query_async(connection).await)
        .await?;
    let left = Duration::from_millis(u64::try_from(reset).unwrap_or_default());
    (used.unwrap_or_default() >= limit.requests && !left.is_zero()).then_some(left)
}
