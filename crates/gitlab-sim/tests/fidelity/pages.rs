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
