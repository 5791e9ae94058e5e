//! Faults as JSON.

use hyper::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fault::{FaultMatch, When};
use super::{Action, Fault, InvalidFault};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireFault {
    #[serde(default, rename = "match")]
    about: WireMatch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nth: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    action: String,
    #[serde(default, skip_deserializing)]
    seen: u64,
    #[serde(default, skip_deserializing)]
    fired: u64,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireMatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl TryFrom<WireFault> for Fault {
    type Error = InvalidFault;

    fn try_from(wire: WireFault) -> Result<Self, InvalidFault> {
        let positive = |number: u64, name| {
            if number == 0 {
                Err(InvalidFault::NotPositive(name))
            } else {
                Ok(number)
            }
        };
        let when = match (wire.nth, wire.every, wire.probability) {
            (None, None, None) => When::Always,
            (Some(n), None, None) => When::Nth(positive(n, "nth")?),
            (None, Some(n), None) => When::Every(positive(n, "every")?),
            (None, None, Some(p)) if (0.0..=1.0).contains(&p) => When::Probability(p),
            (None, None, Some(_)) => return Err(InvalidFault::Probability),
            _ => return Err(InvalidFault::TwoSelectors),
        };
        let method = wire.about.method.map(|text| parse_method(&text)).transpose()?;
        if wire.about.path.as_deref().is_some_and(|path| !is_pattern(path)) {
            return Err(InvalidFault::Path);
        }
        let times = wire.times.map(|times| positive(times, "times")).transpose()?;
        let about = FaultMatch {
            method,
            path: wire.about.path,
            when,
            times,
        };
        let action: Action = wire.action.parse()?;
        let for_deliveries = matches!(action, Action::Duplicate | Action::Reorder);
        let for_both = matches!(action, Action::Delay(_) | Action::Drop);
        let is_delivery = about.method.as_ref() == Some(&crate::hooks::delivery());
        if is_delivery != for_deliveries && !for_both {
            return Err(InvalidFault::Delivery);
        }
        Ok(about.then(action))
    }
}

/// A whole path, or `**` alone.
fn is_pattern(path: &str) -> bool {
    let before_rest = path.strip_suffix("/**").unwrap_or(path);
    path == "**" || path.starts_with('/') && !before_rest.split('/').any(|part| part == "**")
}

fn parse_method(text: &str) -> Result<Method, InvalidFault> {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let upper = text.to_ascii_uppercase();
    KNOWN
        .into_iter()
        .chain([crate::hooks::delivery()])
        .find(|method| method.as_str() == upper)
        .ok_or_else(|| InvalidFault::Method(text.to_owned()))
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireFault::deserialize(deserializer)?;
        Self::try_from(wire).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (nth, every, probability) = match self.about.when {
            When::Always => (None, None, None),
            When::Nth(n) => (Some(n), None, None),
            When::Every(n) => (None, Some(n), None),
            When::Probability(p) => (None, None, Some(p)),
        };
        WireFault {
            about: WireMatch {
                method: self.about.method.as_ref().map(ToString::to_string),
                path: self.about.path.clone(),
            },
            nth,
            every,
            probability,
            times: self.about.times,
            action: self.action.to_string(),
            seen: self.seen,
            fired: self.fired,
        }
        .serialize(serializer)
    }
}
