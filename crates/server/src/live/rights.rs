use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use moka::future::Cache;
use serde::de::IgnoredAny;
use socketioxide::extract::SocketRef;

use super::{Live, session_of};
use crate::auth::{Session, SessionId};

/// So long GitLab's word counts that somebody may see a group or project.
const FRESH: Duration = Duration::from_mins(5);
const NONE: &[(&str, &str)] = &[];
/// Rooms of sessions of which it is remembered when GitLab was asked.
const MOST: u64 = 200_000;

/// When GitLab was last asked whether the sessions in rooms of groups and projects may be there.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    /// On the monotonic clock.
    asked: Cache<(SessionId, String), Duration>,
    clock: Arc<dyn Clock>,
}

impl Rights {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let asked = Cache::builder().max_capacity(MOST).build();
        Self { asked, clock }
    }

    /// GitLab has just said that a session may be in a room.
    pub(super) async fn note(&self, session: SessionId, room: &str) {
        let now = self.clock.monotonic();
        self.asked.insert((session, room.to_owned()), now).await;
    }

    /// Whether GitLab should be asked now. Whoever is told so asks.
    async fn are_old(&self, session: SessionId, room: &str) -> bool {
        let known = self.asked.get(&(session, room.to_owned())).await;
        let are_old = known.is_none_or(|asked| self.clock.monotonic() >= asked + FRESH);
        if are_old {
            self.note(session, room).await;
        }
        are_old
    }
}

impl Live {
    /// Asks GitLab whether those who follow a group or project may still see it, where it was not asked lately, and leads
    /// out who may not. Nobody waits for it: what is told meanwhile is told to those who might a moment ago.
    pub(super) async fn ask_again(&self, rooms: &[String]) {
        for room in rooms.iter().filter(|room| what_is_in(room).is_some()) {
            let Some(here) = self.here() else { return };
            for socket in here.within(room.clone()).sockets() {
                let Some(session) = session_of(&socket) else {
                    continue;
                };
                if self.rights.are_old(session.id, room).await {
                    tokio::spawn(self.clone().lead_out(session, room.clone()));
                }
            }
        }
    }

    async fn lead_out(self, session: Arc<Session>, room: String) {
        let Some(path) = what_is_in(&room) else { return };
        let may_stay = match session.gitlab.find::<IgnoredAny>(path, NONE, Lane::People).await {
            Ok(found) => found.is_some(),
            Err(GitlabError::Unauthorized(_) | GitlabError::Forbidden(_)) => false,
            // It could not be asked; the next event asks again, after a while.
            Err(_) => true,
        };
        if !may_stay && let Some(here) = self.here() {
            let sockets = here.within(session.id.room()).sockets();
            let leave = |socket: &SocketRef| socket.leave(room.clone());
            sockets.iter().for_each(leave);
        }
    }
}

/// Where GitLab tells of the group or project whose followers are in a room; `None` for other rooms.
fn what_is_in(room: &str) -> Option<ApiPath> {
    let (kind, rest) = room.split_once(':')?;
    let (object, _) = rest.split_once('@')?;
    match kind {
        "group" => Some(ApiPath::group(object.parse::<u64>().ok()?)),
        "project" => Some(ApiPath::project(object.parse::<u64>().ok()?)),
        "group-at" => Some(ApiPath::group(object)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::rooms;

    #[test]
    fn the_room_tells_whose_followers_are_in_it() {
        let instance = "https://gitlab.example.com".parse().unwrap();
        for (room, path) in [
            (rooms::object("group", &instance, 7), Some(ApiPath::group(7))),
            (rooms::object("project", &instance, 8), Some(ApiPath::project(8))),
            (
                rooms::group_at(&instance, "Acme/Site"),
                Some(ApiPath::group("acme/site")),
            ),
            ("session:abc".to_owned(), None),
            ("job:0198b2c4-0000-7000-8000-000000000000".to_owned(), None),
            ("user:1@https://gitlab.example.com".to_owned(), None),
        ] {
            let found = what_is_in(&room).map(|path| path.to_string());
            assert_eq!(found, path.map(|path| path.to_string()), "{room}");
        }
    }
}
