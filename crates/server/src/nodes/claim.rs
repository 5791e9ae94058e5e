use std::time::Duration;

use redis::{ExistenceCheck, SetExpiry, SetOptions, Value};

use super::line::Line;

/// Whether nobody has claimed this key for as long as claims last.
pub(super) async fn first(line: &Line, key: &str, lasts: Duration) -> Option<bool> {
    let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let once = SetOptions::default()
        .conditional_set(ExistenceCheck::NX)
        .with_expiration(SetExpiry::PX(millis));
    let set: Value = line
        .ask(async |connection| {
            redis::cmd("SET")
                .arg(key)
                .arg("")
                .arg(once)
                .query_async(connection)
                .await
        })
        .await?;
    Some(set != Value::Nil)
}
