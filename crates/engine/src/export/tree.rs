use std::collections::BTreeMap;

use gitlab_client::{Gitlab, GitlabError};
use serde_json::{Map, Value};

use super::crawl::{Body, Root, id_of, path_of, text};
use super::piece::Piece;
use super::{ExportError, Exported};
use crate::estate::look_up::{Wants, look_up};
use crate::estate::{Estate, Known, Rows, is_bot_name};
use crate::import::convert::{Cell, convert};
use crate::manifest::exact::row_of;
use crate::manifest::words::{KindWords, SectionWords, Words, place_of};
use crate::operation::{Me, ObjectKind, ObjectRef, SectionRows};
use crate::plan::Asker;
use crate::protected::ProtectedPaths;

/// Objects read at once for their sections: what is read of them is kept until they are written.
const AT_ONCE: usize = 1_000;

/// Makes the tree of one outermost group.
pub(super) struct Trees<'a> {
    pub(super) gitlab: &'a Gitlab,
    pub(super) words: &'a Words<'a>,
    pub(super) include: &'a [String],
    pub(super) all_settings: bool,
}

/// What a group holds, by its full path in lower case.
#[derive(Default)]
struct Inside {
    projects: Vec<Piece>,
    subgroups: Vec<Piece>,
}

impl Trees<'_> {
    /// The group as a piece of a manifest; `None` when it is going to be deleted or cannot be said.
    ///
    /// # Errors
    /// GitLab could not be asked.
    pub(super) async fn piece(
        &self,
        root: Root,
        exported: &mut Exported,
    ) -> Result<Option<Piece>, ExportError> {
        let mut inside: BTreeMap<String, Inside> = BTreeMap::new();
        for lot in root.projects.chunks(AT_ONCE) {
            let estate = self.sections_of(ObjectKind::Project, lot).await?;
            for project in lot {
                if let Some(piece) = self.object(ObjectKind::Project, project, &estate, None, exported) {
                    let path = path_of(project);
                    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
                    inside.entry(above.to_owned()).or_default().projects.push(piece);
                }
            }
        }
        let outermost = root.groups.first().map(path_of).unwrap_or_default();
        let mut lots: Vec<&[Body]> = root.groups.chunks(AT_ONCE).collect();
        // From the innermost on, so that what a group holds is there when the group is.
        while let Some(lot) = lots.pop() {
            let estate = self.sections_of(ObjectKind::Group, lot).await?;
            for group in lot.iter().rev() {
                let path = path_of(group);
                let held = inside.remove(&path).unwrap_or_default();
                let is_outermost = path == outermost;
                let above = root.above.as_deref().filter(|_| is_outermost);
                let Some(Piece::Object(mut entries)) =
                    self.object(ObjectKind::Group, group, &estate, above, exported)
                else {
                    let (groups, projects) = count(&held.subgroups, &held.projects);
                    if groups + projects > 0 {
                        let why = format!("what `{path}` holds: {groups} groups and {projects} projects");
                        exported.left_out.push(why);
                    }
                    continue;
                };
                if !held.projects.is_empty() {
                    entries.push(("projects".to_owned(), Piece::List(held.projects)));
                }
                if !held.subgroups.is_empty() {
                    // They came from the last to the first.
                    let subgroups = held.subgroups.into_iter().rev().collect();
                    entries.push(("subgroups".to_owned(), Piece::List(subgroups)));
                }
                let piece = Piece::Object(entries);
                if is_outermost {
                    let (groups, projects) = count(std::slice::from_ref(&piece), &[]);
                    exported.groups += groups;
                    exported.projects += projects;
                    return Ok(Some(piece));
                }
                let above = path.rsplit_once('/').map_or("", |(above, _)| above);
                inside.entry(above.to_owned()).or_default().subgroups.push(piece);
            }
        }
        Ok(None)
    }

    /// What belongs to these objects, as far as it is asked for.
    async fn sections_of(&self, kind: ObjectKind, objects: &[Body]) -> Result<Estate, GitlabError> {
        let mut wants = Wants::default();
        let mut estate = Estate::default();
        for object in objects {
            let id = id_of(object);
            estate.insert(Known {
                kind,
                id,
                full_path: path_of(object),
                web_url: None,
                fields: BTreeMap::new(),
            });
            for section in self.included(self.words.kind(kind)) {
                wants.read(section.section.rows.read(kind, ObjectRef::Id(id)));
            }
        }
        let who = Asker {
            me: &Me::default(),
            protected: &ProtectedPaths::default(),
        };
        look_up(self.gitlab, &wants, who, estate).await
    }

    fn included<'w>(&self, words: &'w KindWords<'w>) -> impl Iterator<Item = &'w SectionWords<'w>> {
        words
            .sections
            .iter()
            .filter(|section| self.include.iter().any(|name| name == section.section.name))
    }

    /// An object without what lies in it.
    fn object(
        &self,
        kind: ObjectKind,
        body: &Body,
        estate: &Estate,
        above: Option<&str>,
        exported: &mut Exported,
    ) -> Option<Piece> {
        let path = path_of(body);
        if matches!(body.get("marked_for_deletion_on"), Some(Value::String(_))) {
            let why = format!("{} `{path}`: it is going to be deleted", kind.name());
            exported.left_out.push(why);
            return None;
        }
        let words = self.words.kind(kind);
        let settings = self.settings(words, body);
        if let Err(why) = is_sayable(words, &settings, path.contains('/')) {
            exported.left_out.push(format!("{} `{path}`: {why}", kind.name()));
            return None;
        }
        let mut entries: Vec<(String, Piece)> = Vec::new();
        let mut inner: Vec<(String, Piece)> = Vec::new();
        entries.push(("path".to_owned(), Piece::Plain(text(body, "path").into())));
        if let Some(above) = above {
            entries.push(("parent".to_owned(), Piece::Plain(above.into())));
        }
        for (name, value) in settings.into_iter().filter(|(name, _)| name != "path") {
            let place = if OUTSIDE.contains(&name.as_str()) {
                &mut entries
            } else {
                &mut inner
            };
            place.push((name, Piece::Plain(value)));
        }
        if !inner.is_empty() {
            entries.push(("settings".to_owned(), Piece::Object(inner)));
        }
        let known = estate.find(kind, &ObjectRef::Id(id_of(body)))?;
        for section in self.included(words) {
            let name = section.section.name.to_owned();
            let mut pieces = pieces_of(section, known, estate);
            if pieces.is_empty() {
                continue;
            }
            if section.section.is_list {
                entries.push((name, Piece::List(pieces)));
            } else {
                entries.push((name, pieces.swap_remove(0)));
            }
        }
        Some(Piece::Object(entries))
    }

    /// The settings of an object that have a value worth saying, as its operations take them.
    fn settings(&self, words: &KindWords<'_>, body: &Body) -> Vec<(String, Value)> {
        let mut settings = Vec::new();
        for setting in &words.settings {
            if !(self.all_settings || COMMON.contains(&setting.field.name.as_str())) {
                continue;
            }
            let Some(value) = body.get(&setting.field.name) else {
                continue;
            };
            let is_empty = match value {
                Value::String(text) => text.is_empty(),
                Value::Array(list) => list.is_empty(),
                Value::Object(entries) => entries.is_empty(),
                _ => false,
            };
            // What GitLab says and the operation would not take cannot be asked for either.
            if !is_empty && matches!(convert(setting.field, Cell::Value(value)), Ok(Some(_))) {
                settings.push((setting.field.name.clone(), value.clone()));
            }
        }
        settings
    }
}

