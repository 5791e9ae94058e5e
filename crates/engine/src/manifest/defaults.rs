//! What flows down a tree: settings and entries of sections that objects have unless they, or something nearer
//! to them, say otherwise.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::node::{Content, Mark, Node, Trail};
use super::read::Reader;
use super::words::{KindWords, unknown_key};
use crate::field::fold;
use crate::operation::ObjectKind;

/// The defaults that hold at one place of the tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    groups: KindDefaults,
    projects: KindDefaults,
}

/// The defaults of objects of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct KindDefaults {
    /// By the number of the setting among the [`KindWords::settings`].
    pub(super) settings: BTreeMap<usize, DefaultSetting>,
    /// By the number of the section among the [`KindWords::sections`]; nearer entries first.
    pub(super) sections: BTreeMap<usize, Vec<Rc<DefaultEntry>>>,
}

/// The default of a setting. Without a value it takes away one from further above.
#[derive(Clone, Debug)]
pub(super) struct DefaultSetting {
    pub(super) value: Option<Value>,
    pub(super) at: Mark,
    pub(super) path: Rc<str>,
}

/// An entry that belongs to every object below.
#[derive(Clone, Debug)]
pub(super) struct DefaultEntry {
    pub(super) node: Node,
    pub(super) path: String,
}

impl Defaults {
    pub(super) fn of(&self, kind: ObjectKind) -> &KindDefaults {
        match kind {
            ObjectKind::Group => &self.groups,
            ObjectKind::Project => &self.projects,
        }
    }

    fn of_mut(&mut self, kind: ObjectKind) -> &mut KindDefaults {
        match kind {
            ObjectKind::Group => &mut self.groups,
            ObjectKind::Project => &mut self.projects,
        }
    }

    /// Takes in a `defaults` object: `{groups: {…}, projects: {…}}`, where what stands outside of both is
    /// meant for either kind that knows it.
    pub(super) fn take(&mut self, node: &Node, trail: &Trail<'_>, reader: &mut Reader<'_>) {
        let Some(entries) = reader.object_entries(node, trail, "defaults") else {
            return;
        };
        for (key, value) in entries {
            let trail = trail.key(&key.name);
            match fold(&key.name).as_str() {
                "groups" | "group" | "subgroups" => self.take_kind(ObjectKind::Group, value, &trail, reader),
                "projects" | "project" => self.take_kind(ObjectKind::Project, value, &trail, reader),
                _ => {
                    let mut is_known = false;
                    for kind in [ObjectKind::Group, ObjectKind::Project] {
                        is_known |= self.take_word(kind, &key.name, value, &trail, reader);
                    }
                    if !is_known {
                        let words =
                            [ObjectKind::Group, ObjectKind::Project].map(|kind| reader.words.kind(kind));
                        let mut known: Vec<&str> = words.iter().flat_map(|words| words.names()).collect();
                        known.extend(["groups", "projects"]);
                        known.sort_unstable();
                        known.dedup();
                        let problem = unknown_key(&key.name, &known, "defaults");
                        reader.unknown(&trail, key.at, problem);
                    }
                }
            }
        }
    }

    /// Takes in the defaults of one kind of objects.
    pub(super) fn take_kind(
        &mut self,
        kind: ObjectKind,
        node: &Node,
        trail: &Trail<'_>,
        reader: &mut Reader<'_>,
    ) {
        let Some(entries) = reader.object_entries(node, trail, "defaults") else {
            return;
        };
        for (key, value) in entries {
            let trail = trail.key(&key.name);
            if fold(&key.name) == "settings" {
                self.take_kind(kind, value, &trail, reader);
            } else if !self.take_word(kind, &key.name, value, &trail, reader) {
                let words: &KindWords<'_> = reader.words.kind(kind);
                let known: Vec<&str> = words.names().collect();
                let problem = unknown_key(&key.name, &known, &format!("the defaults of {}s", kind.name()));
                reader.unknown(&trail, key.at, problem);
            }
        }
    }

    /// Takes in one setting or section; `false` when it is neither.
    fn take_word(
        &mut self,
        kind: ObjectKind,
        key: &str,
        node: &Node,
        trail: &Trail<'_>,
        reader: &mut Reader<'_>,
    ) -> bool {
        let words = reader.words;
        let words = words.kind(kind);
        if let Some(section) = words.section(key) {
            self.add_entries(kind, section, node, trail, reader);
            return true;
        }
        let Some(number) = words.setting(key) else {
            return false;
        };
        let field = words.settings[number].field;
        if matches!(field.name.as_str(), "path" | "name") {
            let what = "a default would give it to every object";
            let problem = domain::Problem::new(format!("`{}` cannot have a default: {what}", field.name));
            reader.findings.wrong(trail, node.at, problem);
            return true;
        }
        match reader.value(field, node) {
            Ok(value) => {
                let default = DefaultSetting {
                    value,
                    at: node.at,
                    path: trail.to_string().into(),
                };
                self.of_mut(kind).settings.insert(number, default);
            }
            Err(problem) => reader.findings.wrong(trail, node.at, problem),
        }
        true
    }

    /// Adds entries of a section that every object of this kind below has.
    pub(super) fn add_entries(
        &mut self,
        kind: ObjectKind,
        section: usize,
        node: &Node,
        trail: &Trail<'_>,
        reader: &mut Reader<'_>,
    ) {
        let is_single = !reader.words.kind(kind).sections[section].section.is_list;
        let new: Vec<Rc<DefaultEntry>> = match &node.value {
            Content::Null => Vec::new(),
            Content::List(list) if !is_single => list
                .iter()
                .enumerate()
                .map(|(index, node)| entry(node, &trail.index(index)))
                .collect(),
            _ if is_single => vec![entry(node, trail)],
            _ => {
                let problem = domain::Problem::new(format!("{} where a list is expected", node.what()));
                reader.findings.wrong(trail, node.at, problem);
                Vec::new()
            }
        };
        let entries = self.of_mut(kind).sections.entry(section).or_default();
        entries.splice(0..0, new);
    }
}

fn entry(node: &Node, trail: &Trail<'_>) -> Rc<DefaultEntry> {
    Rc::new(DefaultEntry {
        node: node.clone(),
        path: trail.to_string(),
    })
}
