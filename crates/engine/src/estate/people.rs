//! Who people are and what they inherit, for items about memberships.
//!
//! Nothing is asked for whoever is a member already as wanted. For the others the members of the groups above are
//! read, once per group, and those who are met nowhere are looked for: each name once per job, or all users of the
//! instance at once where that takes fewer requests.

use std::collections::{BTreeSet, HashMap};

use domain::AccessLevel;
use futures::stream::{self, StreamExt, TryStreamExt};
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY};
use serde::Deserialize;

use super::{Estate, KnownUser, Members, above, folded, members};
use crate::operation::{ObjectKind, ObjectRef, Who};

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// From so many unknown people on the first page of all users is looked at.
const MANY: usize = 3;

/// GitLab allows 300 look-ups by number in ten minutes (GitLab API facts §7.6); beyond these it is left to GitLab
/// to say that there is no such user.
const MOST_BY_NUMBER: usize = 200;

/// What an item wants to know of one person at one place.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) kind: ObjectKind,
    pub(super) of: ObjectRef,
    pub(super) who: Who,
    pub(super) level: Option<AccessLevel>,
    /// Whether whoever is no member there is to become one.
    pub(super) joins: bool,
}

/// Reads what the wishes need, after the direct members of their places.
pub(super) async fn read(gitlab: &Gitlab, wishes: &[Wish], estate: &mut Estate) -> Result<(), GitlabError> {
    let open: Vec<&Wish> = wishes.iter().filter(|wish| !is_granted(wish, estate)).collect();
    if open.is_empty() {
        return Ok(());
    }
    read_above(gitlab, &open, estate).await?;
    let mut unknown: BTreeSet<Who> = open.iter().map(|wish| folded(&wish.who)).collect();
    meet_members(&mut unknown, estate);
    look_for(gitlab, unknown, estate).await
}

fn is_granted(wish: &Wish, estate: &Estate) -> bool {
    let place = estate.find(wish.kind, &wish.of);
    let member = place.and_then(|place| estate.member(place.kind, place.id, &wish.who));
    member.is_some_and(|member| wish.level.is_none_or(|level| member.access_level == Some(level)))
}

