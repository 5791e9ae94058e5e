//! Visibility in a tree: a group is never more open than its parent, and never more closed than what is in it
//! (GitLab API facts §6.4). Where one job changes both, what has to come first comes first.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Action, Visibility};
use serde_json::{Map, Value};
use storage::PlannedItem;

use crate::estate::{Estate, Known};
use crate::operation::{Collection, ObjectKind, ObjectRef, Planned, Read};

/// The groups directly in a group.
static SUBGROUPS: Collection = Collection {
    path: "subgroups",
    query: &[("all_available", "true")],
    single: false,
};
/// The projects directly in a group.
static PROJECTS: Collection = Collection {
    path: "projects",
    query: &[("simple", "true"), ("with_shared", "false")],
    single: false,
};

/// What has to be read when the visibility of an object is to become `to`.
pub(super) fn reads(kind: ObjectKind, object: &ObjectRef, to: &Value) -> Vec<Read> {
    let mut reads = Vec::new();
    if let ObjectRef::Path(path) = object
        && let Some((parent, _)) = path.rsplit_once('/')
    {
        let parent = ObjectRef::Path(parent.to_owned());
        reads.push(Read::Object(ObjectKind::Group, parent));
    }
    if kind == ObjectKind::Group && to.as_str() != Some(Visibility::Public.name()) {
        reads.push(Read::Rows(kind, object.clone(), &SUBGROUPS));
        reads.push(Read::Rows(kind, object.clone(), &PROJECTS));
    }
    reads
}

/// An item that changes the visibility of something that exists.
struct Turn<'a> {
    /// Where it is among the planned items.
    at: usize,
    known: &'a Known,
    from: Visibility,
    to: Visibility,
}

/// Looks at all items of a job that change a visibility together: orders them, and makes conflicts of those
/// that GitLab would refuse. `objects` are the items that are about something that exists, by their position.
pub(crate) fn through_the_tree<'a>(
    objects: impl Iterator<Item = (usize, &'a Known)>,
    estate: &'a Estate,
    planned: &mut [PlannedItem],
) {
    let mut turns: BTreeMap<String, Turn<'a>> = objects
        .filter_map(|(at, known)| {
            let turn = turn(at, known, &planned[at])?;
            Some((known.full_path.to_lowercase(), turn))
        })
        .collect();
    // Opening goes from the top, closing from the bottom; a shorter path sorts before what is below it.
    let (opening, closing): (Vec<String>, Vec<String>) = turns
        .iter()
        .map(|(path, turn)| (path.clone(), turn.to > turn.from))
        .fold((Vec::new(), Vec::new()), |mut both, (path, opens)| {
            if opens {
                both.0.push(path);
            } else {
                both.1.push(path);
            }
            both
        });
    for path in opening {
        if let Err(conflict) = open(&turns[&path], &turns, estate, planned) {
            refuse(&mut planned[turns[&path].at], conflict);
            turns.remove(&path);
        }
    }
    for path in closing.into_iter().rev() {
        let outcome = open(&turns[&path], &turns, estate, planned)
            .and_then(|()| close(&turns[&path], &turns, estate, planned));
        if let Err(conflict) = outcome {
            refuse(&mut planned[turns[&path].at], conflict);
            turns.remove(&path);
        }
    }
}

fn turn<'a>(at: usize, known: &'a Known, item: &PlannedItem) -> Option<Turn<'a>> {
    let change = item.changes.iter().find(|change| change.field == "visibility")?;
    (item.action == Action::Update).then_some(())?;
    Some(Turn {
        at,
        known,
        from: parse(&change.from)?,
        to: parse(&change.to)?,
    })
}

fn parse(value: &Value) -> Option<Visibility> {
    value.as_str()?.parse().ok()
}

/// Holds a new visibility against the parent's, as it will be.
fn open(
    turn: &Turn<'_>,
    turns: &BTreeMap<String, Turn<'_>>,
    estate: &Estate,
    planned: &mut [PlannedItem],
) -> Result<(), Planned> {
    let Some((parent, _)) = turn.known.full_path.rsplit_once('/') else {
        return Ok(());
    };
    let above = turns.get(&parent.to_lowercase());
    let is = estate
        .at(parent)
        .and_then(|parent| parse(parent.fields.get("visibility")?));
    let Some(allowed) = above.map(|above| above.to).or(is) else {
        return Ok(());
    };
    if turn.to > allowed {
        return Err(Planned::conflict(
            "VISIBILITY_ABOVE_PARENT",
            format!(
                "visibility {} is not possible: `{parent}` is {allowed}; use {allowed} or a more closed one",
                turn.to
            ),
        ));
    }
    if let Some(above) = above.filter(|above| turn.to > above.from) {
        wait(planned, turn.at, above.at);
    }
    Ok(())
}

/// Holds a new visibility against what is in the group, as it will be.
fn close(
    turn: &Turn<'_>,
    turns: &BTreeMap<String, Turn<'_>>,
    estate: &Estate,
    planned: &mut [PlannedItem],
) -> Result<(), Planned> {
    if turn.known.kind != ObjectKind::Group {
        return Ok(());
    }
    let mut in_the_way = BTreeSet::new();
    for (collection, key) in [(&SUBGROUPS, "full_path"), (&PROJECTS, "path_with_namespace")] {
        let rows = estate
            .rows(turn.known, collection)
            .map_or(&[][..], |rows| rows.list());
        for (path, is) in rows.iter().filter_map(|row| child(row, key)) {
            let below = turns.get(&path.to_lowercase());
            if below.map_or(is, |below| below.to) > turn.to {
                in_the_way.insert(path);
            } else if let Some(below) = below.filter(|below| below.from > turn.to) {
                wait(planned, turn.at, below.at);
            }
        }
    }
    if in_the_way.is_empty() {
        return Ok(());
    }
    let count = in_the_way.len();
    let shown: Vec<String> = in_the_way
        .iter()
        .take(3)
        .map(|path| format!("`{path}`"))
        .collect();
    let more = if count > shown.len() {
        format!(" and {} more", count - shown.len())
    } else {
        String::new()
    };
    Err(Planned::conflict(
        "VISIBILITY_BELOW_CHILDREN",
        format!(
            "visibility {} is not possible: {}{more} in it would be more open; close what is in it first, or in the \
             same job",
            turn.to,
            shown.join(", ")
        ),
    ))
}

fn child<'r>(row: &'r Map<String, Value>, key: &str) -> Option<(&'r str, Visibility)> {
    Some((row.get(key)?.as_str()?, parse(row.get("visibility")?)?))
}

/// One item runs after another.
fn wait(planned: &mut [PlannedItem], item: usize, after: usize) {
    let after = planned[after].index;
    if !planned[item].depends_on.contains(&after) {
        planned[item].depends_on.push(after);
    }
}

fn refuse(item: &mut PlannedItem, conflict: Planned) {
    item.action = conflict.action;
    item.status = domain::ItemStatus::Failed;
    item.changes = Vec::new();
    item.depends_on = Vec::new();
    item.error = conflict.error.map(Box::new);
    item.notes = Vec::new();
}
