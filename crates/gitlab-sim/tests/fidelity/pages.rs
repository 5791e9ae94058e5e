//! Pages (§3).

use gitlab_api::page::Links;
use gitlab_sim::Options;
use serde_json::json;

use crate::client::Lab;

#[tokio::test]
async fn an_offset_list_counts_and_links_its_pages() {
    let lab = Lab::start().await;
    for number in 0..5 {
        lab.group(None, &format!("group-{number}"), "private").await;
    }
    let page = lab
        .root()
        .get("/groups?per_page=2&page=2&order_by=id&private_token=glpat-sim-root")
        .await;
    assert_eq!(page.column("path"), ["group-2", "group-3"]);
    let header = |name: &str| page.header(name).unwrap().to_owned();
    assert_eq!(header("x-page"), "2");
    assert_eq!(header("x-per-page"), "2");
    assert_eq!(header("x-prev-page"), "1");
    assert_eq!(header("x-next-page"), "3");
    assert_eq!(header("x-total"), "5");
    assert_eq!(header("x-total-pages"), "3");
    let at = |page| {
        Some(format!(
            "{}/api/v4/groups?order_by=id&page={page}&per_page=2",
            lab.gitlab.url()
        ))
    };
    let expected = Links {
        prev: at(1),
        next: at(3),
        first: at(1),
        last: at(3),
    };
    assert_eq!(Links::parse(&header("link")), expected);
}

#[tokio::test]
async fn the_last_page_has_an_empty_next_and_the_first_an_empty_prev() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let page = lab.root().get("/groups").await;
    assert_eq!(page.header("x-next-page"), Some(""));
    assert_eq!(page.header("x-prev-page"), Some(""));
    let links = Links::parse(page.header("link").unwrap());
    assert_eq!((links.next, links.prev), (None, None));
}

#[tokio::test]
async fn a_page_past_the_end_is_empty() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    let page = lab.root().get("/groups?page=7").await;
    page.is(200, json!([]));
    assert_eq!(page.header("x-next-page"), Some(""));
    assert_eq!(page.header("x-total"), Some("1"));
}

#[tokio::test]
async fn a_page_above_a_hundred_is_cut_silently_and_nonsense_refused() {
    let lab = Lab::with(Options::empty().users(150)).await;
    let page = lab.root().get("/users?per_page=500").await;
    assert_eq!(
        (page.body.as_array().unwrap().len(), page.header("x-per-page")),
        (100, Some("100"))
    );
    let root = lab.root();
    root.get("/users?per_page=0")
        .await
        .is(400, json!({"error": "per_page has a value not allowed"}));
    root.get("/users?page=abc")
        .await
        .is(400, json!({"error": "page is invalid"}));
}

#[tokio::test]
async fn above_ten_thousand_rows_nothing_is_counted() {
    let lab = Lab::with(Options::empty().groups(1).projects(10_001)).await;
    let page = lab.root().get("/projects?simple=true").await;
    assert_eq!(
        (page.header("x-total"), page.header("x-total-pages")),
        (None, None)
    );
    assert_eq!(page.header("x-next-page"), Some("2"));
    let links = Links::parse(page.header("link").unwrap());
    assert_eq!(links.last, None);
    assert!(links.next.is_some() && links.first.is_some());
    lab.root().delete("/projects/1?", json!(null)).await;
    let page = lab.root().get("/projects?simple=true&id_after=1").await;
    assert_eq!(page.header("x-total"), Some("10000"));
}

#[tokio::test]
async fn beyond_fifty_thousand_a_keyset_is_asked_for() {
    let lab = Lab::start().await;
    let answer = lab.root().get("/projects?page=501&per_page=100").await;
    let text = "Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type \
                Project. Remaining records can be retrieved using keyset pagination.";
    answer.is(405, json!({"error": text}));
    assert_eq!(
        lab.root().get("/projects?page=500&per_page=100").await.status,
        200
    );
    assert_eq!(lab.root().get("/users?page=501&per_page=100").await.status, 405);
    // Signed in, groups have no such end.
    assert_eq!(lab.root().get("/groups?page=501&per_page=100").await.status, 200);
    assert_eq!(
        lab.anonymous().get("/groups?page=501&per_page=100").await.status,
        405
    );
}

