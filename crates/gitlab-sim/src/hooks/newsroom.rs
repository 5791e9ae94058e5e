//! From what happens in the state to letters.

use std::collections::BTreeMap;

use super::letter::{Letter, uuid};
use super::{Event, MemberChange, ProjectChange, UserChange, audience, payload};
use crate::instance::Site;
use crate::state::{Group, Member, Project, Replaced, State, User};
use crate::time_text::Moment;

/// Letters that were written and have not been given to the background workers yet.
#[derive(Debug, Default)]
pub(crate) struct Newsroom {
    site: Option<Site>,
    /// When the change that is under way began.
    now: Moment,
    letters: Vec<Letter>,
    told: u64,
}

impl Newsroom {
    pub(crate) fn of(site: &Site) -> Self {
        Self {
            site: Some(site.clone()),
            ..Self::default()
        }
    }

    pub(crate) fn set_now(&mut self, now: Moment) {
        self.now = now;
    }

    pub(crate) fn has_letters(&self) -> bool {
        !self.letters.is_empty()
    }

    pub(crate) fn take_letters(&mut self) -> Vec<Letter> {
        std::mem::take(&mut self.letters)
    }
}

impl State {
    /// Begins to look at what changes when there is a hook, and ends when there is none.
    pub(crate) fn watch(&mut self) {
        let on = self.belongings.hooks.len() > 0;
        self.tree.watched_groups.turn(on);
        self.tree.watched_projects.turn(on);
        self.members.watched.turn(on);
        self.users.watched.turn(on);
    }

    /// Whether there is anyone to tell.
    pub(crate) fn is_heard(&self) -> bool {
        self.belongings.hooks.len() > 0
    }

    /// Writes to every hook that wants to know. The letters leave later, as all background work does.
    ///
    /// What goes for good has to be told of while it is still there. What groups, projects, members and users
    /// become is noticed by itself.
    pub(crate) fn tell(&mut self, event: Event<'_>) {
        if self.belongings.hooks.len() == 0 {
            return;
        }
        let Some(site) = self.newsroom.site.take() else {
            return;
        };
        let news = payload::of(self, &site, event, self.newsroom.now);
        self.newsroom.site = Some(site);
        let Some(news) = news else { return };
        let of_system = audience::of_system(self, event, news.sort);
        let of_groups = audience::of_groups(self, event, news.sort);
        let newsroom = &mut self.newsroom;
        newsroom.told += 1;
        let moment = newsroom.now.0.unsigned_abs();
        let event_uuid = uuid(moment, newsroom.told.rotate_left(16) ^ 1);
        let of_system = of_system
            .into_iter()
            .map(|(owner, hook)| (owner, hook.id, "System Hook", &news.for_system));
        let of_groups = of_groups
            .into_iter()
            .map(|(owner, hook)| (owner, hook.id, news.kind, &news.for_groups));
        for (owner, hook, kind, body) in of_system.chain(of_groups) {
            if body.is_empty() {
                continue;
            }
            newsroom.letters.push(Letter {
                owner,
                hook,
                event: news.name.to_owned(),
                kind: kind.to_owned(),
                body: body.clone(),
                event_uuid: event_uuid.clone(),
                key: uuid(moment, newsroom.told.rotate_left(16) ^ hook.rotate_left(48) ^ 2),
                forced: false,
            });
        }
    }

    /// Tells of everything that was changed since it was last asked.
    pub(crate) fn report(&mut self) {
        for (old, new) in self.users.watched.take() {
            self.report_user(old.as_deref(), new.as_deref());
        }
        let groups = self.tree.watched_groups.take();
        let projects = self.tree.watched_projects.take();
        // A transfer of a group changes what is below by the way, of which nothing is told.
        let moved = groups
            .iter()
            .any(|(old, new)| matches!((old, new), (Some(old), Some(new)) if old.parent != new.parent));
        if !moved {
            for (old, new) in once_each(groups, |group| group.id.0) {
                self.report_group(old.as_deref(), new.as_deref());
            }
            for (old, new) in once_each(projects, |project| project.id.0) {
                self.report_project(old.as_deref(), new.as_deref());
            }
        }
        for (old, new) in self.members.watched.take() {
            self.report_member(old.as_deref(), new.as_deref());
        }
    }

