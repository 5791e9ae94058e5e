use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};

const PRIVATE_TOKEN: HeaderName = HeaderName::from_static("private-token");

/// Which way a request comes in. Lies in the extensions of requests of a listener of its own; else the path tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The API: a cookie, or a key as Bearer.
    Api,
    /// GitLab's own clients: a key only, as Bearer or `PRIVATE-TOKEN`. A browser's cookie opens nothing here.
    Gateway,
}

impl Door {
    /// The door of a request with this path.
    pub(crate) fn of_path(path: &str) -> Self {
        if path.starts_with("/gitlab/") {
            Self::Gateway
        } else {
            Self::Api
        }
    }
}

/// What a request offers as an API key, if anything.
///
/// Another kind of `Authorization` is somebody else's business: proxies in front have passwords of their own.
pub(crate) fn presented_key(headers: &HeaderMap, door: Door) -> Option<&str> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    match door {
        Door::Api => bearer,
        Door::Gateway => bearer.or_else(|| text(PRIVATE_TOKEN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(name: &'static str, value: &str, door: Door) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        presented_key(&headers, door).map(str::to_owned)
    }

    #[test]
    fn only_the_gateway_takes_a_key_as_gitlabs_clients_send_theirs() {
        for value in ["bearer  gbk_x", "Bearer gbk_x"] {
            assert_eq!(
                presented("authorization", value, Door::Api).as_deref(),
                Some("gbk_x")
            );
        }
        assert_eq!(presented("private-token", "gbk_x", Door::Api), None);
        assert_eq!(
            presented("private-token", "gbk_x", Door::Gateway).as_deref(),
            Some("gbk_x")
        );
    }

    #[test]
    fn a_password_for_a_proxy_in_front_is_none_of_ours() {
        assert_eq!(presented("authorization", "Basic Z2JrX3g6", Door::Api), None);
    }

    #[test]
    fn the_gateway_is_where_its_path_begins() {
        assert_eq!(Door::of_path("/gitlab/api/v4/user"), Door::Gateway);
        assert_eq!(Door::of_path("/api/gitlab/user"), Door::Api);
    }
}
