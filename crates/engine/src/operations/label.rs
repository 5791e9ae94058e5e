//! What the operations on labels share: where a label is, what is read, and when two values are the same
//! (GitLab API facts §7.12).

use domain::{Change, ItemResult, Problem};
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde_json::{Map, Value};

use crate::estate::Known;
use crate::operation::{CallContext, Collection, Need, ObjectKind, ObjectRef, PlanContext, Read, Target};

/// The labels of a group or project itself, without those of the groups above.
pub(super) static OWN: Collection = Collection {
    path: "labels",
    query: &[("include_ancestor_groups", "false")],
    single: false,
};

/// A label as GitLab lists it.
pub(super) type Row = Map<String, Value>;

/// Which label of what.
pub(super) struct Place<'p> {
    pub(super) group: Option<&'p ObjectRef>,
    pub(super) project: Option<&'p ObjectRef>,
    pub(super) name: &'p str,
}

impl Place<'_> {
    fn of(&self) -> (ObjectKind, ObjectRef) {
        match (self.group, self.project) {
            (Some(group), _) => (ObjectKind::Group, group.clone()),
            (None, Some(project)) => (ObjectKind::Project, project.clone()),
            // Refused by `check`.
            (None, None) => (ObjectKind::Group, ObjectRef::Id(0)),
        }
    }

    /// Either a group or a project, and a title that a label may have.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        match (self.group, self.project) {
            (None, None) => problems.push(
                Problem::new("a label needs a group or a project")
                    .column("group")
                    .allowed("GitLab's number or a full path like acme/platform"),
            ),
            (Some(_), Some(project)) => problems.push(
                Problem::new("give either group or project, not both")
                    .column("project")
                    .value(&project.to_string())
                    .allowed("nothing where there is a group"),
            ),
            _ => {}
        }
        check_title("name", self.name, problems);
    }

    pub(super) fn target(&self) -> Target {
        let (kind, of) = self.of();
        Target::Part {
            kind,
            of,
            what: "label",
            name: self.name.to_owned(),
            field: "name",
        }
    }

    pub(super) fn needs(&self) -> Vec<Need> {
        let (kind, object) = self.of();
        vec![Need {
            kind,
            object,
            field: kind.name(),
        }]
    }

    pub(super) fn reads(&self) -> Vec<Read> {
        let (kind, of) = self.of();
        vec![Read::Rows(kind, of, &OWN)]
    }

    /// Also the labels of the groups above, whose titles are taken as well.
    pub(super) fn reads_above(&self) -> Vec<Read> {
        let mut reads = self.reads();
        let ObjectRef::Path(path) = self.of().1 else {
            return reads;
        };
        for (end, _) in path.match_indices('/') {
            let group = ObjectRef::Path(path[..end].to_owned());
            reads.push(Read::Object(ObjectKind::Group, group.clone()));
            reads.push(Read::Rows(ObjectKind::Group, group, &OWN));
        }
        reads
    }
}

/// A title without what GitLab refuses in one.
pub(super) fn check_title(column: &str, title: &str, problems: &mut Vec<Problem>) {
    if title.trim().is_empty() || title.contains([',', '?', '&']) {
        problems.push(
            Problem::new("not a title of a label")
                .column(column)
                .value(title)
                .allowed("a text that is not empty, without `,`, `?` and `&`"),
        );
    }
}

/// `#` and three or six hexadecimal digits.
pub(super) fn check_color(color: Option<&str>, problems: &mut Vec<Problem>) {
    let Some(color) = color else { return };
    let is_color = color.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    if !is_color {
        problems.push(
            Problem::new("not a colour")
                .column("color")
                .value(color)
                .allowed("# and six hexadecimal digits, like #d9534f"),
        );
    }
}

/// Only a project ranks its labels.
pub(super) fn check_priority(place: &Place<'_>, priority: Option<u64>, problems: &mut Vec<Problem>) {
    if let (Some(priority), Some(_)) = (priority, place.group) {
        problems.push(
            Problem::new("only labels of projects have a priority")
                .column("priority")
                .value(&priority.to_string())
                .allowed("nothing where there is a group"),
        );
    }
}

/// The label of this title, as planning has read it.
pub(super) fn find<'a>(context: &PlanContext<'a>, of: &Known, title: &str) -> Option<&'a Row> {
    let rows = context.estate.rows(of, &OWN)?.list();
    rows.iter().find(|row| is_titled(row, title))
}

/// The group above `of` that has a label of this title.
pub(super) fn above<'a>(context: &PlanContext<'a>, of: &Known, title: &str) -> Option<&'a Known> {
    let path = &of.full_path;
    path.match_indices('/')
        .filter_map(|(end, _)| context.estate.at(&path[..end]))
        .find(|group| find(context, group, title).is_some())
}

fn is_titled(row: &Row, title: &str) -> bool {
    row.get("name").and_then(Value::as_str) == Some(title.trim())
}

