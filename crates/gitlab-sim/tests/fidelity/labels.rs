//! Labels of projects and groups (§7.12, A.2).

use gitlab_sim::{Options, Simulator};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::Lab;
use crate::examples::same_shape;

/// `acme`, its subgroup `acme/web` and a project in that, all private, and where their labels are.
struct Places {
    lab: Lab,
    acme: String,
    web: String,
    site: String,
    web_id: u64,
}

async fn places() -> Places {
    placed(Lab::start().await).await
}

async fn placed(lab: Lab) -> Places {
    let acme = lab.group(None, "acme", "private").await;
    let web_id = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web_id, "site", "private").await;
    Places {
        lab,
        acme: format!("/groups/{acme}/labels"),
        web: format!("/groups/{web_id}/labels"),
        site: format!("/projects/{site}/labels"),
        web_id,
    }
}

fn named(name: &str) -> Value {
    json!({"name": name, "color": "#428BCA"})
}

async fn make(lab: &Lab, place: &str, body: Value) -> u64 {
    let answer = lab.root().post(place, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["id"].as_u64().unwrap()
}

fn field(name: &str, texts: &[&str]) -> Value {
    json!({"message": {name: texts}})
}

fn not_found() -> Value {
    json!({"message": "404 Label Not Found"})
}

fn exists() -> Value {
    json!({"message": "Label already exists"})
}

#[tokio::test]
async fn a_label_of_a_project_has_the_documented_keys() {
    let Places { lab, site, .. } = places().await;
    let body = json!({"name": "kind::defect", "color": "#b22222", "description": "Broken", "priority": 2});
    let made = lab.root().post(&site, body).await;
    same_shape(&made, "label_of_project");
    assert_eq!(
        made.body,
        json!({
            "id": made.body["id"], "name": "kind::defect", "description": "Broken", "description_html": "Broken",
            "text_color": "#FFFFFF", "color": "#b22222", "subscribed": false, "priority": 2,
            "is_project_label": true,
        })
    );
    make(&lab, &site, named("plain")).await;
    same_shape(&lab.root().get(&site).await, "label_of_project");
}

#[tokio::test]
async fn a_label_of_a_group_has_no_priority() {
    let Places { lab, acme, .. } = places().await;
    let body = json!({"name": "team", "color": "#2E8B57", "priority": 2});
    let made = lab.root().post(&acme, body).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "label_of_group");
    same_shape(&lab.root().get(&acme).await, "label_of_group");
}

#[tokio::test]
async fn labels_are_made_read_changed_and_removed() {
    let Places { lab, acme, site, .. } = places().await;
    for place in [&acme, &site] {
        let id = make(&lab, place, named(&format!("of {place}").replace('/', "-"))).await;
        let one = format!("{place}/{id}");
        let body = json!({"new_name": "urgent", "color": "tomato", "description": "Now"});
        let changed = lab.root().put(&one, body).await;
        assert_eq!(changed.status, 200);
        assert_eq!(
            (&changed.body["id"], &changed.body["name"], &changed.body["color"]),
            (&json!(id), &json!("urgent"), &json!("#FF6347"))
        );
        assert_eq!(lab.root().get(&one).await.body, changed.body);
        let gone = lab.root().delete(&one, json!(null)).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        lab.root().get(&one).await.is(404, not_found());
    }
}

#[tokio::test]
async fn labels_need_a_signed_in_viewer() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "public").await;
    let site = lab.project(acme, "site", "public").await;
    for place in [
        format!("/groups/{acme}/labels"),
        format!("/projects/{site}/labels"),
    ] {
        lab.anonymous()
            .get(&place)
            .await
            .is(401, json!({"message": "401 Unauthorized"}));
        assert_eq!(lab.dev(1).get(&place).await.status, 200);
    }
}

#[tokio::test]
async fn a_name_and_a_colour_are_needed() {
    let Places { lab, site, .. } = places().await;
    lab.root()
        .post(&site, json!({"description": "x"}))
        .await
        .is(400, json!({"error": "name is missing, color is missing"}));
}

