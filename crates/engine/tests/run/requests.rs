//! How much planning asks of GitLab when there are many objects: lists are read once, and of each object only what no list
//! shows.

use std::fmt::Write;

use domain::JobOptions;
use gitlab_sim::Tier;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::World;

const GROUPS: u32 = 12;
const PROJECTS_IN_EACH: u32 = 10;

fn group(number: u32) -> String {
    format!("acme/group-{number:02}")
}

/// The paths of all projects.
fn projects() -> impl Iterator<Item = String> {
    let in_one = |number| (0..PROJECTS_IN_EACH).map(move |project| format!("{}/p{project}", group(number)));
    (0..GROUPS).flat_map(in_one)
}

/// Twelve groups of ten projects each below `acme`, and `elsewhere`.
async fn many() -> World {
    let world = World::of_tier(Tier::Premium).await;
    let mut groups = "name,path,parent\nAcme,acme,\nElsewhere,elsewhere,\n".to_owned();
    for number in 0..GROUPS {
        writeln!(groups, "Group {number},group-{number:02},acme").unwrap();
    }
    let mut rows = "name,group\n".to_owned();
    for path in projects() {
        let (group, name) = path.rsplit_once('/').unwrap();
        writeln!(rows, "{name},{group}").unwrap();
    }
    let files = [("groups.csv", groups.as_str()), ("projects.csv", rows.as_str())];
    let job = world.apply(&files, JobOptions::default()).await;
    assert_eq!(job.success_count, 2 + GROUPS + GROUPS * PROJECTS_IN_EACH);
    world
}

