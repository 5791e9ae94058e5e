//! What operations on a group or project as a whole have in common: how they name it, what they read around it, and
//! what stands in the way of all of them.

use domain::{AccessLevel, ItemResult};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::estate::{Below, Estate, Known};
use crate::operation::{Need, ObjectKind, ObjectRef, PlanContext, Planned, Read, Target, parameters};

/// Parameters that name the group or project that an item is about.
pub trait Whole: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Which of the two.
    const KIND: ObjectKind;
    /// Which one.
    fn object(&self) -> &ObjectRef;
}

/// A group, and nothing more to say.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfGroup {
    /// Group: full path or number.
    #[schemars(transform = parameters::group, extend("x-example" = "acme/platform"))]
    pub group: ObjectRef,
}

/// A project, and nothing more to say.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfProject {
    /// Project: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/web"))]
    pub project: ObjectRef,
}

impl Whole for OfGroup {
    const KIND: ObjectKind = ObjectKind::Group;
    fn object(&self) -> &ObjectRef {
        &self.group
    }
}

impl Whole for OfProject {
    const KIND: ObjectKind = ObjectKind::Project;
    fn object(&self) -> &ObjectRef {
        &self.project
    }
}

pub(super) fn target<P: Whole>(params: &P) -> Target {
    Target::Object {
        kind: P::KIND,
        object: params.object().clone(),
    }
}

pub(super) fn need<P: Whole>(params: &P) -> Need {
    Need {
        kind: P::KIND,
        object: params.object().clone(),
        field: P::KIND.name(),
    }
}

/// What every one of these operations reads: the object's own fields, the groups above it, what one may do there.
pub(super) fn around<P: Whole>(params: &P) -> Vec<Read> {
    const OF_GROUPS: &[&str] = &[
        "name",
        "parent_id",
        "project_creation_level",
        "subgroup_creation_level",
        "share_with_group_lock",
    ];
    // `archived` is not among the few fields of a simple list.
    const OF_PROJECTS: &[&str] = &["name", "namespace", "archived"];
    let mut reads = vec![
        Read::Above(P::KIND, params.object().clone()),
        Read::Level(P::KIND, params.object().clone()),
        Read::Fields(ObjectKind::Group, OF_GROUPS),
    ];
    if P::KIND == ObjectKind::Project {
        reads.push(Read::Fields(ObjectKind::Project, OF_PROJECTS));
    }
    reads
}

/// How an object stands. GitLab shows the mark of an object itself only, but `archived` also of what is below
/// something archived (GitLab API facts §7.1.1).
pub(super) struct Standing<'a> {
    pub(super) archived: bool,
    /// The day from which it waits for its deletion.
    pub(super) marked_on: Option<&'a str>,
    /// The group above it that is archived.
    pub(super) archived_above: Option<&'a Known>,
    /// The group above it that waits for its deletion.
    pub(super) marked_above: Option<&'a Known>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(known: &'a Known, estate: &'a Estate) -> Self {
        let archived = |known: &Known| known.fields.get("archived") == Some(&Value::Bool(true));
        Self {
            archived: archived(known),
            marked_on: marked_on(known),
            archived_above: estate.above(known).filter(|above| archived(above)).last(),
            marked_above: estate
                .above(known)
                .filter(|above| marked_on(above).is_some())
                .last(),
        }
    }

    /// Why nothing else can be done to something that is going to be deleted.
    pub(super) fn is_going(&self, known: &Known, doing: &str) -> Option<Planned> {
        let (what, path) = match (self.marked_on, self.marked_above) {
            (Some(day), _) => (format!("is marked for deletion since {day}"), &known.full_path),
            (None, Some(above)) => (
                format!("goes with `{}`, which is marked for deletion", above.full_path),
                &above.full_path,
            ),
            (None, None) => return None,
        };
        Some(Planned::conflict(
            "MARKED_FOR_DELETION",
            format!(
                "`{}` {what}; to {doing} it, restore `{path}` first",
                known.full_path
            ),
        ))
    }
}

fn marked_on(known: &Known) -> Option<&str> {
    known.fields.get("marked_for_deletion_on")?.as_str()
}

/// The token's user may not do that there. Administrators may do everything; what GitLab did not tell is left to it.
pub(super) fn not_permitted(
    known: &Known,
    least: AccessLevel,
    doing: &str,
    context: &PlanContext<'_>,
) -> Option<Planned> {
    if context.me.administrator {
        return None;
    }
    let own = context.estate.own_level(known.kind, known.id);
    if own.allows(least) != Some(false) {
        return None;
    }
    let am = match own.exactly() {
        Some(None) => "no member of",
        Some(Some(AccessLevel::Maintainer)) => "maintainer in",
        Some(Some(AccessLevel::Developer)) => "developer in",
        Some(Some(AccessLevel::Reporter)) => "reporter in",
        Some(Some(_)) => "a guest in",
        None => "less than that in",
    };
    Some(Planned::conflict(
        "NOT_PERMITTED",
        format!("you are {am} `{}`; to {doing} takes {least}", known.full_path),
    ))
}

/// The object, or something in it, is protected by this installation.
pub(super) fn protected(known: &Known, doing: &str, context: &PlanContext<'_>) -> Option<Planned> {
    let conflict = |path: &str, pattern: &str, whose: &str| {
        Planned::conflict(
            "PROTECTED_PATH",
            format!("{whose}`{path}` is protected (PROTECTED_PATHS has `{pattern}`): no job may {doing} it"),
        )
    };
    if let Some(pattern) = context.protected.protects(&known.full_path) {
        return Some(conflict(&known.full_path, pattern, ""));
    }
    let below = below(known, context)?;
    let (path, pattern) = below.protected.as_ref()?;
    Some(conflict(path, pattern, &format!("in `{}`, ", known.full_path)))
}

fn below<'a>(known: &Known, context: &PlanContext<'a>) -> Option<&'a Below> {
    if known.kind == ObjectKind::Project {
        return None;
    }
    context.estate.below(known.id)
}

/// How much is in a group, as people say it; `None` when nothing is.
pub(super) fn contents(known: &Known, context: &PlanContext<'_>) -> Option<String> {
    let below = below(known, context)?;
    let said = |count: Option<u64>, one: &str| match count {
        Some(0) => None,
        Some(1) => Some(format!("1 {one}")),
        Some(count) => Some(format!("{count} {one}s")),
        None => Some(format!("more than 10,000 {one}s")),
    };
    let parts: Vec<String> = [said(below.groups, "subgroup"), said(below.projects, "project")]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// As the result of an item, for something that an earlier item of the job makes: nothing is known yet.
pub(super) fn to_be_made() -> ItemResult {
    ItemResult {
        id: None,
        full_path: None,
        web_url: None,
    }
}

/// Parameters of an item that reverses one on this object.
pub(super) fn named(known: &Known) -> serde_json::Map<String, Value> {
    serde_json::Map::from_iter([(known.kind.name().to_owned(), Value::from(known.id))])
}
