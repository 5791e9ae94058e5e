use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::User;
use crate::ids::UserId;
use crate::state::Watch;
use crate::state::lists::{beyond, turned};
use crate::state::search::{Search, SearchIndex};

/// What a list of users can be sorted by; texts without regard to case, equal ones by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserOrder {
    Id,
    Name,
    Username,
}

/// All users, by id, by name and by address.
#[derive(Debug, Default)]
pub(crate) struct Users {
    last: u64,
    by_id: BTreeMap<UserId, Arc<User>>,
    by_username: HashMap<String, UserId>,
    by_email: HashMap<String, UserId>,
    words: SearchIndex,
    by_name: BTreeSet<(String, UserId)>,
    ordered_usernames: BTreeSet<(String, UserId)>,
    /// What becomes of users.
    pub(crate) watched: Watch<User>,
}

impl Users {
    pub(crate) fn get(&self, id: UserId) -> Option<&Arc<User>> {
        self.by_id.get(&id)
    }

    /// Looks a name up without regard to case.
    pub(crate) fn by_username(&self, username: &str) -> Option<&Arc<User>> {
        self.get(*self.by_username.get(&username.to_lowercase())?)
    }

    /// Looks an address up without regard to case.
    pub(crate) fn by_email(&self, email: &str) -> Option<&Arc<User>> {
        self.get(*self.by_email.get(&email.to_lowercase())?)
    }

    /// All users by ascending id.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<User>> {
        self.by_id.values()
    }

    /// All users in an order, from the one after a given one on.
    pub(crate) fn walk(
        &self,
        order: UserOrder,
        ascending: bool,
        after: Option<&User>,
    ) -> Box<dyn Iterator<Item = &Arc<User>> + '_> {
        match order {
            UserOrder::Id => {
                let range = beyond(after.map(|user| user.id), ascending);
                turned(self.by_id.range(range).map(|(_, user)| user), ascending)
            }
            UserOrder::Name => {
                let place = after.map(|user| (user.name.to_lowercase(), user.id));
                let rows = self.by_name.range(beyond(place, ascending));
                turned(rows.filter_map(|(_, id)| self.get(*id)), ascending)
            }
            UserOrder::Username => {
                let place = after.map(|user| (user.username.to_lowercase(), user.id));
                let rows = self.ordered_usernames.range(beyond(place, ascending));
                turned(rows.filter_map(|(_, id)| self.get(*id)), ascending)
            }
        }
    }

    /// The users whose names a search may find, by ascending id; none when it may find any.
    pub(crate) fn for_search(&self, search: &Search) -> Option<impl DoubleEndedIterator<Item = &Arc<User>>> {
        let all = self.by_id.values().map(|user| (user.id.0, words(user)));
        let ids = self.words.candidates(search, all)?;
        Some(ids.iter().filter_map(|id| self.get(UserId(*id))))
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Takes a user out; the id is not given again.
    pub(in crate::state) fn remove(&mut self, id: UserId) {
        if let Some(user) = self.by_id.remove(&id) {
            self.unlink(&user);
        }
    }

    /// The highest id ever given, for the snapshot.
    pub(in crate::state) fn last_id(&self) -> u64 {
        self.last
    }

    pub(in crate::state) fn set_last_id(&mut self, id: u64) {
        self.last = self.last.max(id);
    }

    /// The id the next user gets.
    pub(crate) fn next_id(&self) -> UserId {
        UserId(self.last + 1)
    }

    /// Adds a user or replaces the one with the same id.
    pub(crate) fn put(&mut self, user: Arc<User>) {
        self.last = self.last.max(user.id.0);
        let old = self.by_id.get(&user.id).cloned();
        self.watched.note(old.as_ref(), Some(&user));
        if let Some(old) = old {
            self.unlink(&old);
        }
        self.words.add(user.id.0, &words(&user));
        self.by_name.insert((user.name.to_lowercase(), user.id));
        self.ordered_usernames
            .insert((user.username.to_lowercase(), user.id));
        self.by_username.insert(user.username.to_lowercase(), user.id);
        self.by_email.insert(user.email.to_lowercase(), user.id);
        self.by_id.insert(user.id, user);
    }

    fn unlink(&mut self, user: &User) {
        let username = user.username.to_lowercase();
        self.by_username.remove(&username);
        self.by_email.remove(&user.email.to_lowercase());
        self.words.remove(user.id.0, &words(user));
        self.by_name.remove(&(user.name.to_lowercase(), user.id));
        self.ordered_usernames.remove(&(username, user.id));
    }
}

/// What a search for users looks into.
fn words(user: &User) -> [&str; 2] {
    [&user.name, &user.username]
}
