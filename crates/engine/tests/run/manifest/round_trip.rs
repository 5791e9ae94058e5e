//! What an estate is exported as, planned, leaves it as it is.

use std::sync::Arc;

use domain::SystemClock;
use engine::export::sections;
use gitlab_sim::Options;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::{apply, exported, not_unchanged, plan, yaml};
use crate::world::World;

#[tokio::test]
async fn a_seeded_estate_is_exported_as_a_manifest_that_changes_nothing() {
    let options = Options::default().seed(7).groups(40).projects(200).users(30);
    let clock = Arc::new(SystemClock::new());
    let world = World::on_instance(options, "glpat-sim-root", true, clock).await;
    let everything = sections(world.engine.registry());
    let text = exported(&world, yaml(&everything)).await;
    let estate = world.sim.estate();
    let is_in_a_group = |path: &str| {
        let root = path.split('/').next();
        estate
            .groups
            .iter()
            .any(|group| Some(group.full_path.as_str()) == root)
    };
    let in_groups = estate
        .projects
        .iter()
        .filter(|project| is_in_a_group(&project.full_path))
        .count();
    assert!(in_groups > 50, "{in_groups} projects");
    assert_eq!(text.matches("- path: ").count(), estate.groups.len() + in_groups);
    let (items, _) = plan(&world, &text).await;
    let others = not_unchanged(&items);
    assert!(
        others.is_empty(),
        "{} of {}: {:?}",
        others.len(),
        items.len(),
        &others[..others.len().min(3)]
    );
}

/// Texts that YAML, CSV or a template could take for something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9 ]{0,20}[A-Za-z0-9]",
        Just("yes".to_owned()),
        Just("# no comment: [not, a, list]".to_owned()),
        Just("two\nlines and a \"quote\"".to_owned()),
        Just("=1+1".to_owned()),
        Just("Ärger & Freude – 漢字".to_owned()),
        Just("007".to_owned()),
    ]
}

/// A project, the number of which makes its path its own.
fn project() -> impl Strategy<Value = Value> {
    let members = prop::collection::btree_map(
        1_u32..6,
        prop::sample::select(vec!["guest", "developer", "maintainer"]),
        0..3,
    );
    let variables = prop::collection::btree_map("[A-Z]{3,8}", (any::<bool>(), text()), 0..3);
    (
        prop::option::of(text()),
        prop::collection::btree_set("[a-z]{2,8}", 0..3),
        prop::sample::select(vec!["enabled", "private", "disabled"]),
        any::<bool>(),
        members,
        variables,
    )
        .prop_map(|(description, topics, wiki, lfs, members, variables)| {
            let members: Vec<Value> = members
                .into_iter()
                .map(|(user, level)| json!({ "username": format!("dev-{user:04}"), "access_level": level }))
                .collect();
            let variables: Vec<Value> = variables
                .into_iter()
                .map(
                    |(key, (protected, value))| json!({ "key": key, "value": value, "protected": protected }),
                )
                .collect();
            json!({
                "description": description,
                "topics": topics,
                "wiki_access_level": wiki,
                "settings": { "lfs_enabled": lfs },
                "members": members,
                "variables": variables,
            })
        })
}

/// A group with what it holds, down to a few levels.
fn group() -> impl Strategy<Value = Value> {
    let labels = || prop::collection::btree_map("[a-z]{3,8}", "#[0-9a-f]{6}", 0..3);
    let leaf = (
        prop::option::of(text()),
        labels(),
        prop::collection::vec(project(), 0..3),
    )
        .prop_map(of_parts);
    leaf.prop_recursive(3, 8, 2, move |inner| {
        (
            (
                prop::option::of(text()),
                labels(),
                prop::collection::vec(project(), 0..2),
            )
                .prop_map(of_parts),
            prop::collection::vec(inner, 1..3),
        )
            .prop_map(|(mut group, subgroups)| {
                group["subgroups"] = subgroups.into();
                group
            })
    })
}

type Parts = (
    Option<String>,
    std::collections::BTreeMap<String, String>,
    Vec<Value>,
);

fn of_parts((description, labels, projects): Parts) -> Value {
    let labels: Vec<Value> = labels
        .into_iter()
        .map(|(name, color)| json!({ "name": name, "color": color }))
        .collect();
    json!({ "description": description, "labels": labels, "projects": projects })
}

/// Gives every group and project a path and a name that no other has. A label that a group above has already
/// would be taken from there, so that labels below the outermost groups are left out.
fn number(groups: &mut [Value], depth: usize, next: &mut u32) {
    for group in groups {
        *next += 1;
        group["path"] = format!("group-{next}").into();
        group["name"] = format!("Group {next}").into();
        if depth > 0 {
            group["labels"] = json!([]);
        }
        for project in group["projects"].as_array_mut().into_iter().flatten() {
            *next += 1;
            project["path"] = format!("project-{next}").into();
            project["name"] = format!("Project {next}").into();
        }
        if let Some(subgroups) = group["subgroups"].as_array_mut() {
            number(subgroups, depth + 1, next);
        }
    }
}

#[test]
fn whatever_a_manifest_makes_is_exported_as_a_manifest_that_changes_nothing() {
    let config = Config {
        cases: 8,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..Config::default()
    };
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[4; 32]);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let trees = prop::collection::vec(group(), 1..3);
    let result = runner.run(&trees, |mut groups| {
        number(&mut groups, 0, &mut 0);
        let manifest = json!({ "apiVersion": "gitlab-bulk/v1", "groups": groups }).to_string();
        runtime.block_on(async {
            let world = World::new().await;
            let job = apply(&world, &manifest).await;
            prop_assert_eq!(job.failure_count, 0, "{}", world.ledger(job.id).await);
            prop_assert_eq!(
                not_unchanged(&plan(&world, &manifest).await.0),
                [""; 0],
                "{}",
                &manifest
            );
            let everything = sections(world.engine.registry());
            let text = exported(&world, yaml(&everything)).await;
            prop_assert_eq!(not_unchanged(&plan(&world, &text).await.0), [""; 0], "{}", &text);
            Ok(())
        })
    });
    result.unwrap();
}