#[tokio::test]
async fn a_label_that_exists_is_refused_with_409() {
    let Places { lab, acme, site, .. } = places().await;
    for place in [&site, &acme] {
        make(&lab, place, named(&format!("twice in {}", place.len()))).await;
        lab.root()
            .post(place, named(&format!("twice in {}", place.len())))
            .await
            .is(409, exists());
    }
    assert_eq!(lab.gitlab.stats().writes.rejected_as_duplicate, 2);
}

#[tokio::test]
async fn a_label_that_an_ancestor_has_is_refused_with_409() {
    let Places {
        lab, acme, web, site, ..
    } = places().await;
    make(&lab, &acme, named("bug")).await;
    lab.root().post(&web, named("bug")).await.is(409, exists());
    lab.root().post(&site, named("bug")).await.is(409, exists());
}

#[tokio::test]
async fn a_label_that_only_a_descendant_has_is_free() {
    let Places {
        lab, acme, web, site, ..
    } = places().await;
    make(&lab, &site, named("bug")).await;
    make(&lab, &web, named("bug")).await;
    make(&lab, &acme, named("bug")).await;
}

#[tokio::test]
async fn a_title_in_another_case_is_another_label() {
    let Places { lab, site, .. } = places().await;
    make(&lab, &site, named("Bug")).await;
    make(&lab, &site, named("bug")).await;
    lab.root().get(&format!("{site}/BUG")).await.is(404, not_found());
}

#[tokio::test]
async fn a_bad_colour_is_refused() {
    let Places { lab, site, .. } = places().await;
    for color in ["red-ish", "#12345", "#GGGGGG", "428BCA", ""] {
        lab.root()
            .post(&site, json!({"name": "x", "color": color}))
            .await
            .is(400, field("color", &["must be a valid color code"]));
    }
    let id = make(&lab, &site, json!({"name": "short", "color": "#abc"})).await;
    lab.root()
        .put(&format!("{site}/{id}"), json!({"color": "murky"}))
        .await
        .is(400, field("color", &["must be a valid color code"]));
}

#[tokio::test]
async fn css_names_become_digits() {
    let Places { lab, site, .. } = places().await;
    for (name, digits) in [
        ("red", "#FF0000"),
        ("RebeccaPurple", "#663399"),
        ("yellowgreen", "#9ACD32"),
    ] {
        let made = lab.root().post(&site, json!({"name": name, "color": name})).await;
        assert_eq!(made.body["color"], digits, "{name}");
    }
}

#[tokio::test]
async fn text_is_dark_on_bright_colours() {
    let Places { lab, site, .. } = places().await;
    for (color, text) in [
        ("#FFFFFF", "#1F1E24"),
        ("#fff600", "#1F1E24"),
        ("#fff500", "#FFFFFF"),
        ("#000", "#FFFFFF"),
    ] {
        let made = lab
            .root()
            .post(&site, json!({"name": color, "color": color}))
            .await;
        assert_eq!(made.body["text_color"], text, "{color}");
    }
}

#[tokio::test]
async fn commas_and_other_signs_in_titles_are_refused() {
    let Places { lab, site, .. } = places().await;
    for name in ["a,b", "why?", "this & that"] {
        lab.root()
            .post(&site, named(name))
            .await
            .is(400, field("title", &["is invalid"]));
    }
    make(&lab, &site, named("priority::high / 1")).await;
}

#[tokio::test]
async fn an_empty_or_long_title_is_refused() {
    let Places { lab, site, .. } = places().await;
    lab.root()
        .post(&site, named("  "))
        .await
        .is(400, field("title", &["can't be blank", "is invalid"]));
    lab.root()
        .post(&site, named(&"x".repeat(256)))
        .await
        .is(400, field("title", &["is too long (maximum is 255 characters)"]));
    let made = lab.root().post(&site, named("  trimmed ")).await;
    assert_eq!(made.body["name"], "trimmed");
}

#[tokio::test]
async fn a_label_is_found_by_id_and_by_title() {
    let Places { lab, acme, site, .. } = places().await;
    let own = make(&lab, &site, named("own")).await;
    let inherited = make(&lab, &acme, named("inherited")).await;
    for (reference, id) in [("own", own), ("inherited", inherited)] {
        let by_title = lab.root().get(&format!("{site}/{reference}")).await;
        let by_id = lab.root().get(&format!("{site}/{id}")).await;
        assert_eq!((by_title.status, &by_title.body), (200, &by_id.body));
        assert_eq!(by_id.body["id"], id);
    }
    lab.root()
        .get(&format!("{site}/inherited?include_ancestor_groups=false"))
        .await
        .is(404, not_found());
}

