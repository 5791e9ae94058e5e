//! The pieces of a group or project that a copy of it gets, one write each.

use domain::{AccessLevel, Problem};
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::estate::Known;
use crate::operation::{Collection, ObjectKind, ObjectRef, PlanContext};

pub(super) static LABELS_OF_GROUP: Collection = Collection {
    path: "labels",
    query: &[
        ("only_group_labels", "true"),
        ("include_ancestor_groups", "false"),
    ],
    single: false,
};
pub(super) static LABELS: Collection = Collection {
    path: "labels",
    query: &[("include_ancestor_groups", "false")],
    single: false,
};
pub(super) static BRANCHES: Collection = Collection::list("protected_branches");
pub(super) static VARIABLES: Collection = Collection::list("variables");

/// What else than its settings can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Labels,
    ProtectedBranches,
    Variables,
    Members,
}

impl Part {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "labels" => Self::Labels,
            "protected_branches" => Self::ProtectedBranches,
            "variables" => Self::Variables,
            "members" => Self::Members,
            _ => return None,
        })
    }

    /// Its place below a group or project.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::ProtectedBranches => "protected_branches",
            Self::Variables => "variables",
            Self::Members => "members",
        }
    }
}

/// One write: something that the original has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Piece {
    pub(super) part: Part,
    /// What tells it apart from others of the same kind: a name, a key, the number of a user.
    pub(super) name: String,
    pub(super) body: Map<String, Value>,
}

impl Piece {
    /// Whether the copy has it. What it inherits counts: GitLab refuses to say the same twice.
    pub(super) async fn is_there(&self, gitlab: &Gitlab, of: ApiPath) -> Result<bool, GitlabError> {
        type Any = Map<String, Value>;
        let of = of.join(match self.part {
            Part::Members => "members/all",
            other => other.path(),
        });
        let place = of.segment(&self.name);
        let found = match self.body.get("environment_scope").and_then(Value::as_str) {
            Some(scope) => {
                let query = [("filter[environment_scope]", scope)];
                gitlab.find::<Any>(&place, &query, Lane::Jobs).await?
            }
            None => gitlab.find::<Any>(&place, NO_QUERY, Lane::Jobs).await?,
        };
        let level = |body: &Map<String, Value>| body.get("access_level").and_then(Value::as_u64);
        Ok(found.is_some_and(|found| self.part != Part::Members || level(&found) >= level(&self.body)))
    }
}

/// What of the original the copy gets, and what a person should know of what it does not get.
pub(super) fn pieces(origin: &Known, parts: &[Part], context: &PlanContext<'_>) -> (Vec<Piece>, Vec<String>) {
    let mut pieces = Vec::new();
    let mut notes = Vec::new();
    for part in parts {
        match part {
            Part::Members => pieces.extend(members(origin, context)),
            Part::Labels => {
                let labels = match origin.kind {
                    ObjectKind::Group => &LABELS_OF_GROUP,
                    ObjectKind::Project => &LABELS,
                };
                let rows = rows(origin, labels, context);
                let own = |row: &&Map<String, Value>| {
                    origin.kind == ObjectKind::Group
                        || row.get("is_project_label") != Some(&Value::Bool(false))
                };
                pieces.extend(rows.iter().filter(own).filter_map(|row| {
                    piece(*part, row, "name", &["name", "color", "description", "priority"])
                }));
            }
            Part::Variables => {
                let rows = rows(origin, &VARIABLES, context);
                let copied = [
                    "key",
                    "variable_type",
                    "protected",
                    "raw",
                    "environment_scope",
                    "description",
                ];
                for row in rows {
                    let Some(mut piece) = piece(*part, row, "key", &copied) else {
                        continue;
                    };
                    // Scopes of groups take a licence; all of them is what is meant without one.
                    if origin.kind == ObjectKind::Group
                        && piece.body.get("environment_scope") == Some(&"*".into())
                    {
                        piece.body.remove("environment_scope");
                    }
                    piece.body.insert("value".into(), "".into());
                    pieces.push(piece);
                }
                if !rows.is_empty() {
                    notes.push(format!(
                        "{} come without their values, and unmasked: set those.",
                        counted(rows.len(), "variable")
                    ));
                }
            }
            Part::ProtectedBranches => {
                let rows = rows(origin, &BRANCHES, context);
                let own = rows
                    .iter()
                    .filter(|row| row.get("inherited") != Some(&Value::Bool(true)));
                let (mut named, mut copied) = (0, Vec::new());
                for row in own {
                    let (piece, is_whole) = branch(row);
                    named += usize::from(!is_whole);
                    copied.extend(piece);
                }
                pieces.extend(copied);
                if named > 0 {
                    notes.push(format!(
                        "{} let single people, groups or keys in: those are not copied.",
                        counted(named, "protected branch")
                    ));
                }
            }
        }
    }
    (pieces, notes)
}

