//! What belongs to a group or a project: either is named by a parameter of its own.

use domain::{ItemResult, Problem};
use gitlab_api::{ApiPath, Tier};
use serde_json::{Map, Value, json};

use crate::estate::Known;
use crate::operation::{Me, Need, ObjectKind, ObjectRef, Planned};

/// The parameters `group` and `project`, of which one is given.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) group: Option<&'a ObjectRef>,
    pub(super) project: Option<&'a ObjectRef>,
}

impl Place<'_> {
    /// One of the two, not both.
    pub(super) fn check(self, what: &str, problems: &mut Vec<Problem>) {
        match (self.group, self.project) {
            (None, None) => problems.push(
                Problem::new(format!("{what} needs a project or a group"))
                    .column("project")
                    .allowed("GitLab's number or a full path like acme/platform/api"),
            ),
            (Some(group), Some(_)) => problems.push(
                Problem::new("give either project or group, not both")
                    .column("group")
                    .value(&group.to_string())
                    .allowed("nothing where there is a project"),
            ),
            _ => {}
        }
    }

    /// Which one. Parameters that passed [`Place::check`] name one.
    pub(super) fn object(self) -> (ObjectKind, ObjectRef) {
        match (self.project, self.group) {
            (Some(project), _) => (ObjectKind::Project, project.clone()),
            (None, Some(group)) => (ObjectKind::Group, group.clone()),
            (None, None) => (ObjectKind::Project, ObjectRef::Id(0)),
        }
    }

    /// That it exists.
    pub(super) fn need(self) -> Vec<Need> {
        let (kind, object) = self.object();
        vec![Need {
            kind,
            object,
            field: kind.name(),
        }]
    }
}

/// `groups/1` or `projects/1`.
pub(super) fn api(of: &Known) -> ApiPath {
    match of.kind {
        ObjectKind::Group => ApiPath::group(of.id),
        ObjectKind::Project => ApiPath::project(of.id),
    }
}

/// The parameter that names this object again, by its number: it stays true when the path changes.
pub(super) fn param(of: &Known) -> Map<String, Value> {
    Map::from_iter([(of.kind.name().to_owned(), of.id.into())])
}

/// What has changed is a page of its settings.
pub(super) fn result(of: &Known, id: Option<u64>, page: &str) -> ItemResult {
    let url = of.web_url.as_ref();
    ItemResult {
        id,
        full_path: Some(of.full_path.clone()),
        web_url: url.map(|url| format!("{url}/-/settings/{page}")),
    }
}

/// Why it cannot be done, where the instance is known to lack the licence.
pub(super) fn unlicensed(me: &Me, what: &str) -> Option<Planned> {
    (me.tier == Some(Tier::Free)).then(|| needs_premium(what))
}

/// The instance lacks the licence.
pub(super) fn needs_premium(what: &str) -> Planned {
    Planned::conflict(
        "TIER_TOO_LOW",
        format!("{what} needs GitLab Premium; this instance has no such licence"),
    )
}

/// The token's user may not read what would have to be compared.
pub(super) fn forbidden(of: &Known, what: &str) -> Planned {
    let level = match of.kind {
        ObjectKind::Group => "owner",
        ObjectKind::Project => "maintainer",
    };
    Planned::conflict(
        "FORBIDDEN",
        format!(
            "you may not see the {what} of `{}`; that takes at least {level}",
            of.full_path
        ),
    )
}

/// The writes that a plan has decided on, and what was there before.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Decided {
    /// Method and body of each write, in order.
    pub(super) writes: Vec<(Verb, Value)>,
    /// What was there, as parameters that would set it again.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) before: Map<String, Value>,
    /// What has to be there afterwards, in GitLab's numbers.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) wanted: Value,
}

/// How a write is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Verb {
    Post,
    Put,
    Patch,
    Delete,
}

impl Decided {
    pub(super) fn of(remembered: Option<&Value>) -> Self {
        remembered
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .unwrap_or_default()
    }

    pub(super) fn write(verb: Verb, body: Value) -> Self {
        Self {
            writes: vec![(verb, body)],
            ..Self::default()
        }
    }

    pub(super) fn into_value(self) -> Value {
        json!(self)
    }
}