/// Plans a row for each target: what is asked of GitLab for it, and how often.
async fn asked(world: &World, operation: &str, rows: impl Iterator<Item = Value>) -> String {
    let before = world.sim.stats().requests.by_route;
    let rows = Value::Array(rows.collect());
    let job = world.planned(operation, &rows, JobOptions::default()).await;
    let items = world.items(job.id).await;
    let errors: Vec<_> = items.iter().filter_map(|item| item.error.as_ref()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let routes = world.sim.stats().requests.by_route;
    let since = |(route, count): (String, u64)| {
        let count = count - before.get(&route).copied().unwrap_or_default();
        (count > 0).then(|| format!("{count} {route}"))
    };
    routes
        .into_iter()
        .filter_map(since)
        .collect::<Vec<_>>()
        .join("\n")
}

fn of_projects(more: Value) -> impl Iterator<Item = Value> {
    projects().map(move |path| with(json!({ "project": path }), &more))
}

fn of_groups(more: Value) -> impl Iterator<Item = Value> {
    (0..GROUPS).map(move |number| with(json!({ "group": group(number) }), &more))
}

fn with(mut row: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

#[tokio::test]
async fn variables_take_one_list_for_each_project_or_group_however_many_there_are_of_each() {
    let world = many().await;
    let keys = ["FIRST", "SECOND", "THIRD"];
    let rows = keys
        .iter()
        .flat_map(|key| of_projects(json!({ "key": key, "value": "long enough" })));
    assert_snapshot!(asked(&world, "set_variable", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    120 GET /projects/:id/variables
    ");
    let rows = keys
        .iter()
        .flat_map(|key| of_groups(json!({ "key": key, "value": "long enough" })));
    assert_snapshot!(asked(&world, "set_variable", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    12 GET /groups/:id/variables
    ");
    let rows = keys.iter().flat_map(|key| of_projects(json!({ "key": key })));
    assert_snapshot!(asked(&world, "delete_variable", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    120 GET /projects/:id/variables
    ");
}

#[tokio::test]
async fn protections_take_one_list_for_each_project() {
    let world = many().await;
    let names = ["main", "release/*"];
    let rows = names
        .iter()
        .flat_map(|name| of_projects(json!({ "name": name, "push_access_level": "no_one" })));
    assert_snapshot!(asked(&world, "protect_branch", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    120 GET /projects/:id/protected_branches
    ");
}

#[tokio::test]
async fn push_rules_take_one_request_for_each_project() {
    let world = many().await;
    let rows = of_projects(json!({ "max_file_size": 10 }));
    assert_snapshot!(asked(&world, "set_push_rule", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    120 GET /projects/:id/push_rule
    ");
}

#[tokio::test]
async fn approval_rules_take_one_list_for_each_project() {
    let world = many().await;
    let names = ["Security", "Style"];
    let rows = names
        .iter()
        .flat_map(|name| of_projects(json!({ "name": name, "approvals_required": 1 })));
    assert_snapshot!(asked(&world, "set_approval_rule", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    120 GET /projects/:id/approval_rules
    ");
}

#[tokio::test]
async fn shares_take_the_whole_body_of_each_object_once() {
    let world = many().await;
    let invited = ["elsewhere", "acme/group-00"];
    let rows = invited.iter().flat_map(|group| {
        of_projects(json!({ "invited_group": group, "access_level": "developer" }))
            .filter(move |row| !row["project"].as_str().unwrap().starts_with(*group))
    });
    assert_snapshot!(asked(&world, "share_project", rows).await, @r"
    1 GET /groups
    2 GET /groups/:id/projects
    120 GET /projects/:id
    ");
    let rows = of_groups(json!({ "invited_group": "elsewhere", "access_level": "developer" }));
    assert_snapshot!(asked(&world, "share_group", rows).await, @r"
    1 GET /groups
    12 GET /groups/:id
    ");
}

#[tokio::test]
async fn archiving_takes_lists_alone() {
    let world = many().await;
    assert_snapshot!(asked(&world, "archive_project", of_projects(json!({}))).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    ");
    assert_snapshot!(asked(&world, "archive_group", of_groups(json!({}))).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    ");
}

#[tokio::test]
async fn deleting_takes_lists_alone_also_where_it_is_counted_what_goes_with_it() {
    let world = many().await;
    assert_snapshot!(asked(&world, "delete_project", of_projects(json!({}))).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    ");
    assert_snapshot!(asked(&world, "delete_group", of_groups(json!({}))).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    ");
}

#[tokio::test]
async fn transferring_takes_the_lists_of_the_destination_and_what_ties_each_object() {
    let world = many().await;
    // Names are one project's only in the destination.
    let rows = (0..PROJECTS_IN_EACH).map(|number| {
        let project = format!("{}/p{number}", group(number));
        json!({ "project": project, "to": "elsewhere" })
    });
    assert_snapshot!(asked(&world, "transfer_project", rows).await, @r"
    1 GET /groups
    3 GET /groups/:id/projects
    10 GET /projects/:id/packages
    10 GET /projects/:id/registry/repositories
    ");
    let rows = (0..PROJECTS_IN_EACH).map(|number| {
        let project = format!("{}/p{number}", group(number));
        json!({ "project": project, "to": "acme" })
    });
    assert_snapshot!(asked(&world, "transfer_project", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /groups/:id/projects
    ");
    let rows = of_groups(json!({ "to": "elsewhere" }));
    assert_snapshot!(asked(&world, "transfer_group", rows).await, @r"
    1 GET /groups
    12 GET /groups/:id/packages
    3 GET /groups/:id/projects
    12 GET /groups/:id/registry/repositories
    ");
}

#[tokio::test]
async fn what_is_given_by_number_is_listed_as_well() {
    let world = many().await;
    let numbers = |paths: Vec<String>| -> Vec<u64> {
        let number = |path: &String| world.sim.project_id(path).unwrap().0;
        paths.iter().map(number).collect()
    };
    let ids = numbers(projects().collect());
    let rows = ids.iter().map(|id| json!({ "project": id }));
    assert_snapshot!(asked(&world, "archive_project", rows).await, @r"
    1 GET /groups/:id
    1 GET /groups/:id/descendant_groups
    2 GET /projects
    ");
    let ids: Vec<u64> = (0..GROUPS)
        .map(|number| world.sim.group_id(&group(number)).unwrap().0)
        .collect();
    let rows = ids.iter().map(|id| json!({ "group": id }));
    assert_snapshot!(asked(&world, "archive_group", rows).await, @r"
    1 GET /groups
    2 GET /groups/:id/projects
    ");
}
