use domain::JobOptions;
use gitlab_client::{Lane, NO_QUERY, WriteRequest};
use serde_json::{Value, json};

use super::{does, group, plan, run, told, undone, would_do};
use crate::world::World;

/// `acme/web` with a setting, two labels, a protected branch, a variable and a member.
async fn web(world: &World) -> u64 {
    let acme = group(world, "acme", None).await;
    let body = json!({
        "name": "Web", "path": "web", "namespace_id": acme, "visibility": "private",
        "description": "The site", "merge_method": "ff", "wiki_access_level": "disabled"
    });
    let web = world.by_hand("projects", body).await;
    for (path, body) in [
        ("labels", json!({ "name": "bug", "color": "#ff0000" })),
        (
            "labels",
            json!({ "name": "help wanted", "color": "#00ff00", "description": "Come in" }),
        ),
        ("members", json!({ "username": "dev-0001", "access_level": 30 })),
        (
            "protected_branches",
            json!({ "name": "release/*", "push_access_level": 0, "merge_access_level": 30 }),
        ),
    ] {
        world.by_hand(&format!("projects/{web}/{path}"), body).await;
    }
    let variable =
        json!({ "key": "TOKEN", "value": "hunter2hunter2", "masked": true, "environment_scope": "prod" });
    let request = WriteRequest::post(format!("projects/{web}/variables")).body(variable);
    world.gitlab.send(&request, Lane::People).await;
    web
}

async fn get(world: &World, path: &str) -> Value {
    world.gitlab.get(path, NO_QUERY, Lane::People).await.unwrap()
}

#[tokio::test]
async fn a_copy_of_a_project_has_its_settings_and_what_comes_with_them() {
    let world = World::new().await;
    web(&world).await;
    let parts = ["labels", "protected_branches", "variables", "members"];
    let clone = json!({ "project": "acme/web", "path": "shop", "name": "Shop", "include": parts });

    let job = plan(&world, &[("clone_project", clone)], JobOptions::default()).await;
    run(&world, &job).await;

    assert_eq!(
        told(&world, &job).await,
        "clone_project acme/shop: create, succeeded\n  \
         description: null -> \"The site\"\n  \
         name: null -> \"Shop\"\n  \
         visibility: null -> \"private\"\n  \
         settings_of: null -> \"acme/web\"\n  \
         labels: null -> [\"bug\",\"help wanted\"]\n  \
         protected_branches: null -> [\"release/*\"]\n  \
         variables: null -> [\"TOKEN\"]\n  \
         members: null -> [\"2\"]\n  \
         (1 variable come without their values, and unmasked: set those.)\n  \
         (The repository, issues and merge requests are not copied.)"
    );
    let shop = get(&world, "projects/acme%2Fshop").await;
    assert_eq!(
        (&shop["merge_method"], &shop["wiki_access_level"], &shop["name"]),
        (&json!("ff"), &json!("disabled"), &json!("Shop"))
    );
    let labels = get(&world, "projects/acme%2Fshop/labels").await;
    assert_eq!(labels.as_array().unwrap().len(), 2);
    let branch = get(&world, "projects/acme%2Fshop/protected_branches/release%2F*").await;
    assert_eq!(
        (
            &branch["push_access_levels"][0]["access_level"],
            &branch["merge_access_levels"][0]["access_level"]
        ),
        (&json!(0), &json!(30))
    );
    let variables = get(&world, "projects/acme%2Fshop/variables").await;
    assert_eq!(
        (
            &variables[0]["key"],
            &variables[0]["value"],
            &variables[0]["environment_scope"]
        ),
        (&json!("TOKEN"), &json!(""), &json!("prod"))
    );
    assert_eq!(world.sim.members("acme/shop")[0].username, "dev-0001");
    assert!(!told(&world, &job).await.contains("hunter2"));

    let id = shop["id"].as_u64().unwrap();
    assert_eq!(
        undone(&world, &job).await,
        [("delete_project", json!({ "project": id }))]
    );
}

#[tokio::test]
async fn without_a_name_a_copy_stands_beside_the_original_with_a_suffix() {
    let world = World::new().await;
    web(&world).await;

    let told = does(&world, "clone_project", json!({ "project": "acme/web" })).await;

    assert!(
        told.starts_with("clone_project acme/web_copy: create, succeeded"),
        "{told}"
    );
    let copy = world.sim.project("acme/web_copy").unwrap();
    assert_eq!(copy.name, "Web_copy");
    assert!(
        world.sim.members("acme/web_copy").is_empty(),
        "members come only when asked for"
    );
    let again = would_do(&world, "clone_project", json!({ "project": "acme/web" })).await;
    assert!(
        again.contains("PATH_TAKEN: `acme/web_copy` is a project already"),
        "{again}"
    );
}

#[tokio::test]
async fn a_copy_of_a_group_says_what_is_not_copied() {
    let world = World::new().await;
    let acme = world
        .by_hand(
            "groups",
            json!({ "name": "Acme", "path": "acme", "visibility": "public", "project_creation_level": "maintainer" }),
        )
        .await;
    world
        .by_hand(
            &format!("groups/{acme}/labels"),
            json!({ "name": "bug", "color": "#ff0000" }),
        )
        .await;
    group(&world, "team", Some(acme)).await;

    let told = does(
        &world,
        "clone_group",
        json!({ "group": "acme", "suffix": "-two" }),
    )
    .await;

    assert_eq!(
        told,
        "clone_group acme-two: create, succeeded\n  \
         name: null -> \"Acme-two\"\n  \
         visibility: null -> \"public\"\n  \
         settings_of: null -> \"acme\"\n  \
         labels: null -> [\"bug\"]\n  \
         (1 subgroup in it are not copied: copy them one by one.)"
    );
    let copy = get(&world, "groups/acme-two").await;
    assert_eq!(copy["project_creation_level"], "maintainer");
    let labels = get(&world, "groups/acme-two/labels").await;
    assert_eq!(labels[0]["name"], "bug");
}

#[tokio::test]
async fn what_cannot_be_copied_is_said_with_what_can() {
    let world = World::new().await;
    let operation = world.engine.registry().get("clone_group").unwrap().clone();
    let Value::Object(params) = json!({ "group": 7, "include": ["repository"] }) else {
        unreachable!()
    };
    let problems = operation
        .validate(params, domain::Source::default(), world.engine.now())
        .unwrap_err();
    let columns: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.column.as_deref())
        .collect();
    assert_eq!(columns, ["path", "parent", "include"]);
}