#[tokio::test]
async fn a_title_with_signs_and_spaces_is_found_encoded() {
    let Places { lab, site, .. } = places().await;
    let id = make(&lab, &site, named("Label:that requires/encoding")).await;
    let found = lab
        .root()
        .get(&format!("{site}/Label%3Athat%20requires%2Fencoding"))
        .await;
    assert_eq!(found.body["id"], id);
}

#[tokio::test]
async fn a_missing_label_is_404() {
    let Places { lab, acme, site, .. } = places().await;
    for place in [&acme, &site] {
        let one = format!("{place}/none");
        lab.root().get(&one).await.is(404, not_found());
        lab.root()
            .put(&one, json!({"color": "red"}))
            .await
            .is(404, not_found());
        lab.root().delete(&one, json!(null)).await.is(404, not_found());
        lab.root()
            .post(&format!("{one}/subscribe"), json!(null))
            .await
            .is(404, not_found());
    }
    lab.root()
        .put(&format!("{site}/none/promote"), json!(null))
        .await
        .is(404, not_found());
}

#[tokio::test]
async fn a_project_lists_inherited_labels_unless_told_otherwise() {
    let Places {
        lab, acme, web, site, ..
    } = places().await;
    make(&lab, &acme, named("a")).await;
    make(&lab, &web, named("b")).await;
    make(&lab, &site, named("c")).await;
    let all = lab.root().get(&site).await;
    assert_eq!(all.column("name"), ["a", "b", "c"]);
    assert_eq!(all.column("is_project_label"), ["false", "false", "true"]);
    let own = lab
        .root()
        .get(&format!("{site}?include_ancestor_groups=false"))
        .await;
    assert_eq!(own.column("name"), ["c"]);
}

#[tokio::test]
async fn a_group_lists_labels_above_and_on_request_below() {
    let Places { lab, acme, web, .. } = places().await;
    make(&lab, &acme, named("above")).await;
    make(&lab, &web, named("below")).await;
    let names = |query: &str| {
        let (lab, path) = (&lab, query.to_owned());
        async move { lab.root().get(&path).await.column("name") }
    };
    assert_eq!(names(&web).await, ["above", "below"]);
    assert_eq!(
        names(&format!("{web}?include_ancestor_groups=false")).await,
        ["below"]
    );
    assert_eq!(names(&acme).await, ["above"]);
    assert_eq!(
        names(&format!("{acme}?include_descendant_groups=true")).await,
        ["above", "below"]
    );
}

#[tokio::test]
async fn a_group_lists_labels_of_projects_on_request() {
    let Places {
        lab, acme, web, site, ..
    } = places().await;
    make(&lab, &site, named("of the project")).await;
    let count = |path: String| {
        let lab = &lab;
        async move { lab.root().get(&path).await.body.as_array().unwrap().len() }
    };
    assert_eq!(count(web.clone()).await, 0);
    assert_eq!(count(format!("{web}?only_group_labels=false")).await, 1);
    assert_eq!(count(format!("{acme}?only_group_labels=false")).await, 0);
    let both = format!("{acme}?only_group_labels=false&include_descendant_groups=true");
    let rows = lab.root().get(&both).await;
    assert_eq!(rows.column("name"), ["of the project"]);
    same_shape(&rows, "label_of_group");
}

#[tokio::test]
async fn lists_are_searched_by_title_and_description() {
    let Places { lab, site, .. } = places().await;
    make(&lab, &site, named("Backend")).await;
    make(
        &lab,
        &site,
        json!({"name": "other", "color": "red", "description": "for the BACKEND"}),
    )
    .await;
    make(&lab, &site, named("frontend")).await;
    let found = lab.root().get(&format!("{site}?search=backend")).await;
    assert_eq!(found.column("name"), ["Backend", "other"]);
}

#[tokio::test]
async fn lists_are_in_order_of_titles_and_come_in_pages() {
    let Places { lab, site, .. } = places().await;
    for name in ["cherry", "Apple", "banana"] {
        make(&lab, &site, named(name)).await;
    }
    let page = lab.root().get(&format!("{site}?per_page=2")).await;
    assert_eq!(page.column("name"), ["Apple", "banana"]);
    assert_eq!(
        (page.header("x-total"), page.header("x-next-page")),
        (Some("3"), Some("2"))
    );
}

