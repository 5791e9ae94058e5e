//! Groups and projects, with what is in them.

use std::collections::BTreeMap;
use std::rc::Rc;

use domain::Problem;
use serde_json::Value;

use super::parameters::{Given, taken};
use super::{Flow, Reader};
use crate::field::fold;
use crate::import::convert::stand_in;
use crate::manifest::desired::{Object, Want, Within};
use crate::manifest::node::{Content, Key, Mark, Node, Trail};
use crate::manifest::words::{KindWords, place_of};
use crate::operation::{ObjectKind, ObjectRef, Target};

/// What an object says of itself, sorted by what it is.
pub(super) struct Parts<'n> {
    pub(super) settings: BTreeMap<usize, (Option<Value>, Given<'n>)>,
    pub(super) refused: Vec<usize>,
    pub(super) sections: Vec<(usize, &'n Key, &'n Node)>,
    pub(super) children: Vec<(ObjectKind, &'n Key, &'n Node)>,
    pub(super) flow: Flow,
    /// The sections that this very object says are exact, with the place of each word.
    pub(super) exact_here: Vec<(usize, Mark)>,
    pub(super) within: Within,
}

impl<'r> Reader<'r> {
    /// Reads a list of groups or projects.
    pub(in crate::manifest) fn objects(
        &mut self,
        kind: ObjectKind,
        node: &Node,
        trail: &Trail<'_>,
        within: &Within,
        flow: &Flow,
    ) {
        match &node.value {
            Content::List(list) => {
                for (index, node) in list.iter().enumerate() {
                    self.object(kind, node, &trail.index(index), within, flow);
                }
            }
            Content::Null => {}
            _ => {
                let problem = Problem::new(format!(
                    "{} where a list of {}s is expected",
                    node.what(),
                    kind.name()
                ));
                self.findings.wrong(trail, node.at, problem);
            }
        }
    }

    /// Reads a group or project with all that it holds.
    pub(in crate::manifest) fn object(
        &mut self,
        kind: ObjectKind,
        node: &Node,
        trail: &Trail<'_>,
        within: &Within,
        flow: &Flow,
    ) {
        let what = kind.name();
        let Some(entries) = self.object_entries(node, trail, what) else {
            if node.value == Content::Null {
                let problem = Problem::new(format!("nothing where a {what} is expected"));
                self.findings.wrong(trail, node.at, problem);
            }
            return;
        };
        let words = self.words.kind(kind);
        let mut parts = self.sort_parts(words, entries, trail, within, flow);
        self.add_default_settings(kind, &mut parts);
        if kind == ObjectKind::Project && parts.within == Within::Top {
            let problem = Problem::new("a project lies in a group, and none is named")
                .allowed("`group: acme/platform` here or at the top of the manifest");
            self.findings.wrong(trail, node.at, problem);
            parts.within = Within::Existing(ObjectRef::Path("group".into()));
        }
        let number = self.add_object(words, &parts, trail, node.at);
        self.add_update(words, &parts, number, trail, node.at);
        self.add_sections(words, &parts, number, trail);
        for (kind, key, node) in &parts.children {
            self.objects(
                *kind,
                node,
                &trail.key(&key.name),
                &Within::Object(number),
                &parts.flow,
            );
        }
    }

