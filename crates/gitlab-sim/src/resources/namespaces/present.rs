use std::collections::BTreeSet;

use serde::Serialize;

use crate::http::Call;
use crate::ids::{NamespaceId, UserId};
use crate::instance::Site;
use crate::resources::avatar;
use crate::state::{Namespace, Source, State};
use crate::time_text::{Day, Moment};

/// A namespace as projects show theirs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NamespaceBasic {
    id: u64,
    name: String,
    path: String,
    kind: &'static str,
    pub(crate) full_path: String,
    parent_id: Option<u64>,
    avatar_url: Option<String>,
    web_url: String,
}

impl NamespaceBasic {
    /// None for an id that is no namespace.
    pub(crate) fn of(site: &Site, state: &State, id: NamespaceId) -> Option<Self> {
        Some(match state.tree.namespace(id)? {
            Namespace::Group(group) => {
                let full_path = state.full_path(id);
                Self {
                    id: id.0,
                    name: group.name.clone(),
                    path: group.path.clone(),
                    kind: "group",
                    parent_id: group.parent.map(|parent| parent.0),
                    // Relative, other than everywhere else.
                    avatar_url: group
                        .avatar
                        .as_ref()
                        .map(|picture| avatar::path("group", id.0, picture)),
                    web_url: format!("{}/groups/{full_path}", site.url),
                    full_path,
                }
            }
            Namespace::Personal(user) => {
                let user = state.users.get(*user)?;
                Self {
                    id: id.0,
                    name: user.name.clone(),
                    path: user.username.clone(),
                    kind: "user",
                    full_path: user.username.clone(),
                    parent_id: None,
                    avatar_url: None,
                    web_url: format!("{}/{}", site.url, user.username),
                }
            }
        })
    }
}

/// A namespace with what its owners see besides.
#[derive(Debug, Serialize)]
pub(super) struct NamespaceBody {
    #[serde(flatten)]
    basic: NamespaceBasic,
    #[serde(flatten)]
    for_owners: Option<ForOwners>,
}

#[derive(Debug, Serialize)]
struct ForOwners {
    #[serde(skip_serializing_if = "Option::is_none")]
    members_count_with_descendants: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_repository_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projects_count: Option<u64>,
    billable_members_count: u64,
    seats_in_use: u64,
    max_seats_used: u64,
    max_seats_used_changed_at: Option<Moment>,
    plan: &'static str,
    end_date: Option<Day>,
    trial_ends_on: Option<Day>,
    trial: bool,
}

impl NamespaceBody {
    pub(super) fn of(call: &Call<'_>, state: &State, id: NamespaceId) -> Option<Self> {
        let basic = NamespaceBasic::of(&call.instance.site, state, id)?;
        let owns = match state.tree.namespace(id)? {
            Namespace::Group(group) => call.viewer.can_admin_group(state, group.id),
            Namespace::Personal(user) => call.viewer.is_admin() || call.viewer.id() == Some(*user),
        };
        let is_group = basic.kind == "group";
        let for_owners = owns.then(|| {
            let below = Below::of(call, state, id);
            ForOwners {
                members_count_with_descendants: is_group.then_some(below.members),
                root_repository_size: is_group.then_some(0),
                projects_count: is_group.then_some(below.projects),
                billable_members_count: below.members.max(1),
                seats_in_use: 0,
                max_seats_used: 0,
                max_seats_used_changed_at: None,
                plan: match call.instance.site.tier {
                    crate::Tier::Free => "default",
                    paid => paid.as_str(),
                },
                end_date: None,
                trial_ends_on: None,
                trial: false,
            }
        });
        Some(Self { basic, for_owners })
    }
}

/// How much hangs below a namespace.
struct Below {
    members: u64,
    projects: u64,
}

impl Below {
    /// Counted once for as long as nothing changes: lists of namespaces are walked page by page.
    fn of(call: &Call<'_>, state: &State, id: NamespaceId) -> Self {
        let key = format!("below namespace {id}");
        let counted = call
            .instance
            .lists
            .get(key, state.epoch, || Self::count(state, id).to_vec());
        match *counted {
            [members, projects] => Self { members, projects },
            _ => Self {
                members: 0,
                projects: 0,
            },
        }
    }

    fn count(state: &State, id: NamespaceId) -> [u64; 2] {
        let mut members: BTreeSet<UserId> = BTreeSet::new();
        let mut projects = 0;
        let descendants = state.tree.descendants(id);
        for group in std::iter::once(id).chain(descendants.iter().map(|group| group.id)) {
            let of_group = state.members.of_source(Source::Group(group));
            members.extend(of_group.map(|member| member.user));
            for project in state.tree.projects_in(group) {
                projects += 1;
                let of_project = state.members.of_source(Source::Project(project.id));
                members.extend(of_project.map(|member| member.user));
            }
        }
        [members.len() as u64, projects]
    }
}
