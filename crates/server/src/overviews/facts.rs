use std::collections::HashMap;

use domain::AccessLevel;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;
use serde_json::json;

/// GitLab's largest page.
const PAGE: usize = 100;

const GROUPS: &str = "query($ids: [ID!]) { groups(ids: $ids, first: 100) { nodes { id visibility \
    maxAccessLevel { integerValue } projectsCount descendantGroupsCount groupMembersCount } } }";
const PROJECTS: &str = "query($ids: [ID!]) { projects(ids: $ids, first: 100) { nodes { id visibility \
    maxAccessLevel { integerValue } } } }";

/// What GitLab's lists in REST leave out of a group or project, and would have to be asked of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The highest level that one has in it, inherited or not.
    pub(crate) access_level: Option<AccessLevel>,
    pub(crate) visibility: Option<String>,
    /// Directly in a group.
    pub(crate) project_count: Option<u64>,
    /// Directly in a group.
    pub(crate) subgroup_count: Option<u64>,
    /// Of a group; direct ones.
    pub(crate) member_count: Option<u64>,
}

#[derive(Deserialize)]
struct Groups {
    groups: Option<Nodes>,
}

#[derive(Deserialize)]
struct Projects {
    projects: Option<Nodes>,
}

#[derive(Default, Deserialize)]
struct Nodes {
    nodes: Vec<Option<Node>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: String,
    visibility: Option<String>,
    max_access_level: Option<Level>,
    projects_count: Option<u64>,
    descendant_groups_count: Option<u64>,
    group_members_count: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Level {
    integer_value: Option<u64>,
}

/// Facts about groups, by their numbers: one request for a hundred. A GitLab that cannot answer such a question tells
/// none.
///
/// # Errors
/// The token is no longer good, or a limit holds.
pub(crate) async fn of_groups(gitlab: &Gitlab, ids: &[u64]) -> Result<HashMap<u64, Facts>, GitlabError> {
    let mut facts = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(PAGE) {
        let variables = json!({ "ids": global("Group", ids) });
        let asked = gitlab.ask::<Groups>(GROUPS, &variables, Lane::People).await;
        facts.extend(known(asked.map(|answer| answer.groups))?);
    }
    Ok(facts)
}

/// The same about projects.
///
/// # Errors
/// As [`of_groups`].
pub(crate) async fn of_projects(gitlab: &Gitlab, ids: &[u64]) -> Result<HashMap<u64, Facts>, GitlabError> {
    let mut facts = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(PAGE) {
        let variables = json!({ "ids": global("Project", ids) });
        let asked = gitlab.ask::<Projects>(PROJECTS, &variables, Lane::People).await;
        facts.extend(known(asked.map(|answer| answer.projects))?);
    }
    Ok(facts)
}

fn global(kind: &str, ids: &[u64]) -> Vec<String> {
    ids.iter().map(|id| format!("gid://gitlab/{kind}/{id}")).collect()
}

fn known(asked: Result<Option<Nodes>, GitlabError>) -> Result<Vec<(u64, Facts)>, GitlabError> {
    let nodes = match asked {
        Ok(nodes) => nodes.unwrap_or_default(),
        Err(error @ (GitlabError::Unauthorized(_) | GitlabError::RateLimited(_))) => return Err(error),
        Err(error) => {
            tracing::debug!(%error, "Levels and counts could not be told");
            Nodes::default()
        }
    };
    let known = nodes.nodes.into_iter().flatten().filter_map(|node| {
        let id = node.id.rsplit('/').next()?.parse().ok()?;
        let level = node.max_access_level.and_then(|level| level.integer_value);
        let facts = Facts {
            access_level: level.and_then(AccessLevel::from_number),
            visibility: node.visibility,
            project_count: node.projects_count,
            subgroup_count: node.descendant_groups_count,
            member_count: node.group_members_count,
        };
        Some((id, facts))
    });
    Ok(known.collect())
}
