use std::collections::{BTreeMap, HashMap};

use domain::AccessLevel;
use gitlab_api::resources::{Group, NamespaceKind, Project};
use serde::Serialize;
use utoipa::ToSchema;

use crate::overviews::Facts;
use crate::routes::estate::own_level;

/// A group with what is in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupAccess {
    id: u64,
    name: String,
    full_path: String,
    description: Option<String>,
    parent_id: Option<u64>,
    visibility: String,
    /// Direct members; null where GitLab does not say.
    member_count: Option<u64>,
    user_access: UserAccess,
    projects: Vec<ProjectAccess>,
    #[schema(no_recursion)]
    subgroups: Vec<GroupAccess>,
}

/// A project.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectAccess {
    id: u64,
    name: String,
    path: String,
    full_path: String,
    description: Option<String>,
    visibility: Option<String>,
    user_access: UserAccess,
}

/// The highest level that the user has, inherited or not.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserAccess {
    /// GitLab's number; 0 for somebody who sees it without being a member.
    access_level: u8,
    /// `owner` … `guest`, `minimal_access`, `none`.
    access_level_name: &'static str,
}

/// How many there are of each level, by its name.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Levels(BTreeMap<&'static str, u64>);

/// Groups in their order, and what is in none of them.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) groups: Vec<GroupAccess>,
    pub(super) projects: Vec<ProjectAccess>,
    pub(super) levels_of_groups: Levels,
    pub(super) levels_of_projects: Levels,
}

impl UserAccess {
    fn of(level: Option<AccessLevel>) -> Self {
        Self {
            access_level: level.map_or(0, AccessLevel::number),
            access_level_name: level.map_or("none", AccessLevel::name),
        }
    }
}

impl Levels {
    fn add(&mut self, access: &UserAccess) {
        *self.0.entry(access.access_level_name).or_default() += 1;
    }
}

/// Puts groups below each other, and projects into their groups. A group whose parent is not among them stands at the
/// top.
pub(super) fn grow(groups: Vec<Group>, mut facts: HashMap<u64, Facts>, projects: Vec<Project>) -> Tree {
    let mut tree = Tree::default();
    let known: HashMap<u64, usize> = (0..)
        .zip(&groups)
        .map(|(place, group)| (group.id, place))
        .collect();
    let mut projects_of: HashMap<usize, Vec<ProjectAccess>> = HashMap::new();
    for project in projects {
        let is_in = (project.namespace.kind == NamespaceKind::Group)
            .then(|| known.get(&project.namespace.id).copied())
            .flatten();
        let project = ProjectAccess::from(project);
        tree.levels_of_projects.add(&project.user_access);
        match is_in {
            Some(place) => projects_of.entry(place).or_default().push(project),
            None => tree.projects.push(project),
        }
    }
    let parents: Vec<Option<usize>> = groups
        .iter()
        .map(|group| known.get(&group.parent_id?).copied())
        .collect();
    let mut grown: Vec<Option<GroupAccess>> = (0..)
        .zip(groups)
        .map(|(place, group)| {
            let facts = facts.remove(&group.id).unwrap_or_default();
            let projects = projects_of.remove(&place).unwrap_or_default();
            let group = GroupAccess::of(group, facts, projects);
            tree.levels_of_groups.add(&group.user_access);
            Some(group)
        })
        .collect();
    // The deepest first: what is put into a group is whole by then.
    let mut order: Vec<usize> = (0..grown.len()).collect();
    let depth = |group: &Option<GroupAccess>| {
        group
            .as_ref()
            .map_or(0, |group| group.full_path.matches('/').count())
    };
    let depths: Vec<usize> = grown.iter().map(depth).collect();
    order.sort_by_key(|&place| std::cmp::Reverse((depths[place], place)));
    for place in order {
        let parent = parents[place].filter(|&parent| depths[parent] < depths[place]);
        let Some(group) = grown[place].take() else {
            continue;
        };
        match parent.and_then(|parent| grown[parent].as_mut()) {
            Some(parent) => parent.subgroups.push(group),
            None => tree.groups.push(group),
        }
    }
    tree.put_in_order();
    tree
}

impl Tree {
    fn put_in_order(&mut self) {
        let mut open: Vec<&mut Vec<GroupAccess>> = vec![&mut self.groups];
        while let Some(groups) = open.pop() {
            groups.sort_by(|one, other| one.full_path.cmp(&other.full_path));
            open.extend(groups.iter_mut().map(|group| &mut group.subgroups));
        }
    }
}

impl GroupAccess {
    fn of(group: Group, facts: Facts, projects: Vec<ProjectAccess>) -> Self {
        Self {
            id: group.id,
            name: group.name,
            full_path: group.full_path,
            description: group.description,
            parent_id: group.parent_id,
            visibility: group.visibility.to_string(),
            member_count: facts.member_count,
            user_access: UserAccess::of(facts.access_level),
            projects,
            subgroups: Vec::new(),
        }
    }
}

impl From<Project> for ProjectAccess {
    fn from(project: Project) -> Self {
        let level = own_level(&project).and_then(|number| AccessLevel::from_number(u64::from(number)));
        Self {
            id: project.id,
            name: project.name,
            path: project.path,
            full_path: project.path_with_namespace,
            description: project.description,
            visibility: project.visibility.map(|visibility| visibility.to_string()),
            user_access: UserAccess::of(level),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn group(id: u64, parent_id: Option<u64>, full_path: &str) -> Group {
        Group {
            id,
            parent_id,
            full_path: full_path.to_owned(),
            ..Group::default()
        }
    }

    fn outline(groups: &[GroupAccess]) -> serde_json::Value {
        groups
            .iter()
            .map(|group| json!([group.full_path, outline(&group.subgroups)]))
            .collect()
    }

    #[test]
    fn groups_stand_below_each_other_whatever_order_they_came_in() {
        let groups = vec![
            group(3, Some(2), "a/b/c"),
            group(1, None, "a"),
            group(4, Some(1), "a/a"),
            group(2, Some(1), "a/b"),
            group(9, Some(8), "hidden/seen"),
        ];
        let facts = HashMap::from([(
            1,
            Facts {
                access_level: Some(AccessLevel::Owner),
                ..Facts::default()
            },
        )]);
        let tree = grow(groups, facts, Vec::new());
        assert_eq!(
            outline(&tree.groups),
            json!([
                ["a", [["a/a", []], ["a/b", [["a/b/c", []]]]]],
                ["hidden/seen", []]
            ])
        );
        assert_eq!(json!(tree.levels_of_groups), json!({ "none": 4, "owner": 1 }));
    }
}
