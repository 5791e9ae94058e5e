//! Which handler answers which path and verb.
//!
//! Every resource lists its endpoints; they become one tree of segments. A path is split at unencoded slashes
//! first and decoded after, so that `groups/acme%2Fweb` is one parameter and `groups/acme/web` no route.

use std::borrow::Cow;
use std::sync::LazyLock;

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::call::Call;
use super::reply::Answer;
use crate::resources;

/// What GitLab's endpoints are called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// The verb of an HTTP method. HEAD is a GET whose body stays away.
    pub(crate) fn of(method: &Method) -> Option<Self> {
        Some(match *method {
            Method::GET | Method::HEAD => Self::Get,
            Method::POST => Self::Post,
            Method::PUT => Self::Put,
            Method::PATCH => Self::Patch,
            Method::DELETE => Self::Delete,
            _ => return None,
        })
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Answers a call. Never waits.
pub(crate) type Handler = fn(&Call<'_>) -> Answer;

/// Below which root an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// `/api/v4`
    Api,
    /// The site itself: sign-in pages, GraphQL, health.
    Site,
}

impl Root {
    fn segments(self) -> &'static [&'static str] {
        match self {
            Self::Api => &["api", "v4"],
            Self::Site => &[],
        }
    }
}

/// One endpoint of the API or the site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) root: Root,
    pub(crate) verb: Verb,
    /// Below the root: `/groups/:id/members`
    pub(crate) pattern: &'static str,
    pub(crate) handler: Handler,
    /// Scopes that suffice besides `api`, and `read_api` for reading. `*` stands for any.
    pub(crate) also: &'static [&'static str],
    /// Tokens are checked before the handler is called.
    pub(crate) guarded: bool,
}

impl Endpoint {
    /// Puts the endpoint below the site's root, not the API's.
    pub(crate) const fn of_site(mut self) -> Self {
        self.root = Root::Site;
        self
    }

    /// Lets further scopes in.
    pub(crate) const fn also(mut self, scopes: &'static [&'static str]) -> Self {
        self.also = scopes;
        self
    }

    /// Leaves it to the handler who sent the request: pages with cookies, and the calls that hand out tokens.
    pub(crate) const fn unguarded(mut self) -> Self {
        self.guarded = false;
        self
    }

    /// `GET /groups/:id`, as statistics and limits call it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.verb.as_str(), self.pattern)
    }
}

pub(crate) const fn get(pattern: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        root: Root::Api,
        verb: Verb::Get,
        pattern,
        handler,
        also: &[],
        guarded: true,
    }
}

pub(crate) const fn post(pattern: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        root: Root::Api,
        verb: Verb::Post,
        pattern,
        handler,
        also: &[],
        guarded: true,
    }
}

pub(crate) const fn put(pattern: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        root: Root::Api,
        verb: Verb::Put,
        pattern,
        handler,
        also: &[],
        guarded: true,
    }
}

pub(crate) const fn patch(pattern: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        root: Root::Api,
        verb: Verb::Patch,
        pattern,
        handler,
        also: &[],
        guarded: true,
    }
}

pub(crate) const fn delete(pattern: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        root: Root::Api,
        verb: Verb::Delete,
        pattern,
        handler,
        also: &[],
        guarded: true,
    }
}

/// What a path and verb lead to.
#[derive(Debug)]
pub(crate) enum Found<'p> {
    Endpoint {
        index: usize,
        args: Vec<Cow<'p, str>>,
    },
    /// The path is known, the verb is not; these are.
    OtherVerbs(Vec<Verb>),
    Nothing,
}

/// All endpoints, in the order they are numbered.
pub(crate) fn endpoints() -> &'static [Endpoint] {
    &ROUTER.endpoints
}

/// The endpoint a whole path leads to.
pub(crate) fn find(verb: Option<Verb>, path: &str) -> Found<'_> {
    ROUTER.find(verb, path)
}

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(resources::endpoints()));

struct Router {
    endpoints: Vec<Endpoint>,
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    literals: Vec<(&'static str, usize)>,
    parameter: Option<usize>,
    endpoints: Vec<usize>,
}

impl Router {
    fn new(endpoints: Vec<Endpoint>) -> Self {
        let mut router = Self {
            endpoints,
            nodes: vec![Node::default()],
        };
        for index in 0..router.endpoints.len() {
            let mut node = 0;
            let Endpoint { root, pattern, .. } = router.endpoints[index];
            let below = pattern.split('/').skip(1);
            for segment in root.segments().iter().copied().chain(below) {
                node = router.step(node, segment);
            }
            router.nodes[node].endpoints.push(index);
        }
        router
    }