    fn report_user(&mut self, old: Option<&User>, new: Option<&User>) {
        match (old, new) {
            (None, Some(new)) => self.tell(Event::User(new, UserChange::Created)),
            (Some(old), Some(new)) if old.username != new.username => {
                let old_username = &old.username;
                self.tell(Event::User(new, UserChange::Renamed { old_username }));
            }
            _ => {}
        }
    }

    fn report_group(&mut self, old: Option<&Group>, new: Option<&Group>) {
        match (old, new) {
            (None, Some(new)) => self.tell(Event::GroupCreated(new)),
            (Some(old), Some(new)) if old.path != new.path => {
                let old_full_path = match old.parent {
                    Some(parent) => format!("{}/{}", self.full_path(parent), old.path),
                    None => old.path.clone(),
                };
                self.tell(Event::GroupRenamed {
                    group: new,
                    old_path: &old.path,
                    old_full_path: &old_full_path,
                });
            }
            _ => {}
        }
    }

    fn report_project(&mut self, old: Option<&Project>, new: Option<&Project>) {
        let Some(new) = new else { return };
        let Some(old) = old else {
            return self.tell(Event::Project(new, ProjectChange::Created));
        };
        let old_full_path = format!("{}/{}", self.full_path(old.namespace), old.path);
        let old_full_path = old_full_path.as_str();
        if old.namespace != new.namespace {
            self.tell(Event::Project(new, ProjectChange::Transferred { old_full_path }));
        } else if old.path != new.path {
            self.tell(Event::Project(new, ProjectChange::Renamed { old_full_path }));
        } else if is_update(old, new) {
            self.tell(Event::Project(new, ProjectChange::Updated));
        }
    }

    fn report_member(&mut self, old: Option<&Member>, new: Option<&Member>) {
        let change = match (old, new) {
            (None, Some(_)) => MemberChange::Added,
            (Some(old), Some(new)) if old.level == new.level && old.expires_on == new.expires_on => return,
            (Some(_), Some(_)) => MemberChange::Updated,
            _ => MemberChange::Removed,
        };
        let Some(member) = new.or(old) else { return };
        self.tell(Event::Member {
            source: member.source,
            user: member.user,
            level: member.level,
            expires_on: member.expires_on,
            created_at: member.created_at,
            change,
        });
    }
}

/// Several changes of one thing in one request are one: from what it was to what it is.
fn once_each<T>(all: Vec<Replaced<T>>, id: impl Fn(&T) -> u64) -> Vec<Replaced<T>> {
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut once: Vec<Replaced<T>> = Vec::with_capacity(all.len());
    for (old, new) in all {
        let Some(number) = new.as_deref().or(old.as_deref()).map(&id) else {
            continue;
        };
        if let Some(at) = places.get(&number) {
            once[*at].1 = new;
        } else {
            places.insert(number, once.len());
            once.push((old, new));
        }
    }
    once
}

/// Stars, imports and removals under way are no news.
fn is_update(old: &Project, new: &Project) -> bool {
    let begun = old.empty && !new.empty;
    let same = Project {
        default_branch: if begun {
            old.default_branch.clone()
        } else {
            new.default_branch.clone()
        },
        star_count: old.star_count,
        updated_at: old.updated_at,
        active_at: old.active_at,
        empty: old.empty,
        pending_delete: old.pending_delete,
        moving: old.moving,
        forked_from: old.forked_from,
        import: old.import.clone(),
        ..new.clone()
    };
    same != *old
}
