//! Which mails people want.

use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn a_setting_of_the_instance_begins_as_participating_and_names_the_address() {
    let lab = Lab::start().await;
    let address = lab.dev(1).get("/user").await.body["email"].clone();
    lab.dev(1).get("/notification_settings").await.is(
        200,
        json!({"level": "participating", "notification_email": address}),
    );
    let watch = json!({"level": "watch", "notification_email": address});
    lab.dev(1)
        .put("/notification_settings", json!({"level": "watch"}))
        .await
        .is(200, watch.clone());
    lab.dev(1).get("/notification_settings").await.is(200, watch);
    assert_eq!(lab.anonymous().get("/notification_settings").await.status, 401);
}

#[tokio::test]
async fn a_setting_of_a_group_or_project_follows_the_instance_until_it_is_set() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    lab.project(acme, "site", "public").await;
    for (place, level) in [("groups/acme", "disabled"), ("projects/acme%2Fsite", "mention")] {
        let path = format!("/{place}/notification_settings");
        lab.dev(1).get(&path).await.is(200, json!({"level": "global"}));
        lab.dev(1)
            .put(&path, json!({"level": level}))
            .await
            .is(200, json!({"level": level}));
        lab.dev(1).get(&path).await.is(200, json!({"level": level}));
    }
    lab.dev(1)
        .get("/groups/none/notification_settings")
        .await
        .is(404, json!({"message": "404 Group Not Found"}));
}

#[tokio::test]
async fn the_single_events_are_shown_with_the_level_custom_only() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "public").await;
    let path = "/groups/acme/notification_settings";
    let custom = lab
        .dev(1)
        .put(path, json!({"level": "custom", "new_note": true}))
        .await
        .body;
    assert_eq!(custom["events"]["new_note"], true);
    assert_eq!(custom["events"]["new_issue"], false);
    assert_eq!(custom["events"]["failed_pipeline"], true);
    let watch = lab.dev(1).put(path, json!({"level": "watch"})).await.body;
    assert_eq!(watch.get("events"), None);
}

#[tokio::test]
async fn an_unknown_level_is_refused() {
    let lab = Lab::start().await;
    lab.root()
        .put("/notification_settings", json!({"level": "loud"}))
        .await
        .is(400, json!({"error": "level does not have a valid value"}));
}

#[tokio::test]
async fn a_setting_belongs_to_one_person() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "public").await;
    let path = "/groups/acme/notification_settings";
    lab.dev(1).put(path, json!({"level": "watch"})).await;
    lab.dev(2).get(path).await.is(200, json!({"level": "global"}));
}