#[tokio::test]
async fn archived_labels_can_be_listed_apart() {
    let Places { lab, site, .. } = places().await;
    make(&lab, &site, named("in use")).await;
    let old = make(
        &lab,
        &site,
        json!({"name": "old", "color": "red", "archived": true}),
    )
    .await;
    let names = |query: &'static str| {
        let path = format!("{site}{query}");
        let lab = &lab;
        async move { lab.root().get(&path).await.column("name") }
    };
    assert_eq!(names("").await, ["in use", "old"]);
    assert_eq!(names("?archived=true").await, ["old"]);
    assert_eq!(names("?archived=false").await, ["in use"]);
    lab.root()
        .put(&format!("{site}/{old}"), json!({"archived": false}))
        .await;
    assert_eq!(names("?archived=true").await, [""; 0]);
}

#[tokio::test]
async fn counts_come_on_request() {
    let Places { lab, site, .. } = places().await;
    make(&lab, &site, named("bug")).await;
    let rows = lab.root().get(&format!("{site}?with_counts=true")).await;
    same_shape(&rows, "label_of_project_with_counts");
    assert_eq!(rows.column("open_issues_count"), ["0"]);
}

#[tokio::test]
async fn a_description_is_shown_as_html_too() {
    let Places { lab, site, .. } = places().await;
    let body = json!({"name": "x", "color": "red", "description": "a < b & c"});
    let made = lab.root().post(&site, body).await;
    assert_eq!(
        (&made.body["description"], &made.body["description_html"]),
        (&json!("a < b & c"), &json!("a &lt; b &amp; c"))
    );
}

#[tokio::test]
async fn an_update_wants_at_least_one_parameter() {
    let Places { lab, acme, site, .. } = places().await;
    let own = make(&lab, &site, named("own")).await;
    lab.root().put(&format!("{site}/{own}"), json!({"nmae": "x"})).await.is(
        400,
        json!({"error": "new_name, color, description, priority, archived are missing, at least one parameter \
                         must be provided"}),
    );
    let above = make(&lab, &acme, named("above")).await;
    lab.root().put(&format!("{acme}/{above}"), json!({})).await.is(
        400,
        json!({"error": "new_name, color, description, archived are missing, at least one parameter must be \
                         provided"}),
    );
}

#[tokio::test]
async fn a_rename_into_a_taken_title_is_refused() {
    let Places { lab, site, .. } = places().await;
    make(&lab, &site, named("one")).await;
    make(&lab, &site, named("two")).await;
    lab.root()
        .put(&format!("{site}/two"), json!({"new_name": "one"}))
        .await
        .is(400, field("title", &["has already been taken"]));
    // Its own title is no clash.
    let same = lab
        .root()
        .put(&format!("{site}/two"), json!({"new_name": "two"}))
        .await;
    assert_eq!(same.status, 200);
}

#[tokio::test]
async fn a_rename_into_a_title_of_the_group_names_the_group() {
    let Places { lab, acme, site, .. } = places().await;
    make(&lab, &acme, named("bug")).await;
    make(&lab, &site, named("defect")).await;
    let text = "already exists at group level for acme. Please choose another one.";
    lab.root()
        .put(&format!("{site}/defect"), json!({"new_name": "bug"}))
        .await
        .is(400, field("title", &[text]));
}

