//! The level that the token's own user has, asked in few requests.
//!
//! Whoever has a level on a top-level group has it everywhere below, so these are asked first. What they do not
//! settle is asked one by one where it is little, else by lists of what the user has at least that level on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::AccessLevel;
use futures::stream::{self, StreamExt, TryStreamExt};
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY};
use serde::Deserialize;
use serde_json::Value;

use super::Estate;
use crate::operation::{Me, ObjectKind};

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// Up to so many objects below one top-level group are asked one by one.
const FEW: usize = 2;

/// What is known of the level of the token's user on an object: at least this, at most that, in GitLab's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLevel {
    least: u8,
    most: u8,
}

impl Default for OwnLevel {
    fn default() -> Self {
        Self {
            least: 0,
            most: u8::MAX,
        }
    }
}

impl OwnLevel {
    /// Exactly this; `None`: no member at all.
    pub fn is(level: Option<AccessLevel>) -> Self {
        let number = level.map_or(0, AccessLevel::number);
        Self {
            least: number,
            most: number,
        }
    }

    /// This or more.
    pub fn at_least(level: AccessLevel) -> Self {
        Self {
            least: level.number(),
            ..Self::default()
        }
    }

    /// Less than this.
    pub fn less_than(level: AccessLevel) -> Self {
        Self {
            most: level.number() - 1,
            ..Self::default()
        }
    }

    /// Both are known.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            least: self.least.max(other.least),
            most: self.most.min(other.most),
        }
    }

    /// Whether that is enough; `None` when not enough is known.
    pub fn allows(self, needed: AccessLevel) -> Option<bool> {
        let needed = needed.number();
        if self.least >= needed {
            Some(true)
        } else if self.most < needed {
            Some(false)
        } else {
            None
        }
    }

    /// The level, where it is known exactly; `Some(None)`: no member.
    pub fn exactly(self) -> Option<Option<AccessLevel>> {
        (self.least == self.most).then(|| AccessLevel::from_number(self.least.into()))
    }
}

/// Where the whole body of a project says what its reader may do.
pub(super) const PERMISSIONS: &str = "permissions";

/// What a project's body says: the direct level and that of the groups above. Levels by way of invited groups are
/// not in it, so the user may have more.
pub(super) fn in_body(permissions: &Value) -> OwnLevel {
    let level = |key: &str| permissions.get(key)?.get("access_level")?.as_u64();
    let highest = level("project_access").max(level("group_access"));
    highest
        .and_then(AccessLevel::from_number)
        .map_or_else(OwnLevel::default, OwnLevel::at_least)
}

/// An object and the level that is needed there.
pub(crate) type Needed = (ObjectKind, u64, AccessLevel);

