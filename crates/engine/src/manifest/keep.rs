//! Members that an exact section never takes away, listed or not: users that stand for a token or a machine, and
//! the last owner of a top-level group.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{AccessLevel, ItemError};
use futures::TryStreamExt;
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY};
use serde::Deserialize;

use super::exact::{ExactSection, Removal};
use crate::estate::{Estate, KnownMember, is_bot_name};
use crate::operation::{ObjectKind, ObjectRef};

/// Which removals will not be done, and why: by their place in the list.
///
/// # Errors
/// GitLab could not be asked.
pub(super) async fn kept(
    gitlab: &Gitlab,
    sections: &[ExactSection<'_>],
    removals: &[Removal],
    estate: &Estate,
) -> Result<Vec<(usize, ItemError)>, GitlabError> {
    let members: Vec<(usize, &KnownMember, &ExactSection<'_>)> = removals
        .iter()
        .enumerate()
        .filter_map(|(index, removal)| Some((index, removal.member.as_ref()?, &sections[removal.section])))
        .collect();
    let people = members
        .iter()
        .filter(|(_, member, _)| !is_bot_name(&member.username));
    let roots: BTreeSet<&str> = people.map(|(.., section)| root_of(&section.path)).collect();
    let mut machines = HashSet::new();
    for root in roots {
        machines.extend(service_accounts(gitlab, root).await?);
    }
    let mut kept = Vec::new();
    let mut owners: HashMap<&str, Vec<(usize, &KnownMember)>> = HashMap::new();
    for (index, member, section) in members {
        if is_bot_name(&member.username) {
            let why = "stands for an access token of a group or project; revoke the token to remove it";
            kept.push((index, reason(&member.username, why)));
        } else if machines.contains(&member.user_id) {
            let why = "is a service account; remove it by itself if that is meant";
            kept.push((index, reason(&member.username, why)));
        } else if is_owner(member) && section.kind == ObjectKind::Group && !section.path.contains('/') {
            owners.entry(&section.path).or_default().push((index, member));
        }
    }
    for (path, leaving) in owners {
        let group = estate.find(ObjectKind::Group, &ObjectRef::Path(path.to_owned()));
        let all = group.and_then(|group| estate.members(group.kind, group.id));
        let staying = all
            .unwrap_or_default()
            .iter()
            .filter(|member| is_owner(member) && !is_bot_name(&member.username))
            .filter(|member| !machines.contains(&member.user_id))
            .any(|member| leaving.iter().all(|(_, gone)| gone.user_id != member.user_id));
        if staying {
            continue;
        }
        if let Some((index, last)) = leaving.iter().min_by_key(|(_, member)| member.user_id) {
            let why = format!("would be the last owner of `{path}` to go; list another owner first");
            kept.push((*index, reason(&last.username, &why)));
        }
    }
    kept.sort_by_key(|(index, _)| *index);
    Ok(kept)
}

fn reason(username: &str, why: &str) -> ItemError {
    ItemError {
        code: "KEPT".to_owned(),
        message: format!("kept, though it is not listed: {username} {why}"),
        gitlab_status: None,
        details: None,
    }
}

fn is_owner(member: &KnownMember) -> bool {
    member.access_level == Some(AccessLevel::Owner)
}

fn root_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// The service accounts of a top-level group, where GitLab has such accounts and lets us see them.
async fn service_accounts(gitlab: &Gitlab, root: &str) -> Result<Vec<u64>, GitlabError> {
    #[derive(Deserialize)]
    struct Account {
        id: u64,
    }
    let path = ApiPath::group(root).join("service_accounts");
    let pages = gitlab
        .pages::<Account>(&path, NO_QUERY, Lane::People)
        .map_ok(|page| page.items)
        .try_concat();
    match pages.await {
        Ok(accounts) => Ok(accounts.into_iter().map(|account| account.id).collect()),
        Err(GitlabError::Forbidden(_) | GitlabError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