    /// Sorts the entries of an object by what they are.
    fn sort_parts<'n>(
        &mut self,
        words: &'n KindWords<'r>,
        entries: &'n [(Key, Node)],
        trail: &Trail<'_>,
        within: &Within,
        flow: &Flow,
    ) -> Parts<'n> {
        let mut parts = Parts {
            settings: BTreeMap::new(),
            refused: Vec::new(),
            sections: Vec::new(),
            children: Vec::new(),
            flow: flow.clone(),
            exact_here: Vec::new(),
            within: within.clone(),
        };
        let is_group = words.kind == ObjectKind::Group;
        for (key, node) in entries {
            let trail = trail.key(&key.name);
            match fold(&key.name).as_str() {
                "subgroups" | "groups" if is_group => {
                    parts.children.push((ObjectKind::Group, key, node));
                }
                "projects" if is_group => parts.children.push((ObjectKind::Project, key, node)),
                "defaults" if is_group => {
                    let mut defaults = (*parts.flow.defaults).clone();
                    defaults.take(node, &trail, self);
                    parts.flow.defaults = Rc::new(defaults);
                }
                "exact" => {
                    let exact = self.exact(node, &trail);
                    parts.exact_here = exact
                        .iter()
                        .filter_map(|(name, at)| Some((words.section(name)?, *at)))
                        .collect();
                    parts.flow.exact = exact.into_iter().map(|(name, _)| name).collect();
                }
                "settings" => {
                    for (inner, node) in self.object_entries(node, &trail, "settings").unwrap_or_default() {
                        let trail = trail.key(&inner.name);
                        match words.setting(&inner.name) {
                            Some(number) => {
                                self.take_setting(
                                    words,
                                    number,
                                    Given::Setting(key, inner),
                                    node,
                                    &trail,
                                    &mut parts,
                                );
                            }
                            None => self.unknown(&trail, inner.at, words.unknown(&inner.name)),
                        }
                    }
                }
                "parent" | "parentid" | "parentpath" if is_group && !matches!(within, Within::Object(_)) => {
                    self.take_place(node, &trail, &mut parts);
                }
                "group" | "groupid" | "grouppath" | "namespace" | "namespaceid"
                    if !is_group && !matches!(within, Within::Object(_)) =>
                {
                    self.take_place(node, &trail, &mut parts);
                }
                _ => {
                    if let Some(section) = words.section(&key.name) {
                        parts.sections.push((section, key, node));
                    } else if let Some(number) = words.setting(&key.name) {
                        self.take_setting(words, number, Given::Key(key), node, &trail, &mut parts);
                    } else {
                        self.unknown(&trail, key.at, words.unknown(&key.name));
                    }
                }
            }
        }
        parts
    }

    /// The existing group that an object says it lies in.
    fn take_place(&mut self, node: &Node, trail: &Trail<'_>, parts: &mut Parts<'_>) {
        if let Some(place) = self.existing_group(node, trail) {
            parts.within = Within::Existing(place);
        }
    }

    /// Reads the number or full path of a group.
    pub(in crate::manifest) fn existing_group(
        &mut self,
        node: &Node,
        trail: &Trail<'_>,
    ) -> Option<ObjectRef> {
        let create = self.words.kind(ObjectKind::Group).create;
        let field = create.fields().iter().find(|field| field.name == "parent")?;
        match self.value(field, node) {
            Ok(value) => value.and_then(|value| serde_json::from_value(value).ok()),
            Err(problem) => {
                self.findings.wrong(trail, node.at, problem);
                None
            }
        }
    }

    fn take_setting<'n>(
        &mut self,
        words: &KindWords<'r>,
        number: usize,
        given: Given<'n>,
        node: &Node,
        trail: &Trail<'_>,
        parts: &mut Parts<'n>,
    ) {
        let field = words.settings[number].field;
        if let Some((_, first)) = parts.settings.get(&number) {
            // The same key twice has been said already.
            if first.is_key(&given) {
                return;
            }
            let problem = Problem::new(format!("the setting `{}` is given already", field.name));
            self.findings.wrong(trail, node.at, problem);
            return;
        }
        let value = match self.value(field, node) {
            Ok(value) => value,
            Err(problem) => {
                self.findings.wrong(trail, node.at, problem);
                parts.refused.push(number);
                Some(stand_in(field))
            }
        };
        parts.settings.insert(number, (value, given));
    }

    fn add_default_settings(&self, kind: ObjectKind, parts: &mut Parts<'_>) {
        let defaults = Rc::clone(&parts.flow.defaults);
        for (number, default) in &defaults.of(kind).settings {
            parts.settings.entry(*number).or_insert_with(|| {
                let given = Given::Default(Rc::clone(&default.path), default.at);
                (default.value.clone(), given)
            });
        }
    }

    /// Adds the object itself: that it is there. Says at which place of the tree it is.
    fn add_object(&mut self, words: &KindWords<'r>, parts: &Parts<'_>, trail: &Trail<'_>, at: Mark) -> usize {
        let number = self.desired.objects.len();
        let taken = taken(words, parts, true);
        let above = match &parts.within {
            Within::Top => None,
            Within::Existing(above) => Some(above.clone()),
            Within::Object(above) => Some(ObjectRef::Path(self.paths[*above].clone())),
        };
        let place = above.as_ref().map(|above| (place_of(true, words.kind), above));
        let item = self.validate(words.create, &taken, place, trail, at, a(words.kind));
        let path = match item.as_ref().map(|item| &item.target) {
            Some(Target::New { path, .. }) => path.clone(),
            // What cannot be made still has children to be checked.
            _ => format!("{}-{number}", words.kind.name()),
        };
        let full_path = match &above {
            Some(above) => format!("{above}/{path}"),
            None => path.clone(),
        };
        let source = self.findings.source(trail.to_string());
        self.paths.push(full_path);
        self.desired.objects.push(Object {
            kind: words.kind,
            within: parts.within.clone(),
            path,
            wants: vec![Want {
                operation: words.create.name().to_owned(),
                params: taken.params,
                source: source.clone(),
            }],
            exact: Vec::new(),
            source,
        });
        self.items.extend(item.map(|item| (item, at)));
        number
    }

    /// Adds the settings that cannot be set while an object is made.
    fn add_update(
        &mut self,
        words: &KindWords<'r>,
        parts: &Parts<'_>,
        number: usize,
        trail: &Trail<'_>,
        at: Mark,
    ) {
        let taken = taken(words, parts, false);
        let (Some(update), false) = (words.update, taken.params.is_empty()) else {
            return;
        };
        let own = ObjectRef::Path(self.paths[number].clone());
        let place = (place_of(false, words.kind), &own);
        let item = self.validate(update, &taken, Some(place), trail, at, a(words.kind));
        let source = self.findings.source(trail.to_string());
        self.desired.objects[number].wants.push(Want {
            operation: update.name().to_owned(),
            params: taken.params,
            source,
        });
        self.items.extend(item.map(|item| (item, at)));
    }
}

fn a(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "a group",
        ObjectKind::Project => "a project",
    }
}
