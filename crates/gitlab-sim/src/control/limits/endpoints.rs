//! Which endpoint a limit is about.

use std::collections::{BTreeMap, HashMap};

use super::{EndpointLimit, InvalidLimits};
use crate::http::router::{self, Endpoint};

/// The limits by the endpoint's number.
pub(super) fn index_endpoints(
    limits: &BTreeMap<String, EndpointLimit>,
) -> Result<HashMap<usize, EndpointLimit>, InvalidLimits> {
    let mut by_index = HashMap::new();
    for (name, limit) in limits {
        if limit.seconds == 0 {
            return Err(InvalidLimits::Window(name.clone()));
        }
        let index = router::endpoints()
            .iter()
            .position(|endpoint| is_named(endpoint, name));
        by_index.insert(index.ok_or_else(|| unknown_endpoint(name))?, *limit);
    }
    Ok(by_index)
}

/// Whether an endpoint is meant by `GET /groups/:id`, whatever the parameters are called.
pub(super) fn is_named(endpoint: &Endpoint, name: &str) -> bool {
    let Some((verb, path)) = name.split_once(' ') else {
        return false;
    };
    let path = path.trim().strip_prefix("/api/v4").unwrap_or(path.trim());
    let is_parameter = |segment: &str| segment.starts_with([':', '*', '{']);
    let (mut wanted, mut known) = (path.split('/'), endpoint.pattern.split('/'));
    verb.eq_ignore_ascii_case(endpoint.verb.as_str())
        && loop {
            match (wanted.next(), known.next()) {
                (None, None) => break true,
                (Some(one), Some(other)) if one == other || is_parameter(one) && is_parameter(other) => {}
                _ => break false,
            }
        }
}

fn unknown_endpoint(name: &str) -> InvalidLimits {
    let verb = name.split(' ').next().unwrap_or_default().to_ascii_uppercase();
    let names: Vec<String> = router::endpoints().iter().map(Endpoint::name).collect();
    let same_verb = |wanted: &str| {
        let names: Vec<&str> = names
            .iter()
            .filter(|known| known.starts_with(wanted))
            .map(String::as_str)
            .collect();
        names.join(", ")
    };
    let mut known = same_verb(&format!("{verb} "));
    if known.is_empty() {
        known = same_verb("");
    }
    InvalidLimits::Endpoint {
        name: name.to_owned(),
        known,
    }
}