/// Reads the direct members of every group above a wish, also above what the job makes itself.
async fn read_above(gitlab: &Gitlab, wishes: &[&Wish], estate: &mut Estate) -> Result<(), GitlabError> {
    let mut groups = BTreeSet::new();
    for wish in wishes {
        let path = match (estate.find(wish.kind, &wish.of), &wish.of) {
            (Some(place), _) => place.full_path.as_str(),
            (None, ObjectRef::Path(path)) => path,
            (None, ObjectRef::Id(_)) => continue,
        };
        groups.extend(above(path).map(str::to_lowercase));
    }
    // What is no group that can be seen (a user's own namespace) gives nothing to inherit.
    groups.retain(|path| estate.members_of_group(path).is_none());
    let found: Vec<_> = stream::iter(groups)
        .map(|path| async move {
            match members::read(gitlab, ObjectKind::Group, path.as_str()).await {
                Ok(members) => Ok(Some((path, members))),
                Err(GitlabError::NotFound(_) | GitlabError::Forbidden(_)) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    for (path, members) in found.into_iter().flatten() {
        estate.insert_members_above(&path, members);
    }
    Ok(())
}

/// Takes out who is met among the members that were read.
fn meet_members(unknown: &mut BTreeSet<Who>, estate: &mut Estate) {
    let mut met = Vec::new();
    let lists = estate.members.values().chain(estate.members_above.values());
    for member in lists.flat_map(Members::all) {
        if unknown.is_empty() {
            break;
        }
        for who in [
            Who::Username(member.username.to_lowercase()),
            Who::Id(member.user_id),
        ] {
            if unknown.remove(&who) {
                let user = KnownUser {
                    id: member.user_id,
                    username: member.username.clone(),
                    state: member.state.clone(),
                };
                met.push((who, user));
            }
        }
    }
    for (who, user) in met {
        estate.insert_user(who, Some(user));
    }
}

/// A row of a list of users. Addresses are shown to administrators, public ones to everybody.
#[derive(Deserialize)]
struct Row {
    id: u64,
    username: String,
    #[serde(default)]
    state: String,
    email: Option<String>,
    public_email: Option<String>,
}

impl Row {
    fn has_address(&self, address: &str) -> bool {
        [&self.email, &self.public_email]
            .into_iter()
            .flatten()
            .any(|own| own.eq_ignore_ascii_case(address))
    }
}

impl From<Row> for KnownUser {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            username: row.username,
            state: row.state,
        }
    }
}

async fn look_for(
    gitlab: &Gitlab,
    mut unknown: BTreeSet<Who>,
    estate: &mut Estate,
) -> Result<(), GitlabError> {
    if unknown.len() > MANY
        && let Some(all) = list(gitlab, unknown.len()).await?
    {
        meet_all(&mut unknown, &all, estate);
    }
    let mut by_number = 0;
    unknown.retain(|who| {
        by_number += usize::from(matches!(who, Who::Id(_)));
        !matches!(who, Who::Id(_)) || by_number <= MOST_BY_NUMBER
    });
    let found: Vec<(Who, Option<KnownUser>)> = stream::iter(unknown)
        .map(|who| async move {
            let user = find(gitlab, &who).await?;
            Ok::<_, GitlabError>((who, user))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    for (who, user) in found {
        estate.insert_user(who, user);
    }
    Ok(())
}

/// All users, unless there are more pages than `worth`; then `None`, after one request.
async fn list(gitlab: &Gitlab, worth: usize) -> Result<Option<Vec<Row>>, GitlabError> {
    let pages = gitlab.pages::<Row>(ApiPath::new("users"), NO_QUERY, Lane::People);
    futures::pin_mut!(pages);
    let mut all = Vec::new();
    while let Some(page) = pages.try_next().await? {
        // Only administrators are told how many there are.
        let pages = page.total.map_or(usize::MAX, |total| {
            usize::try_from(total.div_ceil(100)).unwrap_or(usize::MAX)
        });
        if all.is_empty() && page.items.len() == 100 && pages > worth {
            return Ok(None);
        }
        all.extend(page.items);
    }
    Ok(Some(all))
}

/// Takes out who is in the list of all users. Who is not there by name or number does not exist; an address may
/// still be somebody's second one.
fn meet_all(unknown: &mut BTreeSet<Who>, all: &[Row], estate: &mut Estate) {
    let mut places: HashMap<Who, usize> = HashMap::with_capacity(all.len() * 3);
    for (place, row) in all.iter().enumerate() {
        places.insert(Who::Id(row.id), place);
        places.insert(Who::Username(row.username.to_lowercase()), place);
        for address in [&row.email, &row.public_email].into_iter().flatten() {
            places.insert(Who::Email(address.to_lowercase()), place);
        }
    }
    let mut met = Vec::new();
    unknown.retain(|who| {
        let place = places.get(who).copied();
        if place.is_none() && matches!(who, Who::Email(_)) {
            return true;
        }
        met.push((who.clone(), place));
        false
    });
    for (who, place) in met {
        let user = place.and_then(|place| all.get(place)).map(|row| KnownUser {
            id: row.id,
            username: row.username.clone(),
            state: row.state.clone(),
        });
        estate.insert_user(who, user);
    }
}

/// Looks for one person.
async fn find(gitlab: &Gitlab, who: &Who) -> Result<Option<KnownUser>, GitlabError> {
    let users = ApiPath::new("users");
    match who {
        Who::Id(id) => {
            let row: Option<Row> = gitlab.find(ApiPath::user(*id), NO_QUERY, Lane::People).await?;
            Ok(row.map(KnownUser::from))
        }
        Who::Username(name) => {
            let rows: Vec<Row> = gitlab.get(users, &[("username", name)], Lane::People).await?;
            Ok(rows.into_iter().next().map(KnownUser::from))
        }
        Who::Email(address) => {
            let mut rows: Vec<Row> = gitlab.get(users, &[("search", address)], Lane::People).await?;
            let own = rows.iter().position(|row| row.has_address(address));
            // Administrators also find by second addresses, which no row shows.
            let second = || (rows.len() == 1 && rows[0].email.is_some()).then_some(0);
            Ok(own.or_else(second).map(|place| rows.swap_remove(place).into()))
        }
    }
}
