use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::shelf::{Forget, Gone};
use super::{Shelf, Source};
use crate::access::AccessLevel;
use crate::ids::{NamespaceId, UserId};
use crate::time_text::{Day, Moment};

/// A group that was invited: its members have a level there, at most this one and at most their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupLink {
    pub(crate) id: u64,
    /// The group that was invited.
    pub(crate) group: NamespaceId,
    pub(crate) level: AccessLevel,
    pub(crate) expires_on: Option<Day>,
    pub(crate) by: Option<UserId>,
    pub(crate) created_at: Moment,
}

impl GroupLink {
    /// An invitation ends at the start of its last day.
    pub(crate) fn is_active(&self, today: Day) -> bool {
        self.expires_on.is_none_or(|day| day > today)
    }
}

/// All invitations of groups, by what they were invited to and by who was invited.
#[derive(Debug, Default, Clone)]
pub(crate) struct GroupLinks {
    shelf: Shelf<Source, GroupLink>,
    of_invited: HashMap<NamespaceId, BTreeSet<Source>>,
}

impl GroupLinks {
    /// Who is invited to a group or project, oldest invitation first; expired ones too.
    pub(crate) fn of(&self, source: Source) -> impl DoubleEndedIterator<Item = &Arc<GroupLink>> {
        self.shelf.of(source)
    }

    /// The invitation of one group.
    pub(crate) fn get(&self, source: Source, invited: NamespaceId) -> Option<&Arc<GroupLink>> {
        self.of_invited
            .get(&invited)?
            .contains(&source)
            .then(|| self.shelf.of(source).find(|link| link.group == invited))?
    }

    /// What a group is invited to.
    pub(crate) fn of_invited(&self, invited: NamespaceId) -> impl Iterator<Item = Source> {
        self.of_invited.get(&invited).into_iter().flatten().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.of_invited.is_empty()
    }

    /// Invites a group that is not yet, with an invitation made from the id it gets.
    pub(crate) fn add(&mut self, source: Source, link: impl FnOnce(u64) -> GroupLink) -> Arc<GroupLink> {
        let link = self.shelf.add(source, link);
        self.of_invited.entry(link.group).or_default().insert(source);
        link
    }

    /// Takes an invitation back.
    pub(crate) fn remove(&mut self, source: Source, invited: NamespaceId) -> Option<Arc<GroupLink>> {
        let id = self.get(source, invited)?.id;
        let link = self.shelf.remove(source, id)?;
        self.unlist(source, invited);
        Some(link)
    }

    fn unlist(&mut self, source: Source, invited: NamespaceId) {
        if let Some(sources) = self.of_invited.get_mut(&invited) {
            sources.remove(&source);
            if sources.is_empty() {
                self.of_invited.remove(&invited);
            }
        }
    }

    fn forget_source(&mut self, source: Source) {
        let invited: Vec<NamespaceId> = self.shelf.of(source).map(|link| link.group).collect();
        self.shelf.clear(source);
        for group in invited {
            self.unlist(source, group);
        }
    }
}

/// What goes takes its invitations along, those it got and those it gave.
impl Forget for GroupLinks {
    fn forget(&mut self, gone: Gone) {
        match gone {
            Gone::Group(id) => {
                self.forget_source(Source::Group(id));
                for source in self.of_invited(id).collect::<Vec<_>>() {
                    self.remove(source, id);
                }
            }
            Gone::Project(id) => self.forget_source(Source::Project(id)),
            Gone::User(_) => {}
        }
    }
}

impl Serialize for GroupLinks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shelf.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for GroupLinks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shelf = Shelf::<Source, GroupLink>::deserialize(deserializer)?;
        let mut of_invited: HashMap<NamespaceId, BTreeSet<Source>> = HashMap::new();
        for (source, link) in shelf.iter() {
            of_invited.entry(link.group).or_default().insert(source);
        }
        Ok(Self { shelf, of_invited })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ProjectId;

    const ACME: NamespaceId = NamespaceId(1);
    const OPS: NamespaceId = NamespaceId(2);
    const SITE: Source = Source::Project(ProjectId(1));

    fn links() -> GroupLinks {
        let mut links = GroupLinks::default();
        for (source, group) in [(Source::Group(ACME), OPS), (SITE, OPS)] {
            links.add(source, |id| GroupLink {
                id,
                group,
                level: AccessLevel::Developer,
                expires_on: None,
                by: None,
                created_at: Moment(0),
            });
        }
        links
    }

    #[test]
    fn an_invitation_is_found_from_both_sides_also_after_a_restart() {
        let links: GroupLinks = serde_json::from_str(&serde_json::to_string(&links()).unwrap()).unwrap();
        assert_eq!(links.get(SITE, OPS).map(|link| link.id), Some(2));
        assert_eq!(links.get(SITE, ACME), None);
        let sources: Vec<Source> = links.of_invited(OPS).collect();
        assert_eq!(sources, [Source::Group(ACME), SITE]);
    }

    #[test]
    fn a_group_that_goes_is_invited_nowhere_any_more() {
        let mut links = links();
        links.forget(Gone::Group(OPS));
        assert!(links.is_empty());
        assert_eq!(links.of(SITE).count(), 0);
    }
}