/// A label as a manifest lists one.
pub(super) fn entry(row: &Row) -> Option<Row> {
    let told = |field: &&str| row.get(*field).filter(|value| !value.is_null() && **value != "");
    let mut entry = Row::from_iter([
        ("name".to_owned(), row.get("name")?.clone()),
        ("color".to_owned(), row.get("color")?.clone()),
    ]);
    for field in ["description", "priority"] {
        entry.extend(told(&field).map(|value| (field.to_owned(), value.clone())));
    }
    Some(entry)
}

/// GitLab's number of a label.
pub(super) fn number(row: &Row) -> Option<u64> {
    row.get("id").and_then(Value::as_u64)
}

/// A label as the result of an item.
pub(super) fn result(row: &Row, of: Option<&Known>) -> ItemResult {
    ItemResult {
        id: number(row),
        full_path: of.map(|of| of.full_path.clone()),
        web_url: of.and_then(|of| Some(format!("{}/-/labels", of.web_url.as_deref()?))),
    }
}

/// The labels of the object that an item is about.
pub(super) fn labels_of(context: &CallContext<'_>) -> ApiPath {
    match context.object() {
        Some(of) if of.kind == ObjectKind::Project => ApiPath::project(of.id),
        of => ApiPath::group(of.map_or(0, |of| of.id)),
    }
    .join("labels")
}

/// One label, by number or title.
pub(super) fn one(context: &CallContext<'_>, title: &str) -> ApiPath {
    let labels = labels_of(context);
    match context.present.and_then(|present| present.id) {
        Some(id) => labels.object(id),
        None => labels.segment(title),
    }
}

/// What is wanted of a label, under the names that its row has.
pub(super) type Wanted = Vec<(&'static str, Value)>;

/// Field by field, what differs. A colour is the same in capital letters, and null is an empty text.
pub(super) fn differences(wanted: &Wanted, row: &Row) -> Vec<Change> {
    wanted
        .iter()
        .filter_map(|(field, to)| {
            let from = row.get(*field).cloned().unwrap_or_default();
            (!same(field, &from, to)).then(|| Change {
                field: (*field).to_owned(),
                from,
                to: to.clone(),
            })
        })
        .collect()
}

fn same(field: &str, from: &Value, to: &Value) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    match field {
        "color" => long(&text(from)) == long(&text(to)),
        "description" => from.as_str().unwrap_or_default() == to.as_str().unwrap_or_default(),
        _ => from == to,
    }
}

/// `#abc` is short for `#aabbcc`.
fn long(color: &str) -> String {
    match color.strip_prefix('#') {
        Some(digits) if digits.len() == 3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => color.trim_start_matches('#').to_owned(),
    }
}

/// Looks for the label of this number or title among those of the object itself.
pub(super) async fn look(
    gitlab: &Gitlab,
    context: &CallContext<'_>,
    is_it: impl Fn(&Row) -> bool,
) -> Result<Option<Row>, GitlabError> {
    use futures::TryStreamExt;
    let path = labels_of(context);
    let pages = gitlab.pages::<Row>(&path, OWN.query, Lane::Jobs);
    futures::pin_mut!(pages);
    while let Some(page) = pages.try_next().await? {
        if let Some(row) = page.items.into_iter().find(&is_it) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Looks for the label of this title.
pub(super) async fn look_for(
    gitlab: &Gitlab,
    context: &CallContext<'_>,
    title: &str,
) -> Result<Option<Row>, GitlabError> {
    look(gitlab, context, |row| is_titled(row, title)).await
}

/// The body of the request and the result of what GitLab answers with.
pub(super) fn read(context: &CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
    let row: Row = serde_json::from_slice(body).ok()?;
    number(&row)?;
    Some(result(&row, context.object()))
}

/// The parameters that name a label of the item's object, for a reversing item.
pub(super) fn naming(context: &CallContext<'_>, title: &str) -> Option<Map<String, Value>> {
    let of = context.object()?;
    Some(Map::from_iter([
        (of.kind.name().to_owned(), of.id.into()),
        ("name".to_owned(), title.into()),
    ]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_colour_is_the_same_in_short_and_in_capitals() {
        let row: Row = serde_json::from_value(json!({"color": "#FFAA00", "description": null})).unwrap();
        let differ = |color: &str| differences(&vec![("color", color.into())], &row).len();
        assert_eq!([differ("#ffaa00"), differ("#fa0"), differ("#fa1")], [0, 0, 1]);
        assert!(differences(&vec![("description", "".into())], &row).is_empty());
    }

    #[test]
    fn what_is_no_colour_is_a_problem() {
        for (color, problems) in [
            ("#fff", 0),
            ("#d9534f", 0),
            ("red", 1),
            ("#12345", 1),
            ("#ggg", 1),
        ] {
            let mut found = Vec::new();
            check_color(Some(color), &mut found);
            assert_eq!(found.len(), problems, "{color}");
        }
    }
}
