//! `/features`: flags that an administrator turns on and off.

use serde::Serialize;
use serde_json::{Value, json};

use crate::http::router::{Endpoint, delete, get, post};
use crate::http::{Answer, Call, Reply};
use crate::params::Param;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/features", list),
    post("/features/:name", set),
    delete("/features/:name", remove),
];

#[derive(Debug, Serialize)]
struct FeatureBody {
    name: String,
    state: &'static str,
    gates: [Value; 1],
    definition: Option<Value>,
}

impl FeatureBody {
    fn of(name: &str, on: bool) -> Self {
        Self {
            name: name.to_owned(),
            state: if on { "on" } else { "off" },
            gates: [json!({"key": "boolean", "value": on})],
            definition: None,
        }
    }
}

fn list(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let rows: Vec<FeatureBody> = {
        let state = call.state();
        let features = state.belongings.features.iter();
        features.map(|(name, on)| FeatureBody::of(name, on)).collect()
    };
    Ok(Reply::ok(&rows))
}

/// On for everyone, or off. A share of time or actors, which GitLab also knows, counts as on unless it is none.
fn set(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    ask.require("value");
    ask.ignored(&[
        "key",
        "feature_group",
        "user",
        "group",
        "namespace",
        "project",
        "repository",
        "force",
    ]);
    call.admit(ask)?;
    let on = call.params.get("value").is_some_and(|value| match value {
        Param::Float(share) => *share > 0.0,
        value => value
            .flag()
            .unwrap_or_else(|| value.integer().is_some_and(|share| share > 0)),
    });
    let name = call.arg(0);
    let changed = call.change().belongings.features.set(name, on);
    Ok(Reply::created(&FeatureBody::of(name, on)).applied_if(changed))
}

fn remove(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let changed = call.change().belongings.features.remove(call.arg(0));
    Ok(Reply::no_content().applied_if(changed))
}
