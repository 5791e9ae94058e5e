use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{InstanceUrl, JobId};
use gitlab_api::ApiPath;
use gitlab_client::Lane;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketioxide::extract::{AckSender, Event, SocketRef, State, TryData};

use super::{Moved, Shared, rooms, session_of};

/// So many ids in one call; more are refused.
const MOST_IDS: usize = 100;
/// So many things one socket follows; more are refused.
const MOST_FOLLOWED: usize = 1_000;

/// The full paths of the groups that a socket follows, by their numbers. There once it follows one.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What a client can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Follow(What),
    Leave(What),
    /// Forms that earlier clients use: one event for everything, told apart by what the ids are called, …
    FollowNamed,
    LeaveNamed,
    /// … and saying who they are after connecting. Whoever is here has been checked.
    Authenticate,
}

impl Wish {
    fn of(event: &str) -> Option<Self> {
        let singular = |word: &str| What::ALL.into_iter().find(|what| what.one() == word);
        let plural = |words: &str| singular(words.strip_suffix('s')?);
        match event.split_once(':') {
            Some(("subscribe", words)) => plural(words).map(Self::Follow),
            Some(("unsubscribe", words)) => plural(words).map(Self::Leave),
            Some((word, "subscribe")) => singular(word).map(Self::Follow),
            Some((word, "unsubscribe")) => singular(word).map(Self::Leave),
            Some(_) => None,
            None => match event {
                "subscribe" => Some(Self::FollowNamed),
                "unsubscribe" => Some(Self::LeaveNamed),
                "authenticate" => Some(Self::Authenticate),
                _ => None,
            },
        }
    }
}

/// Makes the socket understand every documented form of subscribing.
///
/// With one handler, since each socket keeps its own: a table of fifteen is much for one that is idle.
pub(super) fn listen(socket: &SocketRef) {
    socket.on_fallback(
        async |socket: SocketRef, Event(event): Event, TryData(data): TryData<Value>, State(shared), ack| {
            if let Some(wish) = Wish::of(&event) {
                grant(&socket, &shared, wish, &data.unwrap_or_default(), ack).await;
            }
        },
    );
}

async fn grant(socket: &SocketRef, shared: &Shared, wish: Wish, data: &Value, ack: AckSender) {
    let named = || What::ALL.into_iter().filter(|_| data.is_object());
    let mut answer = Answer::default();
    match wish {
        Wish::Follow(what) => answer = follow(socket, shared, what, ids(data, what.one())).await,
        Wish::Leave(what) => answer = leave(socket, what, ids(data, what.one())),
        Wish::FollowNamed => {
            for what in named() {
                answer.add(follow(socket, shared, what, ids(data, what.one())).await);
            }
        }
        Wish::LeaveNamed => {
            for what in named() {
                answer.add(leave(socket, what, ids(data, what.one())));
            }
        }
        Wish::Authenticate => {
            let answer = json!({ "success": true });
            let _ = socket.emit("authenticated", &answer);
            return acknowledge(ack, &answer);
        }
    }
    acknowledge(ack, &answer);
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
    room_at(&session_of(socket)?.actor.user.instance, what, id)
}

/// The room of something at this instance; `None` for what is no id.
fn room_at(instance: &InstanceUrl, what: What, id: &Value) -> Option<String> {
    match what {
        What::Jobs => Some(rooms::job(id.as_str()?.parse::<JobId>().ok()?)),
        What::Groups => Some(rooms::object("group", instance, number(id)?)),
        What::Projects => Some(rooms::object("project", instance, number(id)?)),
    }
}

/// What a client asks for, in words, and every id that it names with the room it leads to; `None` when it asks for nothing.
#[cfg(feature = "fuzzing")]
pub(crate) fn wished(
    event: &str,
    data: &Value,
    instance: &InstanceUrl,
) -> Option<(String, Vec<(Value, Option<String>)>)> {
    let wish = Wish::of(event)?;
    let whats = match wish {
        Wish::Follow(what) | Wish::Leave(what) => vec![what],
        Wish::FollowNamed | Wish::LeaveNamed => What::ALL.into_iter().filter(|_| data.is_object()).collect(),
        Wish::Authenticate => Vec::new(),
    };
    let rooms = whats.into_iter().flat_map(|what| {
        let ids = ids(data, what.one()).into_iter();
        ids.map(move |id| (id.clone(), room_at(instance, what, &id)))
    });
    Some((format!("{wish:?}"), rooms.collect()))
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
    shared.rights.note(session.id, &room).await;
    let mut rooms = vec![room];
    if let (What::Groups, Some(number), Some(path)) = (what, number(id), found.full_path) {
        let at = rooms::group_at(&session.actor.user.instance, &path);
        shared.rights.note(session.id, &at).await;
        rooms.push(at);
        let GroupPaths(known) = socket.extensions.get().unwrap_or_else(|| {
            let none = GroupPaths::default();
            socket.extensions.insert(none.clone());
            none
        });
        known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number, path);
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

/// Takes a socket from the rooms of a group that has moved, and of all that is below it, to where they are now.
pub(super) fn follow_move(socket: &SocketRef, moved: &Moved) {
    let (Some(GroupPaths(known)), Some(session)) = (socket.extensions.get(), session_of(socket)) else {
        return;
    };
    let instance = &session.actor.user.instance;
    if *instance != moved.instance {
        return;
    }
    let (mut left, mut joined) = (Vec::new(), Vec::new());
    for (group, path) in known.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
        let now = if *group == moved.group {
            moved.to.clone()
        } else if let Some(below) = below(path, &moved.from) {
            format!("{}{below}", moved.to)
        } else {
            continue;
        };
        left.push(rooms::group_at(instance, path));
        joined.push(rooms::group_at(instance, &now));
        *path = now;
    }
    // One after the other: what is left by one may be where another has come.
    for room in left {
        socket.leave(room);
    }
    socket.join(joined);
}

/// What follows a group's path in that of a group below it, with its slash. Case makes no difference to GitLab.
fn below<'p>(path: &'p str, group: &str) -> Option<&'p str> {
    let (begins, rest) = path.split_at_checked(group.len())?;
    (begins.eq_ignore_ascii_case(group) && rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_form_of_asking_is_understood() {
        for (event, wish) in [
            ("subscribe:jobs", Some(Wish::Follow(What::Jobs))),
            ("job:subscribe", Some(Wish::Follow(What::Jobs))),
            ("unsubscribe:groups", Some(Wish::Leave(What::Groups))),
            ("project:unsubscribe", Some(Wish::Leave(What::Projects))),
            ("subscribe", Some(Wish::FollowNamed)),
            ("unsubscribe", Some(Wish::LeaveNamed)),
            ("authenticate", Some(Wish::Authenticate)),
            ("subscribe:job", None),
            ("jobs:subscribe", None),
            ("subscribe:users", None),
            ("", None),
        ] {
            assert_eq!(Wish::of(event), wish, "{event}");
        }
    }

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