#[tokio::test]
async fn projects_are_walked_by_keyset_in_both_directions_to_an_empty_last_page() {
    let lab = Lab::with(Options::empty().groups(2).projects(6)).await;
    for (sort, expected) in [
        ("asc", ["1", "2", "3", "4", "5", "6"]),
        ("desc", ["6", "5", "4", "3", "2", "1"]),
    ] {
        let mut path = Some(format!(
            "/projects?pagination=keyset&order_by=id&sort={sort}&per_page=3"
        ));
        let (mut ids, mut pages) = (Vec::new(), 0);
        while let Some(at) = path {
            let page = lab.root().get(&at).await;
            assert_eq!((page.status, page.header("x-page")), (200, None));
            ids.extend(page.column("id"));
            path = page.next();
            pages += 1;
        }
        assert_eq!((ids, pages), (expected.map(str::to_owned).to_vec(), 3));
    }
}

#[tokio::test]
async fn a_keyset_needs_an_order_it_knows() {
    let lab = Lab::start().await;
    let refusal = json!({"error": "Keyset pagination is not yet available for this type of request"});
    lab.root()
        .get("/projects?pagination=keyset")
        .await
        .is(405, refusal.clone());
    lab.root()
        .get("/projects?pagination=keyset&order_by=name")
        .await
        .is(405, refusal);
}

#[tokio::test]
async fn users_are_walked_by_cursor() {
    let lab = Lab::start().await;
    let mut path = Some("/users?pagination=keyset&order_by=username&sort=asc&per_page=4".to_owned());
    let mut names = Vec::new();
    while let Some(at) = path {
        let page = lab.root().get(&at).await;
        names.extend(page.column("username"));
        path = page.next();
    }
    assert_eq!(names.len(), 10);
    assert!(names.is_sorted() && names.first().unwrap() == "dev-0001" && names.last().unwrap() == "root");
}

#[tokio::test]
async fn a_list_shows_a_change_at_once() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    assert_eq!(lab.root().get("/groups").await.column("path"), ["acme"]);
    lab.group(None, "beta", "private").await;
    assert_eq!(lab.root().get("/groups").await.column("path"), ["acme", "beta"]);
}

#[tokio::test]
async fn groups_are_walked_by_keyset_without_a_token_only_and_by_name_only() {
    let lab = Lab::start().await;
    for name in ["delta", "alpha", "charlie", "bravo"] {
        lab.group(None, name, "public").await;
    }
    lab.group(None, "hidden", "private").await;
    let mut path = Some("/groups?pagination=keyset&order_by=name&sort=asc&per_page=3".to_owned());
    let mut names = Vec::new();
    while let Some(at) = path {
        let page = lab.anonymous().get(&at).await;
        assert_eq!(page.header("x-page"), None);
        names.extend(page.column("name"));
        path = page.next();
    }
    assert_eq!(names, ["alpha", "bravo", "charlie", "delta"]);
    let refusal = json!({"error": "Keyset pagination is not yet available for this type of request"});
    lab.anonymous()
        .get("/groups?pagination=keyset&order_by=id")
        .await
        .is(405, refusal);
    let signed_in = lab.root().get("/groups?pagination=keyset&order_by=name").await;
    assert_eq!(signed_in.header("x-total"), Some("5"));
}

/// Groups of these paths, made by `root`.
async fn groups(lab: &Lab, paths: &[&str]) {
    for path in paths {
        lab.group(None, path, "private").await;
    }
}

#[tokio::test]
async fn without_a_wish_it_is_the_first_page_of_twenty() {
    let lab = Lab::with(Options::empty().users(24)).await;
    let page = lab.root().get("/users").await;
    assert_eq!(page.body.as_array().unwrap().len(), 20);
    let header = |name: &str| page.header(name).unwrap().to_owned();
    assert_eq!(
        (header("x-page"), header("x-per-page")),
        ("1".into(), "20".into())
    );
    assert_eq!(
        (header("x-total"), header("x-total-pages")),
        ("25".into(), "2".into())
    );
}

#[tokio::test]
async fn a_page_of_no_rows_is_refused() {
    let lab = Lab::start().await;
    for list in ["/groups", "/projects", "/users", "/namespaces"] {
        lab.root()
            .get(&format!("{list}?per_page=0"))
            .await
            .is(400, json!({"error": "per_page has a value not allowed"}));
    }
}

#[tokio::test]
async fn a_page_that_is_no_number_is_refused() {
    let lab = Lab::start().await;
    lab.root()
        .get("/groups?page=abc&per_page=many")
        .await
        .is(400, json!({"error": "page is invalid, per_page is invalid"}));
}