#[tokio::test]
async fn inherited_labels_are_changed_and_removed_in_their_group_only() {
    let Places {
        lab, acme, web, site, ..
    } = places().await;
    let id = make(&lab, &acme, named("bug")).await;
    for place in [&web, &site] {
        let one = format!("{place}/{id}");
        lab.root()
            .put(&one, json!({"color": "red"}))
            .await
            .is(404, not_found());
        lab.root().delete(&one, json!(null)).await.is(404, not_found());
    }
    let changed = lab
        .root()
        .put(&format!("{acme}/{id}"), json!({"color": "red"}))
        .await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn a_priority_is_set_changed_and_taken_back() {
    let Places { lab, site, .. } = places().await;
    let one = format!("{site}/{}", make(&lab, &site, named("bug")).await);
    for (priority, shown) in [
        (json!(0), json!(0)),
        (json!(7), json!(7)),
        (json!(null), json!(null)),
    ] {
        let changed = lab.root().put(&one, json!({"priority": priority})).await;
        assert_eq!((changed.status, &changed.body["priority"]), (200, &shown));
        assert_eq!(lab.root().get(&one).await.body["priority"], shown);
    }
    lab.root()
        .put(&one, json!({"priority": "high"}))
        .await
        .is(400, json!({"error": "priority is invalid"}));
}

#[tokio::test]
async fn the_old_forms_take_the_label_among_the_parameters() {
    let Places { lab, acme, site, .. } = places().await;
    for place in [&site, &acme] {
        let name = format!("old {}", place.len());
        let id = make(&lab, place, named(&name)).await;
        let by_name = lab
            .root()
            .put(place, json!({"name": name, "description": "d"}))
            .await;
        assert_eq!((by_name.status, &by_name.body["description"]), (200, &json!("d")));
        let by_id = lab
            .root()
            .put(place, json!({"label_id": id, "new_name": format!("{name}!")}))
            .await;
        assert_eq!((by_id.status, &by_id.body["id"]), (200, &json!(id)));
        lab.root()
            .put(place, json!({"name": name, "label_id": id, "color": "red"}))
            .await
            .is(400, json!({"error": "label_id, name are mutually exclusive"}));
        lab.root().put(place, json!({"color": "red"})).await.is(
            400,
            json!({"error": "label_id, name are missing, exactly one parameter must be provided"}),
        );
    }
    let gone = lab
        .root()
        .json(
            Method::DELETE,
            &format!("{site}?name=old%20{}!", site.len()),
            json!(null),
        )
        .await
        .unwrap();
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn the_old_form_of_a_group_deletes_by_name() {
    let Places { lab, acme, .. } = places().await;
    make(&lab, &acme, named("bug")).await;
    lab.root()
        .delete(&acme, json!(null))
        .await
        .is(400, json!({"error": "name is missing"}));
    assert_eq!(lab.root().delete(&acme, json!({"name": "bug"})).await.status, 204);
}

#[tokio::test]
async fn a_promoted_label_belongs_to_the_group_and_keeps_its_id() {
    let Places { lab, web, site, .. } = places().await;
    let body = json!({"name": "bug", "color": "red", "priority": 3});
    let id = make(&lab, &site, body).await;
    let promoted = lab.root().put(&format!("{site}/bug/promote"), json!(null)).await;
    assert_eq!(promoted.status, 200);
    same_shape(&promoted, "label_of_group");
    assert_eq!(promoted.body["id"], id);
    assert_eq!(lab.root().get(&web).await.column("name"), ["bug"]);
    let seen = lab.root().get(&format!("{site}/{id}")).await;
    assert_eq!(
        (&seen.body["is_project_label"], &seen.body["priority"]),
        (&json!(false), &json!(3))
    );
    make(&lab, &site, named("other")).await;
    let old_form = lab
        .root()
        .put(&format!("{site}/promote"), json!({"name": "other"}))
        .await;
    assert_eq!((old_form.status, &old_form.body["name"]), (200, &json!("other")));
}

#[tokio::test]
async fn promoting_makes_labels_of_one_title_one() {
    let Places {
        lab,
        web,
        site,
        web_id,
        ..
    } = places().await;
    let shop = lab.project(web_id, "shop", "private").await;
    let shop = format!("/projects/{shop}/labels");
    make(&lab, &site, named("bug")).await;
    make(
        &lab,
        &shop,
        json!({"name": "bug", "color": "blue", "priority": 5}),
    )
    .await;
    let promoted = lab.root().put(&format!("{site}/bug/promote"), json!(null)).await;
    for place in [&web, &site, &shop] {
        let rows = lab.root().get(place).await;
        assert_eq!(rows.column("id"), [promoted.body["id"].to_string()], "{place}");
    }
    assert_eq!(lab.root().get(&shop).await.column("priority"), ["5"]);
}

#[tokio::test]
async fn a_label_of_an_own_namespace_cannot_be_promoted() {
    let lab = Lab::start().await;
    let own = lab.dev(1).post("/projects", json!({"name": "own"})).await.body["id"].clone();
    let place = format!("/projects/{own}/labels");
    lab.dev(1).post(&place, named("bug")).await;
    lab.dev(1)
        .put(&format!("{place}/bug/promote"), json!(null))
        .await
        .is(
            400,
            json!({"message": "Failed to promote project label to group label"}),
        );
}

#[tokio::test]
async fn subscribing_twice_is_304() {
    let Places { lab, acme, site, .. } = places().await;
    for place in [&acme, &site] {
        let id = make(&lab, place, named(&format!("sub {}", place.len()))).await;
        let on = format!("{place}/{id}/subscribe");
        let off = format!("{place}/{id}/unsubscribe");
        assert_eq!(lab.root().post(&off, json!(null)).await.status, 304);
        let subscribed = lab.root().post(&on, json!(null)).await;
        assert_eq!(
            (subscribed.status, &subscribed.body["subscribed"]),
            (201, &json!(true))
        );
        let again = lab.root().post(&on, json!(null)).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
        assert_eq!(
            lab.root().get(&format!("{place}/{id}")).await.body["subscribed"],
            true
        );
        let taken_back = lab.root().post(&off, json!(null)).await;
        assert_eq!(
            (taken_back.status, &taken_back.body["subscribed"]),
            (201, &json!(false))
        );
    }
}

#[tokio::test]
async fn labels_are_changed_by_planners_and_above() {
    let Places { lab, acme, site, .. } = places().await;
    let project = site
        .trim_start_matches('/')
        .trim_end_matches("/labels")
        .to_owned();
    let group = acme
        .trim_start_matches('/')
        .trim_end_matches("/labels")
        .to_owned();
    lab.member(&project, 1, 10).await;
    lab.member(&project, 2, 15).await;
    lab.member(&group, 3, 10).await;
    lab.member(&group, 4, 20).await;
    let forbidden = json!({"message": "403 Forbidden"});
    lab.dev(1)
        .post(&site, named("x"))
        .await
        .is(403, forbidden.clone());
    assert_eq!(lab.dev(1).get(&site).await.status, 200);
    assert_eq!(lab.dev(2).post(&site, named("x")).await.status, 201);
    assert_eq!(
        lab.dev(2)
            .put(&format!("{site}/x"), json!({"color": "red"}))
            .await
            .status,
        200
    );
    lab.dev(2)
        .put(&format!("{site}/x/promote"), json!(null))
        .await
        .is(403, forbidden.clone());
    lab.dev(3).post(&acme, named("y")).await.is(403, forbidden);
    assert_eq!(lab.dev(4).post(&acme, named("y")).await.status, 201);
    lab.dev(5)
        .get(&site)
        .await
        .is(404, json!({"message": "404 Project Not Found"}));
}

#[tokio::test]
async fn an_archived_project_keeps_its_labels() {
    let Places { lab, site, .. } = places().await;
    make(&lab, &site, named("bug")).await;
    let project = site.trim_end_matches("/labels");
    lab.root().post(&format!("{project}/archive"), json!(null)).await;
    assert_eq!(lab.root().get(&site).await.column("name"), ["bug"]);
    let forbidden = json!({"message": "403 Forbidden"});
    lab.root()
        .post(&site, named("more"))
        .await
        .is(403, forbidden.clone());
    lab.root()
        .delete(&format!("{site}/bug"), json!(null))
        .await
        .is(403, forbidden);
}

#[tokio::test]
async fn labels_stay_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::empty().state_file(folder.path().join("state.json"));
    let Places { lab, site, .. } = placed(Lab::with(options()).await).await;
    let id = make(&lab, &site, json!({"name": "bug", "color": "red", "priority": 4})).await;
    lab.root()
        .post(&format!("{site}/bug/subscribe"), json!(null))
        .await;
    lab.gitlab.stop().await;
    let lab = Lab {
        gitlab: Simulator::start_with(options()).await.unwrap(),
    };
    let kept = lab.root().get(&format!("{site}/{id}")).await;
    assert_eq!(
        (
            &kept.body["name"],
            &kept.body["priority"],
            &kept.body["subscribed"]
        ),
        (&json!("bug"), &json!(4), &json!(true))
    );
    assert_eq!(make(&lab, &site, named("next")).await, id + 1);
}
