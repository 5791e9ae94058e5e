use futures::{StreamExt, TryStreamExt};
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY, Page};
use serde::Serialize;

use crate::World;
use crate::loopback::{Loopback, Reaction, answer};

async fn walk(gitlab: &Gitlab, query: &(impl Serialize + ?Sized)) -> Result<Vec<Page<u64>>, GitlabError> {
    gitlab.pages("projects", query, Lane::Jobs).try_collect().await
}

fn next(server: &str, target: &str, body: &str) -> Reaction {
    let link = format!("<{server}{target}>; rel=\"next\", <{server}/first>; rel=\"first\"");
    answer(
        "200 OK",
        &[("Link", &link), ("X-Total", "5"), ("X-Next-Page", "2")],
        body,
    )
}

/// Lists whose links use the server's own name.
async fn linking(react: impl Fn(&str, &str) -> Reaction + Send + Sync + 'static) -> Loopback {
    Loopback::serve(move |seen, _| {
        let host = format!("http://{}", seen.header("host").unwrap());
        react(&host, &seen.target)
    })
    .await
}

#[tokio::test]
async fn an_offset_list_is_walked_by_its_links() {
    let server = linking(|host, target| match target {
        "/api/v4/projects?order_by=id&per_page=100" => {
            next(host, "/api/v4/projects?page=2&per_page=100&order_by=id", "[1,2]")
        }
        "/api/v4/projects?page=2&per_page=100&order_by=id" => {
            answer("200 OK", &[("X-Total", "5"), ("X-Next-Page", "")], "[3,4,5]")
        }
        _ => answer("404 Not Found", &[], ""),
    })
    .await;
    let pages = walk(&World::new().session(&server), &[("order_by", "id")])
        .await
        .unwrap();
    let rows: Vec<u64> = pages.iter().flat_map(|page| page.items.clone()).collect();
    assert_eq!(rows, [1, 2, 3, 4, 5]);
    assert_eq!(pages[0].total, Some(5));
}

#[tokio::test]
async fn a_keyset_list_ends_where_its_links_end_and_its_last_page_may_be_empty() {
    let server = linking(|host, target| match target {
        "/api/v4/projects?pagination=keyset&per_page=2" => {
            let link =
                format!("<{host}/api/v4/projects?id_after=2&pagination=keyset&per_page=2>; rel=\"next\"");
            answer("200 OK", &[("Link", &link)], "[1,2]")
        }
        _ => answer("200 OK", &[], "[]"),
    })
    .await;
    let pages = walk(
        &World::new().session(&server),
        "pagination=keyset&per_page=2"
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .collect::<Vec<_>>()
            .as_slice(),
    )
    .await
    .unwrap();
    assert_eq!(
        pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(),
        [2, 0]
    );
    assert_eq!(pages[0].total, None);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_link_to_another_server_is_replaced_by_the_page_number() {
    let server = linking(|_, target| match target {
        "/api/v4/projects?per_page=100" => next("http://gitlab.internal", "/api/v4/projects?page=2", "[1]"),
        "/api/v4/projects?per_page=100&page=2" => answer("200 OK", &[], "[2]"),
        _ => answer("404 Not Found", &[], ""),
    })
    .await;
    let pages = walk(&World::new().session(&server), NO_QUERY).await.unwrap();
    assert_eq!(pages.len(), 2);
}

#[tokio::test]
async fn a_keyset_link_to_another_server_is_an_error_and_not_followed() {
    let link = "<http://127.0.0.1:1/api/v4/projects?id_after=2>; rel=\"next\"";
    let server = Loopback::always(answer("200 OK", &[("Link", link)], "[1]")).await;
    let error = walk(&World::new().session(&server), NO_QUERY).await.unwrap_err();
    assert!(matches!(error, GitlabError::Redirected(_)), "{error}");
}

#[tokio::test]
async fn a_page_that_names_itself_as_the_next_one_ends_the_walk() {
    let server = linking(|host, target| next(host, target, "[1]")).await;
    let error = walk(&World::new().session(&server), NO_QUERY).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitLab's answer cannot be read: a page that names itself as the next one"
    );
}

#[tokio::test]
async fn no_page_is_read_before_it_is_wanted() {
    let server = linking(|host, target| match target {
        "/api/v4/projects?per_page=100" => next(host, "/api/v4/projects?page=2", "[1]"),
        _ => answer("500 Internal Server Error", &[], ""),
    })
    .await;
    let mut pages = Box::pin(
        World::new()
            .session(&server)
            .pages::<u64>("projects", NO_QUERY, Lane::People),
    );
    assert_eq!(pages.next().await.unwrap().unwrap().items, [1]);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_pages_of_a_counted_list_are_asked_for_together_and_come_in_order() {
    let server = Loopback::serve(|seen, _| {
        let page: usize = match seen.target.rsplit_once("page=") {
            Some((before, page)) if before.ends_with('&') => page.parse().unwrap(),
            _ => 1,
        };
        let next = if page < 6 {
            (page + 1).to_string()
        } else {
            String::new()
        };
        let headers = [("X-Total-Pages", "5"), ("X-Next-Page", next.as_str())];
        answer("200 OK", &headers, &format!("[{page}]"))
    })
    .await;
    let pages = walk(&World::new().session(&server), NO_QUERY).await.unwrap();
    let rows: Vec<u64> = pages.iter().flat_map(|page| page.items.clone()).collect();
    assert_eq!(rows, [1, 2, 3, 4, 5, 6], "one more than there were at first");
    assert_eq!(server.seen().len(), 6);
}

/// A list of so many pages that GitLab numbers and does not count; a page behind them is empty.
async fn uncounted(pages: usize) -> Loopback {
    Loopback::serve(move |seen, _| {
        let page: usize = match seen.target.rsplit_once("page=") {
            Some((before, page)) if before.ends_with('&') => page.parse().unwrap(),
            _ => 1,
        };
        let next = if page < pages {
            (page + 1).to_string()
        } else {
            String::new()
        };
        let headers = [("X-Per-Page", "100"), ("X-Next-Page", next.as_str())];
        let body = if page <= pages {
            format!("[{page}]")
        } else {
            "[]".to_owned()
        };
        answer("200 OK", &headers, &body)
    })
    .await
}

async fn rows_of(server: &Loopback, foreseen: u64) -> Vec<u64> {
    let read = |body: &[u8]| serde_json::from_slice(body);
    let gitlab = World::new().session(server);
    let pages = gitlab.pages_by("projects", NO_QUERY, Lane::People, foreseen, read);
    let pages: Vec<Page<u64>> = pages.try_collect().await.unwrap();
    pages.iter().flat_map(|page| page.items.clone()).collect()
}

#[tokio::test]
async fn the_pages_of_a_list_that_is_as_long_as_foreseen_take_no_request_more() {
    for foreseen in [501, 600] {
        let server = uncounted(6).await;
        assert_eq!(rows_of(&server, foreseen).await, [1, 2, 3, 4, 5, 6]);
        assert_eq!(server.seen().len(), 6);
    }
}

#[tokio::test]
async fn a_list_that_is_longer_than_foreseen_is_walked_to_its_end() {
    let server = uncounted(6).await;
    assert_eq!(rows_of(&server, 250).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn a_list_that_is_shorter_than_foreseen_takes_few_requests_in_vain() {
    let server = uncounted(3).await;
    assert_eq!(rows_of(&server, 1_000_000).await, [1, 2, 3]);
    let seen = server.seen().len();
    assert!((3..=7).contains(&seen), "{seen}");
}