/// Finds out whether the token's user has these levels.
///
/// # Errors
/// GitLab could not be asked.
pub(crate) async fn read(
    gitlab: &Gitlab,
    me: &Me,
    needed: &BTreeSet<Needed>,
    estate: &mut Estate,
) -> Result<(), GitlabError> {
    let Some(user) = me.user_id else { return Ok(()) };
    let mut by_root: BTreeMap<String, Vec<Needed>> = BTreeMap::new();
    for &(kind, id, level) in needed {
        let known = estate.paths_by_id.get(&(kind, id));
        if let Some(path) = known.filter(|_| estate.own_level(kind, id).allows(level).is_none()) {
            let root = path.split('/').next().unwrap_or_default().to_owned();
            by_root.entry(root).or_default().push((kind, id, level));
        }
    }
    let this = &*estate;
    let own_namespace = me.username.as_deref().map(str::to_lowercase);
    let found: Vec<Vec<(ObjectKind, u64, OwnLevel)>> = stream::iter(by_root)
        .map(|(root, needed)| {
            let is_own = own_namespace.as_deref() == Some(root.as_str());
            let root_id = this
                .at(&root)
                .filter(|top| top.kind == ObjectKind::Group)
                .map(|top| top.id);
            async move {
                if is_own {
                    // A user owns what is in the own namespace.
                    let owner = OwnLevel::is(Some(AccessLevel::Owner));
                    return Ok(needed
                        .into_iter()
                        .map(|(kind, id, _)| (kind, id, owner))
                        .collect());
                }
                below(gitlab, user, &root, root_id, needed).await
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    for (kind, id, level) in found.into_iter().flatten() {
        estate.insert_own_level(kind, id, level);
    }
    Ok(())
}

/// Everything that is asked below one top-level group, itself included.
async fn below(
    gitlab: &Gitlab,
    user: u64,
    root: &str,
    root_id: Option<u64>,
    needed: Vec<Needed>,
) -> Result<Vec<(ObjectKind, u64, OwnLevel)>, GitlabError> {
    let at_root = ask(gitlab, &ApiPath::group(root), user).await?;
    let inherited = OwnLevel {
        most: u8::MAX,
        ..at_root
    };
    let mut known: Vec<(ObjectKind, u64, OwnLevel)> = needed
        .iter()
        .map(|&(kind, id, _)| (kind, id, inherited))
        .collect();
    known.extend(root_id.map(|id| (ObjectKind::Group, id, at_root)));
    let mut open: BTreeMap<AccessLevel, Vec<(ObjectKind, u64)>> = BTreeMap::new();
    for (kind, id, level) in needed {
        // A custom role may allow more than its level does.
        let is_settled = kind == ObjectKind::Group && Some(id) == root_id || at_root == OwnLevel::default();
        if !is_settled && inherited.allows(level).is_none() {
            open.entry(level).or_default().push((kind, id));
        }
    }
    for (level, objects) in open {
        let listed = if objects.len() > FEW {
            list(gitlab, root, level, &objects).await?
        } else {
            None
        };
        match listed {
            Some(listed) => known.extend(objects.into_iter().map(|(kind, id)| {
                let found = if listed.contains(&(kind, id)) {
                    OwnLevel::at_least(level)
                } else {
                    OwnLevel::less_than(level)
                };
                (kind, id, found)
            })),
            None => known.extend(one_by_one(gitlab, user, objects).await?),
        }
    }
    Ok(known)
}

async fn one_by_one(
    gitlab: &Gitlab,
    user: u64,
    objects: Vec<(ObjectKind, u64)>,
) -> Result<Vec<(ObjectKind, u64, OwnLevel)>, GitlabError> {
    stream::iter(objects)
        .map(|(kind, id)| async move {
            let of = match kind {
                ObjectKind::Group => ApiPath::group(id),
                ObjectKind::Project => ApiPath::project(id),
            };
            Ok((kind, id, ask(gitlab, &of, user).await?))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// The level that counts, wherever it comes from. Nothing is known where it is a custom role.
async fn ask(gitlab: &Gitlab, of: &ApiPath, user: u64) -> Result<OwnLevel, GitlabError> {
    #[derive(Deserialize)]
    struct Membership {
        access_level: u64,
        member_role: Option<Value>,
    }
    let path = of.clone().join("members/all").object(user);
    let found: Option<Membership> = gitlab.find(&path, NO_QUERY, Lane::People).await?;
    Ok(match found {
        None => OwnLevel::is(None),
        Some(membership) if membership.member_role.is_some() => OwnLevel::default(),
        Some(membership) => match AccessLevel::from_number(membership.access_level) {
            Some(level) => OwnLevel::is(Some(level)),
            // A level this program has no name for.
            None => OwnLevel::default(),
        },
    })
}

/// Those of the objects below `root` that the user has at least this level on. `None` when there is no such group,
/// or when the lists have more pages than there are objects.
async fn list(
    gitlab: &Gitlab,
    root: &str,
    level: AccessLevel,
    objects: &[(ObjectKind, u64)],
) -> Result<Option<HashSet<(ObjectKind, u64)>>, GitlabError> {
    let least = level.number().to_string();
    let mut found = HashSet::new();
    for kind in [ObjectKind::Group, ObjectKind::Project] {
        let worth = objects.iter().filter(|(other, _)| *other == kind).count();
        if worth == 0 {
            continue;
        }
        let (path, query): (_, &[(&str, &str)]) = match kind {
            ObjectKind::Group => (
                ApiPath::group(root).join("descendant_groups"),
                &[("min_access_level", &least)],
            ),
            ObjectKind::Project => (
                ApiPath::group(root).join("projects"),
                &[
                    ("min_access_level", &least),
                    ("include_subgroups", "true"),
                    ("with_shared", "false"),
                    ("simple", "true"),
                ],
            ),
        };
        let Some(ids) = ids(gitlab, &path, query, worth).await? else {
            return Ok(None);
        };
        found.extend(ids.into_iter().map(|id| (kind, id)));
    }
    Ok(Some(found))
}

async fn ids(
    gitlab: &Gitlab,
    path: &ApiPath,
    query: &[(&str, &str)],
    worth: usize,
) -> Result<Option<Vec<u64>>, GitlabError> {
    #[derive(Deserialize)]
    struct Row {
        id: u64,
    }
    let pages = gitlab.pages::<Row>(path, query, Lane::People);
    futures::pin_mut!(pages);
    let mut ids = Vec::new();
    loop {
        match pages.try_next().await {
            Ok(None) => return Ok(Some(ids)),
            Ok(Some(page)) => {
                let pages = page.total.map_or(usize::MAX, |total| {
                    usize::try_from(total.div_ceil(100)).unwrap_or(usize::MAX)
                });
                if ids.is_empty() && page.items.len() == 100 && pages > worth {
                    return Ok(None);
                }
                ids.extend(page.items.into_iter().map(|row| row.id));
            }
            Err(GitlabError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use AccessLevel::{Developer, Maintainer, Owner};

    use super::*;

    #[test]
    fn what_is_known_of_a_level_answers_what_it_can() {
        assert_eq!(OwnLevel::default().allows(Developer), None);
        assert_eq!(OwnLevel::is(Some(Maintainer)).allows(Maintainer), Some(true));
        assert_eq!(OwnLevel::is(Some(Maintainer)).allows(Owner), Some(false));
        assert_eq!(OwnLevel::is(None).allows(AccessLevel::MinimalAccess), Some(false));
        assert_eq!(OwnLevel::at_least(Maintainer).allows(Developer), Some(true));
        assert_eq!(OwnLevel::at_least(Maintainer).allows(Owner), None);
        assert_eq!(OwnLevel::less_than(Maintainer).allows(Maintainer), Some(false));
        assert_eq!(OwnLevel::less_than(Maintainer).allows(Developer), None);
        let between = OwnLevel::at_least(Developer).and(OwnLevel::less_than(Owner));
        assert_eq!(
            (between.allows(Developer), between.allows(Owner)),
            (Some(true), Some(false))
        );
        assert_eq!(OwnLevel::is(None).exactly(), Some(None));
        assert_eq!(between.exactly(), None);
    }
}