fn counted(count: usize, one: &str) -> String {
    match (count, one.ends_with("ch")) {
        (1, _) => format!("1 {one}"),
        (count, true) => format!("{count} {one}es"),
        (count, false) => format!("{count} {one}s"),
    }
}

fn rows<'a>(origin: &Known, of: &'static Collection, context: &PlanContext<'a>) -> &'a [Map<String, Value>] {
    context.estate.rows(origin, of).map_or(&[], |rows| rows.list())
}

fn piece(part: Part, row: &Map<String, Value>, name: &str, fields: &[&str]) -> Option<Piece> {
    let body = fields
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), row.get(*field)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect();
    Some(Piece {
        part,
        name: row.get(name)?.as_str()?.to_owned(),
        body,
    })
}

/// A protection with the levels that it names, and whether that is all it says. Of several levels the lowest lets in
/// everybody whom they let in together.
fn branch(row: &Map<String, Value>) -> (Option<Piece>, bool) {
    let mut piece = piece(
        Part::ProtectedBranches,
        row,
        "name",
        &["name", "allow_force_push", "code_owner_approval_required"],
    );
    let mut is_whole = true;
    for (lines, field) in [
        ("push_access_levels", "push_access_level"),
        ("merge_access_levels", "merge_access_level"),
        ("unprotect_access_levels", "unprotect_access_level"),
    ] {
        let lines = row
            .get(lines)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let is_single = |line: &&Value| {
            ["user_id", "group_id", "deploy_key_id"]
                .iter()
                .any(|who| line[who].is_u64())
        };
        is_whole &= !lines.iter().any(|line| is_single(&line));
        let levels = lines
            .iter()
            .filter(|line| !is_single(line))
            .filter_map(|line| line["access_level"].as_u64());
        // "No one" beside others lets those others in.
        let lowest = levels
            .clone()
            .filter(|level| *level > 0)
            .min()
            .or_else(|| levels.min());
        // Where only single people are let in, nobody is until they are named again.
        let level = lowest.or((!lines.is_empty()).then_some(0));
        if let (Some(piece), Some(level)) = (&mut piece, level)
            && !(field == "unprotect_access_level" && level == 0)
        {
            piece.body.insert(field.to_owned(), level.into());
        }
    }
    (piece, is_whole)
}

fn members(origin: &Known, context: &PlanContext<'_>) -> Vec<Piece> {
    let members = context.estate.members(origin.kind, origin.id).unwrap_or_default();
    let me = context.me.user_id;
    members
        .iter()
        // Who makes a group owns it.
        .filter(|member| origin.kind == ObjectKind::Project || Some(member.user_id) != me)
        .filter_map(|member| {
            let level = member.access_level.filter(|level| *level >= AccessLevel::Guest)?;
            let mut body = Map::from_iter([
                ("user_id".to_owned(), Value::from(member.user_id)),
                ("access_level".to_owned(), level.number().into()),
            ]);
            if let Some(day) = &member.expires_at {
                body.insert("expires_at".into(), day.as_str().into());
            }
            Some(Piece {
                part: Part::Members,
                name: member.user_id.to_string(),
                body,
            })
        })
        .collect()
}

/// The last segment of a path; a number has none.
pub(super) fn last_segment(object: &ObjectRef) -> &str {
    match object {
        ObjectRef::Path(path) => path.rsplit('/').next().unwrap_or_default(),
        ObjectRef::Id(_) => "",
    }
}

/// What is given by its number has no path that the new one could have.
pub(super) fn needs_a_path(object: &ObjectRef, path: Option<&str>) -> Option<Problem> {
    let ObjectRef::Id(id) = object else {
        return None;
    };
    path.is_none().then(|| {
        Problem::new(format!("give a path for the new one, or {id} by its full path"))
            .column("path")
            .allowed("a path of letters, digits, and single `.`, `_` or `-` between them")
    })
}
