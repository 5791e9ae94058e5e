use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::JobId;
use gitlab_api::ApiPath;
use gitlab_client::Lane;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketioxide::extract::{AckSender, SocketRef, State, TryData};

use super::{Shared, rooms, session_of};

/// So many ids in one call; more are refused.
const MOST_IDS: usize = 100;
/// So many things one socket follows; more are refused.
const MOST_FOLLOWED: usize = 1_000;

/// The full paths of the groups that a socket follows, by their numbers.
#[derive(Clone, Debug, Default)]
struct GroupPaths(Arc<Mutex<HashMap<u64, String>>>);

/// A group, as far as a follower's rooms depend on it. Of projects, nothing is read.
#[derive(Deserialize)]
struct Located {
    full_path: Option<String>,
}

/// What became of a subscription.
#[derive(Debug, Default, Serialize)]
struct Answer {
    /// The ids that are followed now (or no more).
    ok: Vec<Value>,
    /// Those that do not exist or that this user may not see.
    refused: Vec<Value>,
}

impl Answer {
    fn add(&mut self, more: Self) {
        self.ok.extend(more.ok);
        self.refused.extend(more.refused);
    }
}

/// The three things that can be followed.
#[derive(Clone, Copy)]
enum What {
    Jobs,
    Groups,
    Projects,
}

impl What {
    const ALL: [Self; 3] = [Self::Jobs, Self::Groups, Self::Projects];

    const fn one(self) -> &'static str {
        match self {
            Self::Jobs => "job",
            Self::Groups => "group",
            Self::Projects => "project",
        }
    }
}

/// Makes the socket understand every documented form of subscribing.
pub(super) fn listen(socket: &SocketRef) {
    socket.extensions.insert(GroupPaths::default());
    for what in What::ALL {
        let one = what.one();
        for event in [format!("subscribe:{one}s"), format!("{one}:subscribe")] {
            socket.on(
                event,
                async move |socket: SocketRef, TryData(data): TryData<Value>, State(shared), ack| {
                    let answer = follow(&socket, &shared, what, ids(&data.unwrap_or_default(), one)).await;
                    acknowledge(ack, &answer);
                },
            );
        }
        for event in [format!("unsubscribe:{one}s"), format!("{one}:unsubscribe")] {
            socket.on(
                event,
                async move |socket: SocketRef, TryData(data): TryData<Value>, ack| {
                    let answer = leave(&socket, what, ids(&data.unwrap_or_default(), one));
                    acknowledge(ack, &answer);
                },
            );
        }
    }
    listen_to_older_clients(socket);
}

/// Forms that earlier clients use: one event for everything, told apart by what the ids are called, and
/// saying who they are after connecting (whoever is here has been checked).
fn listen_to_older_clients(socket: &SocketRef) {
    socket.on(
        "subscribe",
        async |socket: SocketRef, TryData(data): TryData<Value>, State(shared), ack| {
            let (data, mut answer) = (data.unwrap_or_default(), Answer::default());
            for what in What::ALL.into_iter().filter(|_| data.is_object()) {
                answer.add(follow(&socket, &shared, what, ids(&data, what.one())).await);
            }
            acknowledge(ack, &answer);
        },
    );
    socket.on(
        "unsubscribe",
        async |socket: SocketRef, TryData(data): TryData<Value>, ack| {
            let (data, mut answer) = (data.unwrap_or_default(), Answer::default());
            for what in What::ALL.into_iter().filter(|_| data.is_object()) {
                answer.add(leave(&socket, what, ids(&data, what.one())));
            }
            acknowledge(ack, &answer);
        },
    );
    socket.on("authenticate", async |socket: SocketRef, ack: AckSender| {
        let answer = json!({ "success": true });
        let _ = socket.emit("authenticated", &answer);
        acknowledge(ack, &answer);
    });
}

fn acknowledge<T: Serialize>(ack: AckSender, answer: &T) {
    if let Err(error) = ack.send(answer) {
        tracing::debug!(%error, "A client did not wait for its answer");
    }
}