    fn step(&mut self, node: usize, segment: &'static str) -> usize {
        let fresh = self.nodes.len();
        let here = &mut self.nodes[node];
        let next = if segment.starts_with(':') {
            *here.parameter.get_or_insert(fresh)
        } else if let Some((_, next)) = here.literals.iter().find(|(literal, _)| *literal == segment) {
            *next
        } else {
            here.literals.push((segment, fresh));
            fresh
        };
        if next == fresh {
            self.nodes.push(Node::default());
        }
        next
    }

    fn find<'p>(&self, verb: Option<Verb>, path: &'p str) -> Found<'p> {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let mut args = Vec::new();
        let Some(node) = self.walk(0, &segments, &mut args) else {
            return Found::Nothing;
        };
        let endpoints = &self.nodes[node].endpoints;
        match endpoints
            .iter()
            .find(|index| Some(self.endpoints[**index].verb) == verb)
        {
            Some(index) => Found::Endpoint { index: *index, args },
            None => Found::OtherVerbs(
                endpoints
                    .iter()
                    .map(|index| self.endpoints[*index].verb)
                    .collect(),
            ),
        }
    }

    /// Literals come before parameters; a dead end behind a literal is taken back.
    fn walk<'p>(&self, node: usize, segments: &[&'p str], args: &mut Vec<Cow<'p, str>>) -> Option<usize> {
        let here = &self.nodes[node];
        let Some((segment, rest)) = segments.split_first() else {
            return (!here.endpoints.is_empty()).then_some(node);
        };
        if let Some((_, next)) = here.literals.iter().find(|(literal, _)| literal == segment)
            && let Some(found) = self.walk(*next, rest, args)
        {
            return Some(found);
        }
        if segment.is_empty() {
            return None;
        }
        let next = here.parameter?;
        args.push(percent_decode_str(segment).decode_utf8_lossy());
        let found = self.walk(next, rest, args);
        if found.is_none() {
            args.pop();
        }
        found
    }
}

/// The route of a path that leads nowhere, with ids and encoded paths as `:id`, so that the statistics of
/// what is missing stay short.
pub(crate) fn route_of_unknown(method: &str, path: &str) -> String {
    let mut after_collection = false;
    let segments: Vec<&str> = path
        .trim_start_matches('/')
        .split('/')
        .map(|segment| {
            let is_id =
                after_collection || segment.contains('%') || segment.bytes().all(|b| b.is_ascii_digit());
            after_collection = !is_id && matches!(segment, "groups" | "projects" | "users" | "namespaces");
            if is_id { ":id" } else { segment }
        })
        .collect();
    format!("{method} /{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(verb: Verb, path: &str) -> String {
        match find(Some(verb), &format!("/api/v4{path}")) {
            Found::Endpoint { index, args } => format!("{} {args:?}", endpoints()[index].name()),
            Found::OtherVerbs(verbs) => format!("{verbs:?}"),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn an_encoded_slash_stays_in_its_segment_and_an_unencoded_one_leads_nowhere() {
        assert_eq!(
            found(Verb::Get, "/groups/acme%2Fweb"),
            r#"GET /groups/:id ["acme/web"]"#
        );
        assert_eq!(found(Verb::Get, "/groups/acme/web"), "nothing");
        assert_eq!(found(Verb::Get, "/groups/"), "nothing");
    }

    #[test]
    fn literals_come_before_parameters() {
        assert_eq!(
            found(Verb::Get, "/groups/7/members/all"),
            r#"GET /groups/:id/members/all ["7"]"#
        );
        assert_eq!(
            found(Verb::Get, "/groups/7/members/12"),
            r#"GET /groups/:id/members/:user_id ["7", "12"]"#
        );
    }

    #[test]
    fn a_known_path_says_which_verbs_it_has() {
        assert_eq!(found(Verb::Delete, "/version"), "[Get]");
    }

    #[test]
    fn what_is_missing_is_counted_by_route() {
        assert_eq!(
            route_of_unknown("GET", "/projects/acme%2Fx/issues/12/notes"),
            "GET /projects/:id/issues/:id/notes"
        );
        assert_eq!(route_of_unknown("POST", "/graphql"), "POST /graphql");
    }

    #[test]
    fn no_two_endpoints_have_one_name() {
        let mut names: Vec<String> = endpoints().iter().map(Endpoint::name).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
