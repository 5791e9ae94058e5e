use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Watch;
use crate::access::AccessLevel;
use crate::ids::{MemberId, NamespaceId, ProjectId, UserId};
use crate::time_text::{Day, Moment};

/// What one can be a member of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    Group(NamespaceId),
    Project(ProjectId),
}

/// A direct membership.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: MemberId,
    pub(crate) source: Source,
    pub(crate) user: UserId,
    pub(crate) level: AccessLevel,
    pub(crate) expires_on: Option<Day>,
    pub(crate) created_at: Moment,
    pub(crate) created_by: Option<UserId>,
    /// The level set here counts, whatever the directory says.
    #[serde(default)]
    pub(crate) overridden: bool,
}

impl Member {
    /// A membership ends at the start of its last day.
    pub(crate) fn is_active(&self, today: Day) -> bool {
        self.expires_on.is_none_or(|day| day > today)
    }
}

/// All direct memberships, by source and by user.
#[derive(Debug, Default)]
pub(crate) struct Members {
    next: u64,
    count: usize,
    of_source: HashMap<Source, SourceMembers>,
    of_user: HashMap<UserId, BTreeSet<Source>>,
    /// What becomes of memberships.
    pub(crate) watched: Watch<Member>,
}

#[derive(Debug, Default)]
struct SourceMembers {
    by_id: BTreeMap<MemberId, Arc<Member>>,
    by_user: HashMap<UserId, MemberId>,
}

impl Members {
    /// The direct membership, expired or not.
    pub(crate) fn get(&self, source: Source, user: UserId) -> Option<&Arc<Member>> {
        let members = self.of_source.get(&source)?;
        members.by_id.get(members.by_user.get(&user)?)
    }

    /// The direct members of one source, oldest membership first.
    pub(crate) fn of_source(&self, source: Source) -> impl Iterator<Item = &Arc<Member>> {
        self.of_source
            .get(&source)
            .into_iter()
            .flat_map(|members| members.by_id.values())
    }

    /// What a user is a direct member of.
    pub(crate) fn of_user(&self, user: UserId) -> impl Iterator<Item = Source> {
        self.of_user.get(&user).into_iter().flatten().copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.of_source.values().flat_map(|members| members.by_id.values())
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn next_id(&self) -> MemberId {
        MemberId(self.next + 1)
    }

    /// Adds a membership or replaces that of the same user.
    pub(crate) fn put(&mut self, member: Arc<Member>) {
        self.next = self.next.max(member.id.0);
        self.of_user.entry(member.user).or_default().insert(member.source);
        let members = self.of_source.entry(member.source).or_default();
        let old = members.by_user.insert(member.user, member.id);
        let old = old.and_then(|old| members.by_id.remove(&old));
        self.watched.note(old.as_ref(), Some(&member));
        if old.is_some() {
            self.count -= 1;
        }
        members.by_id.insert(member.id, member);
        self.count += 1;
    }

    /// True when there was one.
    pub(crate) fn remove(&mut self, source: Source, user: UserId) -> bool {
        let Some(members) = self.of_source.get_mut(&source) else {
            return false;
        };
        let Some(id) = members.by_user.remove(&user) else {
            return false;
        };
        let old = members.by_id.remove(&id);
        self.watched.note(old.as_ref(), None);
        if members.by_id.is_empty() {
            self.of_source.remove(&source);
        }
        self.forget(user, source);
        true
    }

    /// Removes everyone from something that is going away.
    pub(crate) fn remove_source(&mut self, source: Source) {
        let Some(members) = self.of_source.remove(&source) else {
            return;
        };
        for user in members.by_user.into_keys() {
            self.forget(user, source);
        }
    }

    fn forget(&mut self, user: UserId, source: Source) {
        self.count -= 1;
        if let Some(sources) = self.of_user.get_mut(&user) {
            sources.remove(&source);
        }
    }

    /// The highest id ever given, for the snapshot.
    pub(super) fn last_id(&self) -> u64 {
        self.next
    }

    pub(super) fn set_last_id(&mut self, id: u64) {
        self.next = self.next.max(id);
    }
}
