//! From wanted settings to a plan, to what is sent, and back.

use domain::{Action, Change, ItemResult};
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use serde_json::{Map, Value, json};

use super::compare::{self, Compared, Settable, Wanted, compare};
use super::obstacles;
use super::setting::{Kind, Shown};
use super::visibility;
use crate::estate::Known;
use crate::operation::{
    Call, CallContext, ObjectKind, ObjectRef, PlanContext, Planned, Read, SettleContext, Settlement, Undo,
};

/// What has to be read to compare these settings of an existing object.
pub(crate) fn reads(kind: ObjectKind, object: &ObjectRef, wanted: &[Wanted]) -> Vec<Read> {
    let mut reads = shown_in(kind, wanted);
    if kind == ObjectKind::Project {
        // Lists that show this show everything.
        reads.push(Read::Fields(kind, &["archived"]));
    }
    for (setting, to) in wanted {
        match (setting.name, object) {
            ("visibility", _) => reads.extend(visibility::reads(kind, object, to)),
            ("path", ObjectRef::Path(path)) => {
                let (parent, _) = path.rsplit_once('/').unwrap_or_default();
                let place = join(parent, to.as_str().unwrap_or_default());
                reads.push(Read::Object(kind, ObjectRef::Path(place)));
            }
            _ => {}
        }
    }
    reads
}

/// The keys of GitLab's body that show settings which are parts of something larger.
pub(crate) fn shown_in(kind: ObjectKind, wanted: &[Wanted]) -> Vec<Read> {
    let parts = wanted.iter().filter(|(setting, _)| setting.part.is_some());
    parts
        .map(|(setting, _)| Read::Fields(kind, setting.shown_as()))
        .collect()
}

fn join(parent: &str, segment: &str) -> String {
    if parent.is_empty() {
        segment.to_owned()
    } else {
        format!("{parent}/{segment}")
    }
}

/// The plan of an update: what differs, what stands in the way, what a person should know.
pub(crate) fn plan_update(settable: &Settable, wanted: &[Wanted], context: &PlanContext<'_>) -> Planned {
    let Some(known) = context.object() else {
        // Made earlier in the same job, so there is nothing to compare with.
        let made = ItemResult {
            id: None,
            full_path: None,
            web_url: None,
        };
        return Planned::update(made, compare::from_nothing(wanted));
    };
    let compared = compare(wanted, &known.fields);
    if compared.changes.is_empty() {
        return Planned::unchanged(Some(known.result()));
    }
    let obstacle = obstacles::closed(known)
        .or_else(|| obstacles::ignored(settable, &compared.changes, &known.full_path, context.me))
        .or_else(|| taken(known, &compared.changes, context));
    if let Some(conflict) = obstacle {
        return conflict;
    }
    let mut notes = notes(settable, &compared);
    notes.extend(renamed(known, &compared.changes));
    notes.extend(obstacles::marked(known).map(|day| {
        format!(
            "`{}` is marked for deletion since {day}: restore it, or the changes go with it",
            known.full_path
        )
    }));
    let remembered = remembered(known, wanted, &compared);
    let mut planned = Planned::update(known.result(), compared.changes);
    planned.notes = notes;
    planned.remember = remembered;
    planned
}

/// Something new at a path, with what it is to be.
pub(crate) struct New<'a> {
    /// Group or project.
    pub(crate) kind: ObjectKind,
    /// What can be set on it.
    pub(crate) settable: &'a Settable,
    /// What it is to be.
    pub(crate) wanted: &'a [Wanted],
    /// Its own path segment.
    pub(crate) path: &'a str,
}

