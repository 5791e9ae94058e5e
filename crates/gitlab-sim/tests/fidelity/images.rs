//! Images in the container registry, and what they hold in place (§5.4). Nobody pushes over this API: a control call does.

use std::time::Duration;

use gitlab_sim::{Background, Options};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;

/// `acme/web` with the project `site`, beside `acme/ops`; and `apex`.
struct Place {
    lab: Lab,
    web: u64,
    ops: u64,
    apex: u64,
    site: u64,
}

impl Place {
    async fn start() -> Self {
        Self::on(Lab::start().await).await
    }

    async fn on(lab: Lab) -> Self {
        let acme = lab.group(None, "acme", "private").await;
        let web = lab.group(Some(acme), "web", "private").await;
        let ops = lab.group(Some(acme), "ops", "private").await;
        let apex = lab.group(None, "apex", "private").await;
        let site = lab.project(web, "site", "private").await;
        Self {
            lab,
            web,
            ops,
            apex,
            site,
        }
    }

    /// As [`Place::start`], and somebody has pushed `nginx` with this tag, or without one.
    async fn with_image(tag: Option<&str>) -> Self {
        let place = Self::start().await;
        place.push(tag).await;
        place
    }

    async fn push(&self, tag: Option<&str>) {
        let image =
            json!({"project": "acme/web/site", "name": "nginx", "tags": tag.into_iter().collect::<Vec<_>>()});
        let pushed = self.lab.control(Method::POST, "/images", image).await;
        assert_eq!(pushed.status, 204, "{pushed:?}");
    }

    fn images(&self) -> String {
        format!("/projects/{}/registry/repositories", self.site)
    }

    async fn move_group(&self, to: Option<u64>) -> Answer {
        let path = format!("/groups/{}/transfer", self.web);
        self.lab.root().post(&path, json!({"group_id": to})).await
    }

    async fn move_project(&self, to: u64) -> Answer {
        let path = format!("/projects/{}/transfer", self.site);
        self.lab.root().put(&path, json!({"namespace": to})).await
    }

    async fn delete_project(&self) -> Answer {
        let path = format!("/projects/{}", self.site);
        self.lab.root().delete(&path, Value::Null).await
    }
}

const GROUP_HAS_IMAGES: &str = "Cannot update the path because there are projects under this group that contain \
                                Docker images in their container registry. Please remove the images from your \
                                projects first and try again.";

#[tokio::test]
async fn images_of_a_project_are_listed_with_their_tags_where_asked_for() {
    let place = Place::with_image(Some("1.0")).await;
    place.push(Some("1.1")).await;
    place.push(Some("1.0")).await;
    let root = place.lab.root();

    let plain = root.get(&place.images()).await;
    assert_eq!(plain.status, 200);
    same_shape(&plain, "image_repository");
    assert_eq!(plain.column("path"), ["acme/web/site/nginx"]);
    let with_tags = root
        .get(&format!("{}?tags=true&tags_count=true", place.images()))
        .await;
    same_shape(&with_tags, "image_repository_tags");
    assert_eq!(with_tags.body[0]["tags_count"], 2);
    assert_eq!(with_tags.body[0]["tags"][1]["path"], "acme/web/site/nginx:1.1");
}

