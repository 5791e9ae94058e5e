//! What letters say: one file for each kind of event. Keys are in GitLab's order.

mod group;
mod key;
mod member;
mod project;
mod push;
mod token;
mod user;

use super::audience::Sort;
use super::event::Event;
use crate::instance::Site;
use crate::state::{State, Trigger};
use crate::time_text::Moment;

/// An event, told.
#[derive(Debug)]
pub(super) struct News {
    pub(super) name: &'static str,
    pub(super) sort: Sort,
    /// `X-Gitlab-Event` of hooks of groups and projects.
    pub(super) kind: &'static str,
    /// For system hooks: JSON.
    pub(super) for_system: String,
    /// For hooks of groups and projects, without addresses: JSON.
    pub(super) for_groups: String,
}

/// Tells an event, if everything it is about is still there.
pub(super) fn of(state: &State, site: &Site, event: Event<'_>, now: Moment) -> Option<News> {
    match event {
        Event::Project(project, change) => Some(project::news(state, project, change, now)),
        Event::GroupCreated(_) | Event::GroupDestroyed(_) | Event::GroupRenamed { .. } => {
            group::news(state, event, now)
        }
        Event::Member { .. } => member::news(state, site, event, now),
        Event::Access { .. } => member::request_news(state, event, now),
        Event::User(user, change) => Some(user::news(user, change, now)),
        Event::Key { .. } => key::news(event, now),
        Event::Pushed(project, push) => push::news(state, site, project, push),
        Event::RepositoryUpdated(project, push) => push::update_news(state, site, project, push),
        Event::TokenExpires { .. } => token::news(state, event),
    }
}

/// System hooks hear of it in any case, hooks of groups when they want to.
const fn always(of_group: Option<Trigger>) -> Sort {
    Sort {
        of_system: None,
        is_system: true,
        of_group,
    }
}

/// `2026-03-02T09:14:07Z`: hooks tell no milliseconds.
fn time(moment: Moment) -> String {
    let text = moment.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// What stands in the place of an address that not everybody may know.
const REDACTED: &str = "[REDACTED]";