/// The plan of something that is to be made at a path: looks whether the place is free. `obstacle` is asked where
/// it is, with the parent.
pub(crate) fn plan_new(
    new: &New<'_>,
    context: &PlanContext<'_>,
    obstacle: &dyn Fn(&Known) -> Option<Planned>,
) -> Planned {
    let changes = || compare::from_nothing(new.wanted);
    let parent = match context.needs.first() {
        // Made earlier in the same job, so nothing can be there yet.
        Some(None) => {
            let full_path = format!("/{}", new.path);
            let ignored = obstacles::ignored(new.settable, &changes(), &full_path, context.me);
            return ignored.unwrap_or_else(|| Planned::create(changes()));
        }
        Some(Some(parent)) => Some(parent),
        None => None,
    };
    let full_path = join(parent.map_or("", |parent| parent.full_path.as_str()), new.path);
    match context.estate.at(&full_path) {
        Some(present) if present.kind == new.kind => {
            let compared = compare(new.wanted, &present.fields);
            let notes = notes(new.settable, &compared);
            let remembered = remembered(present, new.wanted, &compared);
            let what = format!("`{full_path}`");
            let mut planned = Planned::existing(context.options, present.result(), compared.changes, &what);
            if planned.action == Action::Update {
                let obstacle = obstacles::closed(present)
                    .or_else(|| obstacles::ignored(new.settable, &planned.changes, &full_path, context.me));
                if let Some(conflict) = obstacle {
                    return conflict;
                }
                planned.notes = notes;
                planned.remember = remembered;
            }
            planned
        }
        Some(present) => Planned::conflict(
            "PATH_TAKEN",
            format!(
                "`{full_path}` is a {} already; give another path",
                present.kind.name()
            ),
        ),
        None => obstacles::ignored(new.settable, &changes(), &full_path, context.me)
            .or_else(|| parent.and_then(obstacle))
            .unwrap_or_else(|| Planned::create(changes())),
    }
}

/// Something else stands where a new path leads.
fn taken(known: &Known, changes: &[Change], context: &PlanContext<'_>) -> Option<Planned> {
    let place = new_place(known, changes)?;
    let there = context.estate.at(&place)?;
    if (there.kind, there.id) == (known.kind, known.id) {
        return None;
    }
    Some(Planned::conflict(
        "PATH_TAKEN",
        format!("`{place}` is a {} already; give another path", there.kind.name()),
    ))
}

/// The full path after the changes; `None` when it stays.
fn new_place(known: &Known, changes: &[Change]) -> Option<String> {
    let path = changes.iter().find(|change| change.field == "path")?;
    let (parent, _) = known.full_path.rsplit_once('/').unwrap_or_default();
    Some(join(parent, path.to.as_str()?))
}

/// What a new path means to those who know the old one (GitLab API facts §7.1.5, §7.2.6).
fn renamed(known: &Known, changes: &[Change]) -> Option<String> {
    let place = new_place(known, changes)?;
    let old = &known.full_path;
    Some(match known.kind {
        ObjectKind::Group => format!(
            "`{old}` becomes `{place}`, and so does every path below it: web addresses of projects redirect until \
             something else takes the old path, the API answers 404 there; GitLab refuses while projects below \
             hold container images"
        ),
        ObjectKind::Project => format!(
            "`{old}` becomes `{place}`: the old address redirects until something else takes it; GitLab refuses \
             while it holds container images"
        ),
    })
}