#[tokio::test]
async fn links_carry_every_parameter_of_the_query() {
    let lab = Lab::start().await;
    groups(&lab, &["one", "two", "three"]).await;
    let asked = "/groups?order_by=path&sort=desc&per_page=1&page=2&skip_groups[]=999&with%20space=a%26b";
    let page = lab.root().get(asked).await;
    let links = Links::parse(page.header("link").unwrap());
    for link in [links.prev, links.next, links.first, links.last] {
        let link = link.unwrap();
        let query = link.split_once('?').unwrap().1;
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        for (name, value) in [
            ("order_by", "path"),
            ("sort", "desc"),
            ("per_page", "1"),
            ("skip_groups[]", "999"),
            ("with space", "a&b"),
        ] {
            assert!(pairs.contains(&(name.to_owned(), value.to_owned())), "{link}");
        }
    }
}

#[tokio::test]
async fn a_link_leads_where_it_says_and_never_carries_a_token() {
    let lab = Lab::start().await;
    groups(&lab, &["one", "two", "three"]).await;
    let page = lab
        .anonymous()
        .get("/groups?per_page=2&private_token=glpat-sim-root")
        .await;
    let next = page.next().unwrap();
    assert!(!next.contains("glpat"), "{next}");
    assert_eq!(lab.root().get(&next).await.column("path"), ["two"]);
}

#[tokio::test]
async fn lists_without_a_keyset_have_no_end() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for list in [
        format!("/groups/{acme}/projects"),
        format!("/groups/{acme}/members"),
        format!("/groups/{acme}/subgroups"),
        "/namespaces".to_owned(),
    ] {
        let far = lab.root().get(&format!("{list}?page=501&per_page=100")).await;
        far.is(200, json!([]));
    }
}

#[tokio::test]
async fn the_refusal_of_a_far_page_names_what_the_list_holds() {
    let lab = Lab::start().await;
    let refused = |kind: &str| {
        let text = format!(
            "Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type \
             {kind}. Remaining records can be retrieved using keyset pagination."
        );
        json!({"error": text})
    };
    let far = "page=2501&per_page=20";
    let root = lab.root();
    root.get(&format!("/users?{far}")).await.is(405, refused("User"));
    root.get(&format!("/projects?{far}"))
        .await
        .is(405, refused("Project"));
    root.get(&format!("/users/1/projects?{far}"))
        .await
        .is(405, refused("Project"));
    lab.anonymous()
        .get(&format!("/groups?{far}"))
        .await
        .is(405, refused("Group"));
}

#[tokio::test]
async fn equal_names_are_ordered_by_id() {
    let lab = Lab::start().await;
    let mut made = Vec::new();
    for path in ["zz", "mm", "aa"] {
        let body = json!({"name": "Same", "path": path});
        made.push(lab.root().post("/groups", body).await.body["id"].to_string());
    }
    assert_eq!(lab.root().get("/groups?order_by=name").await.column("id"), made);
    made.reverse();
    assert_eq!(
        lab.root()
            .get("/groups?order_by=name&sort=desc")
            .await
            .column("id"),
        made
    );
}

