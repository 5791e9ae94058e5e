use gitlab_client::passthrough::check;
use percent_encoding::percent_decode_str;
use url::Url;

/// Paths that are passed through to GitLab.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if check(text).is_err() {
        return;
    }
    let below = text.trim_start_matches('/');
    let url =
        Url::parse(&format!("https://gitlab.test/sub/api/v4/{below}")).expect("what passes is an address");
    assert_eq!(url.host_str(), Some("gitlab.test"));
    assert_eq!((url.port(), url.fragment()), (None, None));
    let mut path = url.path().to_owned();
    // Whoever stands in between may decode it, once or twice.
    for _ in 0..3 {
        assert!(stays(&path), "{text:?} leads to {path}");
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        let resolved = Url::parse(&format!("https://gitlab.test{decoded}"));
        path = resolved.map_or(path, |url| url.path().to_owned());
    }
    let secret = url
        .query_pairs()
        .any(|(name, _)| name == "private_token" || name == "access_token");
    assert!(!secret, "{text:?} carries a token of its own");
}

fn stays(path: &str) -> bool {
    path.starts_with("/sub/api/v4")
}
