use std::collections::HashMap;

use domain::AccessLevel;
use futures::TryStreamExt;
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY};
use serde::Deserialize;

use crate::operation::ObjectKind;

/// A direct membership that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMember {
    /// GitLab's number of the user.
    pub user_id: u64,
    /// The user's name.
    pub username: String,
    /// `active`, `blocked` …
    pub state: String,
    /// The direct level; `None` for one this program has no name for.
    pub access_level: Option<AccessLevel>,
    /// The day it ends, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
    /// For a member of a group who comes from LDAP, whether what is set in GitLab counts instead of what LDAP says;
    /// `None` for everybody else.
    pub overridden: Option<bool>,
}

/// A user of the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUser {
    /// GitLab's number.
    pub id: u64,
    /// The user's name.
    pub username: String,
    /// `active`, `blocked`, `deactivated`, `banned`, `blocked_pending_approval` or `ldap_blocked`.
    pub state: String,
}

impl KnownUser {
    /// Whether the account is shut: such a user is not made a member.
    pub fn is_blocked(&self) -> bool {
        matches!(
            self.state.as_str(),
            "blocked" | "banned" | "ldap_blocked" | "blocked_pending_approval"
        )
    }
}

/// Whether a user name is one that GitLab gives to the bot of an access token or to a service account (GitLab API
/// facts §1.1, §7.6). Service accounts may have names of their own; those cannot be told from a list of members.
pub(crate) fn is_bot_name(username: &str) -> bool {
    let after_number = |kind: &str| {
        let rest = username.strip_prefix(kind)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then(|| &rest[digits..])
    };
    let of_token = |kind| after_number(kind).is_some_and(|rest| rest == "_bot" || rest.starts_with("_bot_"));
    of_token("project_") || of_token("group_") || username.starts_with("service_account_")
}

/// The direct members of a group or project, found by name and by number.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// By name, without regard to case.
    by_name: Vec<KnownMember>,
    by_id: HashMap<u64, usize>,
}

impl From<Vec<KnownMember>> for Members {
    fn from(mut members: Vec<KnownMember>) -> Self {
        members.sort_by_cached_key(|member| member.username.to_lowercase());
        let by_id = members
            .iter()
            .enumerate()
            .map(|(place, member)| (member.user_id, place))
            .collect();
        Self {
            by_name: members,
            by_id,
        }
    }
}

impl Members {
    /// All of them, by name.
    pub fn all(&self) -> &[KnownMember] {
        &self.by_name
    }

    /// The member with this number.
    pub fn by_id(&self, id: u64) -> Option<&KnownMember> {
        self.by_name.get(*self.by_id.get(&id)?)
    }

    /// The member with this user name.
    pub fn by_name(&self, name: &str) -> Option<&KnownMember> {
        let name = name.to_lowercase();
        let place = self
            .by_name
            .binary_search_by_key(&name, |member| member.username.to_lowercase())
            .ok()?;
        self.by_name.get(place)
    }
}

/// Reads the direct members of a group or project.
pub(super) async fn read<'o>(
    gitlab: &Gitlab,
    kind: ObjectKind,
    of: impl Into<gitlab_api::ObjectRef<'o>>,
) -> Result<Vec<KnownMember>, GitlabError> {
    #[derive(Deserialize)]
    struct Row {
        id: u64,
        username: String,
        #[serde(default)]
        state: String,
        access_level: Option<u64>,
        expires_at: Option<String>,
        #[serde(rename = "override")]
        overridden: Option<bool>,
    }
    let of = match kind {
        ObjectKind::Group => ApiPath::group(of),
        ObjectKind::Project => ApiPath::project(of),
    };
    let pages = gitlab.pages::<Row>(&of.join("members"), NO_QUERY, Lane::People);
    futures::pin_mut!(pages);
    let mut members = Vec::new();
    while let Some(page) = pages.try_next().await? {
        members.extend(page.items.into_iter().map(|row| KnownMember {
            user_id: row.id,
            username: row.username,
            state: row.state,
            access_level: row.access_level.and_then(AccessLevel::from_number),
            expires_at: row.expires_at,
            overridden: row.overridden,
        }));
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_told_by_the_names_that_gitlab_gives_them() {
        for bot in [
            "project_12_bot",
            "project_12_bot_5f3a",
            "group_7_bot_0c",
            "service_account_group_7_ab12",
        ] {
            assert!(is_bot_name(bot), "{bot}");
        }
        for person in [
            "project_lead",
            "project_bot",
            "group_7_bottle",
            "dev-0001",
            "robot",
        ] {
            assert!(!is_bot_name(person), "{person}");
        }
    }

    #[test]
    fn members_are_found_by_name_without_regard_to_case_and_by_number() {
        let member = |user_id, username: &str| KnownMember {
            user_id,
            username: username.to_owned(),
            state: "active".to_owned(),
            access_level: None,
            expires_at: None,
            overridden: None,
        };
        let members = Members::from(vec![member(2, "Zoe"), member(1, "adam")]);
        assert_eq!(members.by_name("ZOE").map(|found| found.user_id), Some(2));
        assert_eq!(
            members.by_id(1).map(|found| found.username.as_str()),
            Some("adam")
        );
        assert_eq!(members.by_name("eve"), None);
        assert_eq!(members.by_id(3), None);
    }
}