#[tokio::test]
async fn images_of_a_group_are_those_of_all_projects_below() {
    let place = Place::with_image(Some("1.0")).await;
    let root = place.lab.root();
    for (group, expected) in [("acme", 1), ("acme%2Fweb", 1), ("acme%2Fops", 0), ("apex", 0)] {
        let listed = root.get(&format!("/groups/{group}/registry/repositories")).await;
        assert_eq!(listed.body.as_array().unwrap().len(), expected, "{group}");
    }
    place.lab.member("groups/acme", 1, 10).await;
    place
        .lab
        .dev(1)
        .get("/groups/acme/registry/repositories")
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn tags_of_an_image_are_listed() {
    let place = Place::with_image(Some("1.0")).await;
    place.push(Some("1.1")).await;
    let tags = place.lab.root().get(&format!("{}/1/tags", place.images())).await;
    assert_eq!(tags.column("name"), ["1.0", "1.1"]);
    let nothing = place.lab.root().get(&format!("{}/2/tags", place.images())).await;
    assert_eq!(nothing.status, 404);
}

#[tokio::test]
async fn private_images_are_for_members_from_reporter_on() {
    let place = Place::with_image(Some("1.0")).await;
    let (site, images) = (format!("projects/{}", place.site), place.images());
    place.lab.member(&site, 1, 10).await;
    place.lab.member(&site, 2, 20).await;
    let statuses = async || {
        let (guest, reporter) = (place.lab.dev(1), place.lab.dev(2));
        (
            guest.get(&images).await.status,
            reporter.get(&images).await.status,
        )
    };
    assert_eq!(statuses().await, (403, 200), "a private project");
    for path in [
        "/groups/acme",
        "/groups/acme%2Fweb",
        "/projects/acme%2Fweb%2Fsite",
    ] {
        let public = json!({"visibility": "public"});
        assert_eq!(place.lab.root().put(path, public).await.status, 200);
    }
    assert_eq!(statuses().await, (200, 200), "a public project");
    let private = json!({"container_registry_access_level": "private"});
    assert_eq!(
        place.lab.root().put(&format!("/{site}"), private).await.status,
        200
    );
    assert_eq!(statuses().await, (403, 200), "images of its own");
}

#[tokio::test]
async fn a_registry_that_is_off_is_403() {
    let place = Place::with_image(Some("1.0")).await;
    let off = json!({"container_registry_access_level": "disabled"});
    let site = format!("/projects/{}", place.site);
    assert_eq!(place.lab.root().put(&site, off).await.status, 200);
    place
        .lab
        .root()
        .get(&place.images())
        .await
        .is(403, json!({"message": "403 Forbidden"}));
}

#[tokio::test]
async fn images_are_removed_later_by_maintainers() {
    let clock = HandClock::new();
    let options = Options::empty()
        .users(9)
        .clock(clock.clone())
        .background(Background::After(Duration::from_secs(5)));
    let place = Place::on(Lab::with(options).await).await;
    place.push(Some("1.0")).await;
    place.lab.member(&format!("projects/{}", place.site), 1, 30).await;
    let image = format!("{}/1", place.images());
    assert_eq!(place.lab.dev(1).delete(&image, Value::Null).await.status, 403);
    place
        .lab
        .root()
        .delete(&image, Value::Null)
        .await
        .is(202, json!(202));
    let listed = place.lab.root().get(&place.images()).await;
    assert_eq!(listed.column("status"), ["delete_scheduled"]);
    clock.advance(Duration::from_secs(5));
    place.lab.root().get(&place.images()).await.is(200, json!([]));
    assert_eq!(place.move_project(place.apex).await.status, 200);
}

#[tokio::test]
async fn a_group_with_images_is_neither_renamed_nor_moved() {
    let place = Place::with_image(Some("1.0")).await;
    let failed = json!({"message": format!("Transfer failed: {GROUP_HAS_IMAGES}")});
    for to in [None, Some(place.ops), Some(place.apex)] {
        place.move_group(to).await.is(400, failed.clone());
    }
    let (root, web) = (place.lab.root(), format!("/groups/{}", place.web));
    root.put(&web, json!({"path": "www"}))
        .await
        .is(400, json!({"message": GROUP_HAS_IMAGES}));
    let same = json!({"path": "web", "name": "World wide web"});
    assert_eq!(root.put(&web, same).await.status, 200);
}

#[tokio::test]
async fn a_group_with_images_waits_for_its_deletion_under_its_own_path() {
    let place = Place::with_image(Some("1.0")).await;
    let (root, web) = (place.lab.root(), format!("/groups/{}", place.web));
    assert_eq!(root.delete(&web, Value::Null).await.status, 202);
    let group = root.get(&web).await.body;
    assert_eq!(group["full_path"], "acme/web");
    assert!(group["marked_for_deletion_on"].is_string());
}

#[tokio::test]
async fn a_project_with_tagged_images_does_not_leave_its_root() {
    let place = Place::with_image(Some("1.0")).await;
    let reason = "Project cannot be transferred to a different top-level namespace, because image tags are present in \
                  its container registry";
    let failed = format!("Failed to transfer project {{:new_namespace=>[{reason:?}]}}");
    place
        .move_project(place.apex)
        .await
        .is(400, json!({"message": failed}));
    assert!(place.lab.gitlab.project("acme/web/site").is_some());
}

#[tokio::test]
async fn a_project_with_tagged_images_is_not_deleted() {
    let place = Place::with_image(Some("1.0")).await;
    let reason = "Cannot rename or delete project because it contains container registry tags";
    place.delete_project().await.is(400, json!({"message": reason}));
    assert!(
        !place
            .lab
            .gitlab
            .project("acme/web/site")
            .unwrap()
            .marked_for_deletion
    );
}

#[tokio::test]
async fn images_follow_a_project_that_stays_below_its_root() {
    let place = Place::with_image(Some("1.0")).await;
    assert_eq!(place.move_project(place.ops).await.status, 200);
    let (root, site) = (place.lab.root(), format!("/projects/{}", place.site));
    assert_eq!(root.put(&site, json!({"path": "page"})).await.status, 200);
    let images = root.get(&place.images()).await;
    assert_eq!(images.column("path"), ["acme/ops/page/nginx"]);
}

#[tokio::test]
async fn an_image_without_tags_holds_its_group_and_not_its_project() {
    let place = Place::with_image(None).await;
    assert_eq!(place.move_group(Some(place.apex)).await.status, 400);
    assert_eq!(place.move_project(place.apex).await.status, 200);
    assert_eq!(place.delete_project().await.status, 202);
}

#[tokio::test]
async fn a_queued_transfer_finds_the_images_that_came_meanwhile() {
    let clock = HandClock::new();
    let options = Options::empty()
        .users(9)
        .clock(clock.clone())
        .background(Background::After(Duration::from_secs(5)));
    let place = Place::on(Lab::with(options).await).await;
    let flag = place
        .lab
        .root()
        .post(
            "/features/groups_and_projects_async_transfer",
            json!({"value": true}),
        )
        .await;
    assert_eq!(flag.status, 201, "{flag:?}");
    assert_eq!(place.move_project(place.apex).await.status, 200);
    place.push(Some("1.0")).await;
    clock.advance(Duration::from_secs(5));
    let site = place.lab.root().get(&format!("/projects/{}", place.site)).await;
    assert_eq!(site.body["path_with_namespace"], "acme/web/site");
}
