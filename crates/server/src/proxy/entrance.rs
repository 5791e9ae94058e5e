use gitlab_client::passthrough::{rewrite_links, rewrite_location};
use http::header::{LINK, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// GitLab's name for the request; ours takes its place.
const GITLAB_REQUEST_ID: HeaderName = HeaderName::from_static("x-gitlab-request-id");

/// How somebody comes to GitLab through us.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    /// Where GitLab's `/api/v4` is for them, without a trailing slash.
    pub(crate) root: String,
    /// Whether they know our API: then errors come in our envelope, and answers may come from memory. Programs
    /// that are made for GitLab itself are given GitLab's own word each time.
    pub(crate) knows_us: bool,
}

impl Entrance {
    /// Makes what GitLab says about itself lead here. `from` is GitLab's own root.
    pub(super) fn lead_here(&self, headers: &mut HeaderMap, from: &str) {
        if let Some(id) = headers.remove(X_REQUEST_ID) {
            headers.insert(GITLAB_REQUEST_ID, id);
        }
        if let Some(location) = headers.get_mut(LOCATION) {
            rewrite(location, |value| rewrite_location(value, from, &self.root));
        }
        if let http::header::Entry::Occupied(mut links) = headers.entry(LINK) {
            for link in links.iter_mut() {
                rewrite(link, |value| rewrite_links(value, from, &self.root));
            }
        }
    }
}

fn rewrite(value: &mut HeaderValue, rewritten: impl FnOnce(&str) -> Option<String>) {
    let new = value
        .to_str()
        .ok()
        .and_then(rewritten)
        .and_then(|new| HeaderValue::try_from(new).ok());
    if let Some(new) = new {
        *value = new;
    }
}
