//! Whether the top-level groups of projects let new members in.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use gitlab_api::{ApiPath, Tier};
use gitlab_client::{GitlabError, Lane};
use serde_json::value::RawValue;

use super::{AT_ONCE, Looking};
use crate::estate::people::Wish;
use crate::estate::{Known, Rows};
use crate::operation::{ITSELF, ObjectKind, ObjectRef};

impl Looking<'_> {
    /// The top-level groups of the projects that somebody is to join, whole: one request each, and none where everybody
    /// is a member already or the instance has no licence for such a lock.
    pub(super) async fn locks(&mut self) -> Result<(), GitlabError> {
        if self.who.me.tier == Some(Tier::Free) {
            return Ok(());
        }
        let mut roots = BTreeSet::new();
        for root in self.wants.people.iter().filter_map(|wish| self.joined(wish)) {
            if !roots.contains(root) {
                roots.insert(root.to_owned());
            }
        }
        let this = &*self;
        let found: Vec<_> = stream::iter(roots)
            .map(|root| async move { this.top_level_group(&root).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for (known, itself) in found.into_iter().flatten() {
            self.estate.insert_rows(known.kind, known.id, &ITSELF, itself);
            if self.estate.at(&known.full_path).is_none() {
                self.estate.insert(known);
            }
        }
        Ok(())
    }

    /// The path of the top-level group of the project that somebody joins; `None` where nobody does, and where the
    /// group has been read or cannot be seen.
    fn joined<'w>(&'w self, wish: &'w Wish) -> Option<&'w str> {
        if !wish.joins || wish.kind != ObjectKind::Project {
            return None;
        }
        let path = match (self.estate.find(wish.kind, &wish.of), &wish.of) {
            (Some(project), _) => {
                if self.estate.member(project.kind, project.id, &wish.who).is_some() {
                    return None;
                }
                &project.full_path
            }
            // The job makes it.
            (None, ObjectRef::Path(path)) => path,
            (None, ObjectRef::Id(_)) => return None,
        };
        let root = path.split('/').next()?;
        match (self.estate.at(root), &wish.of) {
            (Some(group), _) => self.estate.rows(group, &ITSELF).is_none().then_some(root),
            (None, ObjectRef::Id(_)) => Some(root),
            // Looking for the project has looked for the group.
            (None, ObjectRef::Path(_)) => None,
        }
    }

    async fn top_level_group(&self, path: &str) -> Result<Option<(Known, Rows)>, GitlabError> {
        let body = self
            .gitlab
            .find::<Box<RawValue>>(ApiPath::group(path), ITSELF.query, Lane::People)
            .await?;
        Ok(body.and_then(|body| {
            let known = self.wants.known(ObjectKind::Group, &body)?;
            let itself = serde_json::from_str(body.get()).ok()?;
            Some((known, Rows::There(vec![itself])))
        }))
    }
}