/// What cannot be compared, and what cannot be brought back.
fn notes(settable: &Settable, compared: &Compared) -> Vec<String> {
    let list = |names: Vec<&str>| {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let mut notes = Vec::new();
    let hidden: Vec<&str> = compared.hidden.iter().map(|setting| setting.name).collect();
    let lost: Vec<&str> = compared
        .changes
        .iter()
        .filter(|change| !hidden.contains(&change.field.as_str()))
        .filter(|change| {
            let setting = settable.find(&change.field);
            setting.is_some_and(|setting| reverse(setting, &change.from).is_none())
        })
        .map(|change| change.field.as_str())
        .collect();
    if !hidden.is_empty() {
        notes.push(format!(
            "GitLab does not show {}: sent without comparing, and undo cannot bring back what it was",
            list(hidden)
        ));
    }
    if !lost.is_empty() {
        notes.push(format!("undo cannot bring back what {} was", list(lost)));
    }
    notes
}

/// What call and undo need of what was there.
fn remembered(known: &Known, wanted: &[Wanted], compared: &Compared) -> Option<Value> {
    let whole: Map<String, Value> = wanted
        .iter()
        .filter_map(|(setting, _)| setting.part.filter(|part| part.whole))
        .filter_map(|part| Some((part.shown_in.to_owned(), known.fields.get(part.shown_in)?.clone())))
        .collect();
    let hidden: Vec<&str> = compared.hidden.iter().map(|setting| setting.name).collect();
    (!whole.is_empty() || !hidden.is_empty()).then(|| json!({ "whole": whole, "hidden": hidden }))
}

/// The request that makes the changes.
pub(crate) fn call_update(settable: &Settable, path: ApiPath, context: &CallContext<'_>) -> Call {
    let whole = context.remembered.and_then(|remembered| remembered.get("whole"));
    let body = super::body::of_changes(settable, context.changes, whole);
    Call::put(path, Value::Object(body))
}

/// The parameter that brings a value back; `None` when none does.
fn reverse(setting: &super::Setting, from: &Value) -> Option<Value> {
    if setting.shown == Shown::Never {
        return None;
    }
    match (from, setting.kind) {
        (Value::Null, Kind::Text | Kind::Commas) => Some("".into()),
        (Value::Null, Kind::Set | Kind::Sequence) => Some(json!([])),
        (Value::Null, _) => None,
        (Value::String(word), _) if !setting.choices().is_empty() => {
            setting.choices().contains(&word.as_str()).then(|| from.clone())
        }
        _ => Some(from.clone()),
    }
}

/// What reverses an update of `object`: the operation that updates, with what was there before, where GitLab
/// showed it.
pub(crate) fn undo_update(
    settable: &Settable,
    operation: &'static str,
    field: &str,
    object: Option<u64>,
    context: &CallContext<'_>,
) -> Undo {
    let Some(object) = object else {
        return Undo::impossible("nobody knows any more what was changed");
    };
    let hidden = context
        .remembered
        .and_then(|remembered| remembered.get("hidden")?.as_array());
    let is_hidden = |name: &str| hidden.is_some_and(|hidden| hidden.iter().any(|one| one == name));
    let mut params = Map::from_iter([(field.to_owned(), Value::from(object))]);
    for change in context.changes.iter().filter(|change| !is_hidden(&change.field)) {
        let setting = settable.find(&change.field);
        let value = setting.and_then(|setting| reverse(setting, &change.from));
        params.extend(value.map(|value| (change.field.clone(), value)));
    }
    if params.len() > 1 {
        return Undo::by(operation, Value::Object(params));
    }
    let fields: Vec<&str> = context
        .changes
        .iter()
        .map(|change| change.field.as_str())
        .collect();
    Undo::impossible(format!(
        "GitLab did not show what {} was, or nothing brings it back; set it by hand",
        fields.join(", ")
    ))
}

/// Whether these values are there by now. Sending them again does no harm, so what GitLab does not show counts as
/// not there.
pub(crate) async fn settle_update(
    kind: ObjectKind,
    id: u64,
    wanted: &[Wanted],
    context: &SettleContext<'_>,
) -> Result<Settlement, GitlabError> {
    let (path, query, path_key): (_, &[(&str, &str)], _) = match kind {
        ObjectKind::Group => (ApiPath::group(id), &[("with_projects", "false")], "full_path"),
        ObjectKind::Project => (ApiPath::project(id), &[], "path_with_namespace"),
    };
    let seen = context
        .gitlab
        .find::<std::collections::BTreeMap<String, Value>>(&path, query, Lane::Jobs)
        .await?;
    let Some(seen) = seen else {
        return Ok(Settlement::Absent);
    };
    if !compare(wanted, &seen).changes.is_empty() {
        return Ok(Settlement::Absent);
    }
    let text = |key: &str| seen.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(Settlement::Adopted(ItemResult {
        id: Some(id),
        full_path: text(path_key),
        web_url: text("web_url"),
    }))
}

impl Settable {
    /// What a plan wants changed, as wanted values.
    pub(crate) fn of_changes(&self, changes: &[Change]) -> Vec<Wanted> {
        changes
            .iter()
            .filter_map(|change| Some((self.find(&change.field)?, change.to.clone())))
            .collect()
    }
}
