//! Groups that groups and projects are shared with, as sections of a manifest.

use domain::JobStatus;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{apply, exported, not_unchanged, plan, yaml};
use crate::world::World;

/// `acme` with a project, and three groups that can be invited.
async fn world() -> (World, [u64; 3]) {
    let world = World::new().await;
    let acme = world
        .by_hand("groups", json!({ "name": "Acme", "path": "acme" }))
        .await;
    let site = json!({ "name": "site", "path": "site", "namespace_id": acme });
    world.by_hand("projects", site).await;
    let mut invited = [0; 3];
    for (id, path) in invited.iter_mut().zip(["partners", "auditors", "visitors"]) {
        *id = world
            .by_hand("groups", json!({ "name": path, "path": path }))
            .await;
    }
    (world, invited)
}

async fn share(world: &World, what: &str, with: u64, level: u64, until: Option<&str>) {
    let body = json!({ "group_id": with, "group_access": level, "expires_at": until });
    world.by_hand(&format!("{what}/share"), body).await;
}

/// With whom it is shared, and as what.
async fn shares(world: &World, path: &str) -> Vec<(String, u64)> {
    let body: Value = world
        .gitlab
        .get(path, gitlab_client::NO_QUERY, gitlab_client::Lane::People)
        .await
        .unwrap();
    let links = body["shared_with_groups"].as_array().unwrap().iter();
    let mut links: Vec<_> = links
        .map(|link| {
            let path = link["group_full_path"].as_str().unwrap().to_owned();
            (path, link["group_access_level"].as_u64().unwrap())
        })
        .collect();
    links.sort();
    links
}

#[tokio::test]
async fn what_is_shared_is_exported_as_a_manifest_that_changes_nothing() {
    let (world, [partners, auditors, _]) = world().await;
    share(&world, "groups/acme", partners, 30, Some("2031-12-31")).await;
    share(&world, "groups/acme", auditors, 20, None).await;
    share(&world, "projects/acme%2Fsite", partners, 40, None).await;

    let text = exported(&world, yaml(&["sharedWithGroups"])).await;

    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("invited_group"))
        .map(str::trim)
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    - { invited_group: auditors, group_access: reporter }
    - { invited_group: partners, group_access: developer, expires_at: "2031-12-31" }
    - { invited_group: partners, group_access: maintainer }
    "#);
    let (items, _) = plan(&world, &text).await;
    assert_eq!(items.len(), 8, "five objects and three shares");
    assert_eq!(not_unchanged(&items), [""; 0]);
}

#[tokio::test]
async fn an_exact_list_of_shares_ends_the_others_and_knows_a_group_by_any_of_its_names() {
    let (world, [partners, auditors, visitors]) = world().await;
    for (group, level) in [(partners, 30), (auditors, 20), (visitors, 10)] {
        share(&world, "groups/acme", group, level, None).await;
        share(&world, "projects/acme%2Fsite", group, level, None).await;
    }
    let text = format!(
        "
apiVersion: gitlab-bulk/v1
exact: [sharedWithGroups]
groups:
  - path: acme
    name: Acme
    sharedWithGroups:
      - {{ invited_group: {auditors}, group_access: reporter }}
      - {{ invited_group: PARTNERS, group_access: maintainer, expires_at: 2031-12-31 }}
    projects:
      - path: site
        shared_with_groups:
          - {{ invited_group: partners, group_access: developer }}
"
    );

    let job = apply(&world, &text).await;

    assert_eq!(job.status, JobStatus::Completed);
    let ledger = world
        .ledger(job.id)
        .await
        .replace(&format!("#{auditors} "), "#AUDITORS ");
    assert_snapshot!(ledger, @r"
    create_group acme unchanged skipped attempts=0
    share_group acme#AUDITORS unchanged skipped attempts=0
    share_group acme#PARTNERS update succeeded attempts=2
    create_project acme/site unchanged skipped attempts=0
    share_project acme/site#partners unchanged skipped attempts=0
    unshare_group acme#visitors delete succeeded attempts=1
    unshare_project acme/site#auditors delete succeeded attempts=1
    unshare_project acme/site#visitors delete succeeded attempts=1
    ");
    let kept = |path: &str, level| (path.to_owned(), level);
    assert_eq!(
        shares(&world, "groups/acme").await,
        [kept("auditors", 20), kept("partners", 40)]
    );
    assert_eq!(
        shares(&world, "projects/acme%2Fsite").await,
        [kept("partners", 30)]
    );
    let (items, _) = plan(&world, &text).await;
    assert_eq!(not_unchanged(&items), [""; 0]);
}

#[tokio::test]
async fn a_group_is_shared_with_one_that_the_manifest_makes() {
    let world = World::new().await;
    let text = "
apiVersion: gitlab-bulk/v1
groups:
  - path: acme
    name: Acme
    sharedWithGroups: [{ invited_group: partners/core, group_access: guest }]
  - path: partners
    name: Partners
    subgroups: [{ path: core, name: Core }]
";
    let job = apply(&world, text).await;
    assert_eq!((job.status, job.failure_count), (JobStatus::Completed, 0));
    assert_eq!(
        shares(&world, "groups/acme").await,
        [("partners/core".to_owned(), 10)]
    );
}