/// The settings that stand beside the path; the others are one step further in.
const OUTSIDE: [&str; 5] = ["name", "description", "visibility", "topics", "default_branch"];

/// How many groups and projects there are in these.
fn count(groups: &[Piece], projects: &[Piece]) -> (u64, u64) {
    let mut all = (groups.len() as u64, projects.len() as u64);
    for group in groups {
        let list = |key| group.get(key).map(Piece::list).unwrap_or_default();
        let (groups, projects) = count(list("subgroups"), list("projects"));
        all = (all.0 + groups, all.1 + projects);
    }
    all
}

/// The settings that are written where not all are asked for.
const COMMON: [&str; 15] = [
    "path",
    "name",
    "description",
    "visibility",
    "topics",
    "default_branch",
    "request_access_enabled",
    "lfs_enabled",
    "project_creation_level",
    "subgroup_creation_level",
    "issues_access_level",
    "merge_requests_access_level",
    "wiki_access_level",
    "snippets_access_level",
    "merge_method",
];

/// Whether a manifest that says so would be accepted: some objects are older than the rules.
fn is_sayable(
    words: &KindWords<'_>,
    settings: &[(String, Value)],
    is_below_a_group: bool,
) -> Result<(), String> {
    let mut params: Map<String, Value> = words
        .create
        .fields()
        .iter()
        .filter_map(|field| {
            let (name, value) = settings.iter().find(|(name, _)| *name == field.name)?;
            let value = convert(field, Cell::Value(value)).ok()??;
            Some((name.clone(), value))
        })
        .collect();
    if is_below_a_group {
        params.insert(place_of(true, words.kind).to_owned(), "group".into());
    }
    let today = domain::Timestamp::from_millis(0);
    match words.create.validate(params, domain::Source::default(), today) {
        Ok(_) => Ok(()),
        Err(problems) => Err(problems.first().map(ToString::to_string).unwrap_or_default()),
    }
}

/// The entries of a section, in an order that does not depend on when they were made.
fn pieces_of(words: &SectionWords<'_>, of: &Known, estate: &Estate) -> Vec<Piece> {
    let entry = words.section.entry;
    let entries: Vec<Map<String, Value>> = match words.section.rows {
        SectionRows::Members => estate
            .members(of.kind, of.id)
            .unwrap_or_default()
            .iter()
            .filter(|member| !is_bot_name(&member.username))
            .filter_map(|member| entry(&row_of(member)))
            .collect(),
        SectionRows::Of(collection) | SectionRows::In(collection, _) => {
            let rows = estate.rows(of, collection).map(Rows::list).unwrap_or_default();
            words
                .section
                .rows
                .of(rows)
                .into_iter()
                .filter_map(entry)
                .collect()
        }
    };
    let mut pieces: Vec<Vec<(String, Value)>> = entries
        .into_iter()
        .map(|mut entry| {
            let in_order = words
                .fields
                .iter()
                .filter_map(|field| Some((field.name.clone(), entry.remove(&field.name)?)));
            in_order.filter(|(_, value)| !value.is_null()).collect()
        })
        .collect();
    pieces.sort_by_cached_key(|entry| format!("{entry:?}"));
    pieces.into_iter().map(Piece::Entry).collect()
}