#[tokio::test]
async fn the_order_of_creation_is_that_of_the_ids() {
    let lab = Lab::with(Options::empty().groups(2).projects(5)).await;
    let ids = lab
        .root()
        .get("/projects?order_by=created_at&sort=asc")
        .await
        .column("id");
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_row_removed_between_two_pages_makes_the_next_one_skip_one() {
    let lab = Lab::with(Options::empty().groups(1).projects(6)).await;
    let page = async |number: u32| {
        let path = format!("/projects?order_by=id&sort=asc&per_page=2&page={number}");
        lab.root().get(&path).await.column("id")
    };
    assert_eq!(page(1).await, ["1", "2"]);
    let first = lab.root().get("/projects/1").await.body;
    lab.root().delete("/projects/1", json!(null)).await;
    let marked = lab.root().get("/projects/1").await.body["path_with_namespace"].clone();
    let gone = json!({"permanently_remove": true, "full_path": marked});
    let removed = lab.root().delete("/projects/1", gone).await;
    assert_eq!(removed.status, 202, "{first}: {removed:?}");
    assert_eq!(page(2).await, ["4", "5"]);
}

#[tokio::test]
async fn users_are_counted_for_administrators_only() {
    let lab = Lab::start().await;
    assert_eq!(lab.root().get("/users").await.header("x-total"), Some("10"));
    let page = lab.dev(1).get("/users?per_page=4").await;
    assert_eq!(
        (page.header("x-total"), page.header("x-total-pages")),
        (None, None)
    );
    assert_eq!(page.header("x-next-page"), Some("2"));
    assert_eq!(Links::parse(page.header("link").unwrap()).last, None);
}

#[tokio::test]
async fn a_keyset_page_links_the_next_one_and_nothing_else() {
    let lab = Lab::with(Options::empty().groups(1).projects(3)).await;
    let page = lab
        .root()
        .get("/projects?pagination=keyset&order_by=id&sort=asc&per_page=2")
        .await;
    let paging: Vec<&str> = page
        .headers
        .keys()
        .map(hyper::header::HeaderName::as_str)
        .filter(|name| {
            [
                "x-page",
                "x-per-page",
                "x-next-page",
                "x-prev-page",
                "x-total",
                "x-total-pages",
            ]
            .contains(name)
        })
        .collect();
    assert!(paging.is_empty(), "{paging:?}");
    let links = Links::parse(page.header("link").unwrap());
    assert!(links.next.is_some());
    assert_eq!((links.prev, links.first, links.last), (None, None, None));
    let last = lab.root().get(&page.next().unwrap()).await;
    assert_eq!(
        (last.column("id"), last.header("link")),
        (vec!["3".to_owned()], None)
    );
}

#[tokio::test]
async fn projects_go_on_after_or_before_an_id() {
    let lab = Lab::with(Options::empty().groups(1).projects(4)).await;
    for (sort, parameter) in [("asc", "id_after=2"), ("desc", "id_before=3")] {
        let page = lab
            .root()
            .get(&format!(
                "/projects?pagination=keyset&order_by=id&sort={sort}&per_page=2"
            ))
            .await;
        let next = page.next().unwrap();
        assert!(next.contains(parameter), "{next}");
    }
}

#[tokio::test]
async fn projects_of_a_user_are_walked_by_keyset_too() {
    let lab = Lab::start().await;
    for path in ["a", "b", "c"] {
        let made = lab.dev(1).post("/projects", json!({"path": path})).await;
        assert_eq!(made.status, 201);
    }
    let mut path = Some("/users/2/projects?pagination=keyset&order_by=id&sort=asc&per_page=2".to_owned());
    let mut paths = Vec::new();
    while let Some(at) = path {
        let page = lab.dev(1).get(&at).await;
        assert_eq!((page.status, page.header("x-page")), (200, None));
        paths.extend(page.column("path"));
        path = page.next();
    }
    assert_eq!(paths, ["a", "b", "c"]);
}

#[tokio::test]
async fn projects_are_narrowed_by_id_without_a_keyset() {
    let lab = Lab::with(Options::empty().groups(1).projects(6)).await;
    let page = lab
        .root()
        .get("/projects?id_after=1&id_before=5&order_by=id&sort=asc")
        .await;
    assert_eq!(page.column("id"), ["2", "3", "4"]);
    assert_eq!(page.header("x-total"), Some("3"));
}

#[tokio::test]
async fn users_are_walked_by_id_name_or_user_name() {
    let lab = Lab::start().await;
    for order in ["id", "name", "username"] {
        let mut path = Some(format!(
            "/users?pagination=keyset&order_by={order}&sort=desc&per_page=3"
        ));
        let mut names = std::collections::BTreeSet::new();
        while let Some(at) = path {
            let page = lab.root().get(&at).await;
            assert_eq!((page.status, page.header("x-total")), (200, None));
            names.extend(page.column("username"));
            path = page.next();
            assert!(path.as_deref().is_none_or(|next| next.contains("cursor=")));
        }
        assert_eq!(names.len(), 10, "{order}");
    }
    let refusal = json!({"error": "Keyset pagination is not yet available for this type of request"});
    lab.root()
        .get("/users?pagination=keyset&order_by=created_at")
        .await
        .is(405, refusal);
}

#[tokio::test]
async fn lists_that_know_no_keyset_go_by_offset_whatever_is_asked() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    lab.project(acme, "site", "private").await;
    for list in ["members", "projects", "subgroups"] {
        let path = format!("/groups/{acme}/{list}?pagination=keyset&order_by=id&sort=asc");
        let page = lab.root().get(&path).await;
        assert_eq!((page.status, page.header("x-page")), (200, Some("1")), "{list}");
    }
}

#[tokio::test]
async fn a_tree_of_groups_is_crawled_as_advised() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    let site = lab.project(web, "site", "private").await;
    lab.group(None, "other", "private").await;
    let roots = lab.root().get("/groups?top_level_only=true").await;
    assert_eq!(roots.column("path"), ["acme", "other"]);
    let below = lab
        .root()
        .get(&format!(
            "/groups/{acme}/descendant_groups?per_page=100&order_by=id"
        ))
        .await;
    assert_eq!(below.column("id"), [web.to_string()]);
    let query = "include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=100&simple=true";
    let projects = lab.root().get(&format!("/groups/{acme}/projects?{query}")).await;
    assert_eq!(projects.column("id"), [site.to_string()]);
}
