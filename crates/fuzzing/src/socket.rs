use domain::{InstanceUrl, JobId};
use serde_json::Value;

/// The events that are documented, and those of earlier clients.
const EVENTS: [&str; 15] = [
    "subscribe:jobs",
    "subscribe:groups",
    "subscribe:projects",
    "unsubscribe:jobs",
    "unsubscribe:groups",
    "unsubscribe:projects",
    "job:subscribe",
    "group:subscribe",
    "project:subscribe",
    "job:unsubscribe",
    "group:unsubscribe",
    "project:unsubscribe",
    "subscribe",
    "unsubscribe",
    "authenticate",
];

/// What a client of Socket.IO sends: a first line for the event, the rest is its JSON. Whoever names an id is led to the
/// room of that thing at their own instance and to no other: not to that of a person, a session or another instance.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (event, json) = text.split_once('\n').unwrap_or((text, "null"));
    let Ok(said) = serde_json::from_str::<Value>(json) else {
        return;
    };
    let instance: InstanceUrl = "https://gitlab.test".parse().expect("an instance");
    let Some((_, named)) = server::fuzzing::socket_event(event, &said, &instance) else {
        assert!(!EVENTS.contains(&event), "{event} is not understood");
        return;
    };
    assert!(EVENTS.contains(&event), "{event} is documented nowhere");
    for (id, room) in named {
        assert!(holds(&said, &id), "nobody named {id}");
        let Some(room) = room else {
            continue;
        };
        let (kind, name) = room.split_once(':').expect("a room is of a kind");
        if kind == "job" {
            let job: JobId = name.parse().expect("a room of a job is called by its id");
            assert_eq!(id.as_str().and_then(|id| id.parse().ok()), Some(job), "{room}");
            assert_eq!(name, job.to_string(), "one job has one room");
        } else {
            assert!(matches!(kind, "group" | "project"), "{id} leads to {room}");
            let number = match &id {
                Value::String(text) => text.parse().ok(),
                other => other.as_u64(),
            };
            let number = number.expect("only numbers lead to groups and projects");
            assert_eq!(name, format!("{number}@https://gitlab.test"), "{room}");
        }
    }
}

/// Whether this is said anywhere in it.
fn holds(said: &Value, id: &Value) -> bool {
    said == id
        || match said {
            Value::Array(list) => list.iter().any(|one| holds(one, id)),
            Value::Object(parts) => parts.values().any(|one| holds(one, id)),
            _ => false,
        }
}