/// `{jobIds:[…]}`, `{jobId}`, a list, or one id.
fn ids(data: &Value, one: &str) -> Vec<Value> {
    let found = match data {
        Value::Object(object) => object
            .get(&format!("{one}Ids"))
            .or_else(|| object.get(&format!("{one}Id"))),
        other => Some(other),
    };
    match found {
        Some(Value::Array(ids)) => ids.clone(),
        None | Some(Value::Null) => Vec::new(),
        Some(id) => vec![id.clone()],
    }
}

async fn follow(socket: &SocketRef, shared: &Shared, what: What, ids: Vec<Value>) -> Answer {
    let mut answer = Answer::default();
    for (place, id) in ids.into_iter().enumerate() {
        let rooms = if place < MOST_IDS && socket.rooms().len() < MOST_FOLLOWED {
            rooms_if_allowed(socket, shared, what, &id).await
        } else {
            Vec::new()
        };
        if rooms.is_empty() {
            answer.refused.push(id);
        } else {
            socket.join(rooms);
            answer.ok.push(id);
        }
    }
    answer
}

fn leave(socket: &SocketRef, what: What, ids: Vec<Value>) -> Answer {
    let mut answer = Answer::default();
    for id in ids {
        match room(socket, what, &id) {
            Some(room) => {
                socket.leave(room);
                if let (What::Groups, Some(number)) = (what, number(&id)) {
                    leave_path(socket, number);
                }
                answer.ok.push(id);
            }
            None => answer.refused.push(id),
        }
    }
    answer
}

fn room(socket: &SocketRef, what: What, id: &Value) -> Option<String> {
    let session = session_of(socket)?;
    let instance = &session.actor.user.instance;
    match what {
        What::Jobs => Some(rooms::job(id.as_str()?.parse::<JobId>().ok()?)),
        What::Groups => Some(rooms::object("group", instance, number(id)?)),
        What::Projects => Some(rooms::object("project", instance, number(id)?)),
    }
}

fn number(id: &Value) -> Option<u64> {
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

/// The rooms of something, if this user may see it; none otherwise. For groups and projects GitLab is asked, with the
/// user's own token.
async fn rooms_if_allowed(socket: &SocketRef, shared: &Shared, what: What, id: &Value) -> Vec<String> {
    let (Some(room), Some(session)) = (room(socket, what, id), session_of(socket)) else {
        return Vec::new();
    };
    let (path, query) = match (what, number(id)) {
        (What::Jobs, _) => {
            let Some(id) = id.as_str().and_then(|id| id.parse().ok()) else {
                return Vec::new();
            };
            let job = shared.engine.job(id, &session.actor).await;
            return job.map_or_else(|_| Vec::new(), |_| vec![room]);
        }
        (What::Groups, Some(number)) => (ApiPath::group(number), [("with_projects", "false")].as_slice()),
        (What::Projects, Some(number)) => (ApiPath::project(number), [].as_slice()),
        (_, None) => return Vec::new(),
    };
    let found = session.gitlab.find::<Located>(path, query, Lane::People).await;
    let Ok(Some(found)) = found else {
        return Vec::new();
    };
    let mut rooms = vec![room];
    if let (What::Groups, Some(number), Some(path)) = (what, number(id), found.full_path) {
        rooms.push(rooms::group_at(&session.actor.user.instance, &path));
        if let Some(GroupPaths(known)) = socket.extensions.get() {
            known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(number, path);
        }
    }
    rooms
}

fn leave_path(socket: &SocketRef, group: u64) {
    let (Some(GroupPaths(known)), Some(session)) = (socket.extensions.get(), session_of(socket)) else {
        return;
    };
    let path = known
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&group);
    if let Some(path) = path {
        socket.leave(rooms::group_at(&session.actor.user.instance, &path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_of_ids_is_read() {
        for (data, ids_in_it) in [
            (json!({ "jobIds": ["a", "b"] }), json!(["a", "b"])),
            (json!({ "jobId": "a" }), json!(["a"])),
            (json!(["a"]), json!(["a"])),
            (json!("a"), json!(["a"])),
            (json!({ "groupIds": [1] }), json!([])),
            (Value::Null, json!([])),
        ] {
            assert_eq!(Value::Array(ids(&data, "job")), ids_in_it, "{data}");
        }
    }
}
