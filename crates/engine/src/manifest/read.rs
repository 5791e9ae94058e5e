//! From a document to the desired tree, or to everything that is wrong with it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use domain::{Problem, Timestamp};
use serde_json::{Map, Value};

use super::defaults::Defaults;
use super::desired::{Desired, Object, Want, Within};
use super::findings::Findings;
use super::node::{Content, Key, Mark, Node, Trail};
use super::words::{KindWords, SectionWords, Words, place_of, unknown_key};
use crate::field::{Field, fold};
use crate::import::convert::{Cell, allowed, convert, stand_in};
use crate::operation::{AnyOperation, ObjectKind, ObjectRef, SectionRows, Target, ValidItem};

/// Reads one document.
pub(super) struct Reader<'r> {
    pub(super) words: &'r Words<'r>,
    pub(super) findings: Findings,
    pub(super) desired: Desired,
    /// The items of the tree, to be checked against each other, with their places.
    pub(super) items: Vec<(ValidItem, Mark)>,
    /// What single projects have besides what stands in them, by folded name or path.
    pub(super) extras: HashMap<String, Vec<Extra>>,
    /// The full paths of the objects of the tree, as far as the text tells.
    paths: Vec<String>,
    /// Whether a key that means nothing is worth a warning only: the older forms have many.
    pub(super) is_lenient: bool,
    today: Timestamp,
}

/// Entries of a section that stand elsewhere than in their project.
pub(super) struct Extra {
    pub(super) section: usize,
    pub(super) node: Node,
    pub(super) path: String,
}

/// What flows down to an object.
#[derive(Clone, Default)]
pub(super) struct Flow {
    pub(super) defaults: Rc<Defaults>,
    /// Folded names of the sections that are exact.
    pub(super) exact: Rc<[String]>,
}

/// Parameters, with the place of each in the text.
#[derive(Default)]
struct Taken<'n> {
    params: Map<String, Value>,
    places: Vec<(&'n str, Given<'n>)>,
    /// Parameters that hold a stand-in, because what was given for them is wrong.
    refused: Vec<&'n str>,
}

/// Where a parameter comes from.
#[derive(Clone)]
enum Given<'n> {
    Key(&'n Key),
    Setting(&'n Key, &'n Key),
    Default(Rc<str>, Mark),
}

impl Given<'_> {
    /// Whether both stand at one key of one object.
    fn is_key(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(one), Self::Key(other)) => fold(&one.name) == fold(&other.name),
            (Self::Setting(_, one), Self::Setting(_, other)) => fold(&one.name) == fold(&other.name),
            _ => false,
        }
    }
}

/// What an object says of itself, sorted by what it is.
struct Parts<'n> {
    settings: BTreeMap<usize, (Option<Value>, Given<'n>)>,
    refused: Vec<usize>,
    sections: Vec<(usize, &'n Key, &'n Node)>,
    children: Vec<(ObjectKind, &'n Key, &'n Node)>,
    flow: Flow,
    /// The sections that this very object says are exact, with the place of each word.
    exact_here: Vec<(usize, Mark)>,
    within: Within,
}

impl<'r> Reader<'r> {
    pub(super) fn new(words: &'r Words<'r>, findings: Findings, today: Timestamp) -> Self {
        Self {
            words,
            findings,
            desired: Desired::default(),
            items: Vec::new(),
            extras: HashMap::new(),
            paths: Vec::new(),
            is_lenient: false,
            today,
        }
    }

    /// A key that means nothing.
    pub(super) fn unknown(&mut self, trail: &Trail<'_>, at: Mark, problem: Problem) {
        if self.is_lenient {
            self.findings
                .warn(trail, at, format!("not read: {}", problem.message));
        } else {
            self.findings.wrong(trail, at, problem);
        }
    }

    /// The value of a field; `None` when nothing is given.
    pub(super) fn value(&self, field: &Field, node: &Node) -> Result<Option<Value>, Problem> {
        convert(field, Cell::Value(&node.to_json()))
    }

    /// The entries of an object; what is none is a problem, except nothing at all.
    pub(super) fn object_entries<'n>(
        &mut self,
        node: &'n Node,
        trail: &Trail<'_>,
        what: &str,
    ) -> Option<&'n [(Key, Node)]> {
        let entries = match &node.value {
            Content::Object(entries) => entries,
            Content::Null => return None,
            _ => {
                let problem = Problem::new(format!("{} where an object is expected ({what})", node.what()));
                self.findings.wrong(trail, node.at, problem);
                return None;
            }
        };
        let mut seen = HashMap::new();
        for (key, _) in entries {
            if let Some(first) = seen.insert(fold(&key.name), key) {
                let problem = Problem::new(format!("`{}` says this already", first.name));
                self.findings.wrong(&trail.key(&key.name), key.at, problem);
            }
        }
        Some(entries)
    }

    /// Reads a list of groups or projects.
    pub(super) fn objects(
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
    pub(super) fn object(
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
    pub(super) fn existing_group(&mut self, node: &Node, trail: &Trail<'_>) -> Option<ObjectRef> {
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

    /// Reads the names of the sections that are exact.
    pub(super) fn exact(&mut self, node: &Node, trail: &Trail<'_>) -> Vec<(String, Mark)> {
        let list = match &node.value {
            Content::List(list) => list,
            Content::Null => return Vec::new(),
            _ => {
                let problem = Problem::new(format!("{} where a list of sections is expected", node.what()))
                    .allowed(self.exact_names().join(", "));
                self.findings.wrong(trail, node.at, problem);
                return Vec::new();
            }
        };
        let mut exact = Vec::new();
        for (index, node) in list.iter().enumerate() {
            let trail = trail.index(index);
            let known = self.exact_names();
            match node.text() {
                Some(name) if known.iter().any(|known| fold(known) == fold(name)) => {
                    exact.push((fold(name), node.at));
                }
                Some(name) if matches!(fold(name).as_str(), "projects" | "groups" | "subgroups") => {
                    let problem = Problem::new(format!(
                        "`{name}` cannot be exact: a group or project that a manifest does not mention is left alone; \
                         delete them by a list of their own"
                    ))
                    .allowed(known.join(", "));
                    self.findings.wrong(&trail, node.at, problem);
                }
                Some(name) => {
                    let mut problem = unknown_key(name, &known, "a list of exact sections");
                    problem.value = Some(name.to_owned());
                    self.findings.wrong(&trail, node.at, problem);
                }
                None => {
                    let problem =
                        Problem::new(format!("{} where the name of a section is expected", node.what()))
                            .allowed(known.join(", "));
                    self.findings.wrong(&trail, node.at, problem);
                }
            }
        }
        exact
    }

    /// The sections that can be exact: those whose entries can be taken away.
    fn exact_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = [ObjectKind::Group, ObjectKind::Project]
            .into_iter()
            .flat_map(|kind| &self.words.kind(kind).sections)
            .filter(|words| words.removes.is_some())
            .map(|words| words.section.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
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

    /// Adds what belongs to an object: its own entries, those that stand elsewhere, and those that flow down.
    fn add_sections(&mut self, words: &KindWords<'r>, parts: &Parts<'_>, number: usize, trail: &Trail<'_>) {
        let extras = self.extras_of(words.kind, number);
        let defaults = Rc::clone(&parts.flow.defaults);
        let defaults = &defaults.of(words.kind).sections;
        for (index, section) in words.sections.iter().enumerate() {
            let own = parts.sections.iter().find(|(own, ..)| *own == index);
            let is_exact_here = parts.exact_here.iter().find(|(exact, _)| *exact == index);
            let is_exact = parts.flow.exact.contains(&fold(section.section.name));
            let extras: Vec<&Extra> = extras.iter().filter(|extra| extra.section == index).collect();
            let defaults = defaults.get(&index).map(Vec::as_slice).unwrap_or_default();
            let mut list = SectionReader {
                section,
                number,
                seen: HashSet::new(),
            };
            if let Some((_, key, node)) = own {
                let trail = trail.key(&key.name);
                match &node.value {
                    Content::Null => {}
                    Content::List(entries) if section.section.is_list => {
                        for (index, node) in entries.iter().enumerate() {
                            list.take(self, node, &trail.index(index).to_string(), true);
                        }
                    }
                    Content::Object(_) if !section.section.is_list => {
                        list.take(self, node, &trail.to_string(), true);
                    }
                    _ => {
                        let expected = if section.section.is_list {
                            "a list"
                        } else {
                            "an object"
                        };
                        let problem = Problem::new(format!("{} where {expected} is expected", node.what()));
                        self.findings.wrong(&trail, node.at, problem);
                        list.seen.insert(Target::New {
                            kind: words.kind,
                            parent: None,
                            path: String::new(),
                        });
                    }
                }
            }
            for extra in extras {
                list.take(self, &extra.node, &extra.path, true);
            }
            for entry in defaults {
                list.take(self, &entry.node, &entry.path, false);
            }
            let is_given = own.is_some() || !list.seen.is_empty();
            if is_exact && section.removes.is_some() && (is_given || is_exact_here.is_some()) {
                if list.seen.is_empty() {
                    let at = own.map_or_else(
                        || is_exact_here.map(|(_, at)| *at).unwrap_or_default(),
                        |(_, key, _)| key.at,
                    );
                    let name = section.section.name;
                    let problem = Problem::new(format!(
                        "`{name}` is exact and nothing is listed, so that all {name} would be removed"
                    ))
                    .allowed(format!(
                        "the {name} that are to stay; or leave `{name}` out of `exact` to leave them alone"
                    ));
                    self.findings.wrong(&trail.key(name), at, problem);
                } else if let Some(address) = list.by_address() {
                    let name = section.section.name;
                    let problem = Problem::new(format!(
                        "`{name}` is exact, and GitLab does not tell whose address this is"
                    ))
                    .value(&address)
                    .allowed("everybody by username or user_id");
                    let at = own.map(|(_, key, _)| key.at).unwrap_or_default();
                    self.findings.wrong(&trail.key(name), at, problem);
                } else {
                    self.desired.objects[number]
                        .exact
                        .push(section.section.name.to_owned());
                }
            }
        }
    }

    fn extras_of(&mut self, kind: ObjectKind, number: usize) -> Vec<Extra> {
        if kind != ObjectKind::Project || self.extras.is_empty() {
            return Vec::new();
        }
        let object = &self.desired.objects[number];
        let name = object.wants.first().and_then(|want| want.params.get("name"));
        let names = [
            name.and_then(Value::as_str),
            Some(object.path.as_str()),
            Some(self.paths[number].as_str()),
        ];
        let mut names: Vec<String> = names.into_iter().flatten().map(fold).collect();
        names.dedup();
        names
            .iter()
            .filter_map(|name| self.extras.remove(name))
            .flatten()
            .collect()
    }

    /// Checks parameters by the rules of their operation; what is wrong is reported at its place.
    fn validate(
        &mut self,
        operation: &dyn AnyOperation,
        taken: &Taken<'_>,
        place: Option<(&str, &ObjectRef)>,
        trail: &Trail<'_>,
        at: Mark,
        what: &str,
    ) -> Option<ValidItem> {
        let mut params = taken.params.clone();
        if let Some((name, object)) = place {
            params.insert(name.to_owned(), serde_json::to_value(object).ok()?);
        }
        let mut refused = taken.refused.clone();
        for field in operation.fields() {
            if field.required && !params.contains_key(&field.name) {
                let problem = Problem::new(format!("{what} needs `{}`", field.name)).allowed(allowed(field));
                self.findings.wrong(&trail.key(&field.name), at, problem);
                params.insert(field.name.clone(), stand_in(field));
                refused.push(&field.name);
            }
        }
        let source = self.findings.source(trail.to_string());
        match operation.validate(params, source, self.today) {
            Ok(item) => refused.is_empty().then_some(item),
            Err(problems) => {
                for problem in problems {
                    self.place_problem(taken, &refused, trail, at, problem);
                }
                None
            }
        }
    }

    /// Reports what an operation said of its parameters, at the place of the parameter that it names.
    fn place_problem(
        &mut self,
        taken: &Taken<'_>,
        refused: &[&str],
        trail: &Trail<'_>,
        at: Mark,
        problem: Problem,
    ) {
        let Some(column) = problem.column.clone() else {
            // The parameters as a whole; worth telling only when nothing better is known.
            if refused.is_empty() {
                self.findings.wrong(trail, at, problem);
            }
            return;
        };
        if refused.contains(&column.as_str()) {
            return;
        }
        let given = taken.places.iter().find(|(name, _)| *name == column);
        match given.map(|(_, given)| given.clone()) {
            Some(Given::Key(key)) => self.findings.wrong(&trail.key(&key.name), key.at, problem),
            Some(Given::Setting(outer, key)) => {
                self.findings
                    .wrong(&trail.key(&outer.name).key(&key.name), key.at, problem);
            }
            Some(Given::Default(path, at)) => self.findings.wrong_at(path.to_string(), at, problem),
            None => self.findings.wrong(&trail.key(&column), at, problem),
        }
    }
}

fn a(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "a group",
        ObjectKind::Project => "a project",
    }
}

/// The parameters of one of the two operations that set what an object has.
fn taken<'n>(words: &'n KindWords<'_>, parts: &Parts<'n>, by_create: bool) -> Taken<'n> {
    let mut taken = Taken::default();
    for (number, (value, given)) in &parts.settings {
        let setting = &words.settings[*number];
        if setting.by_create != by_create {
            continue;
        }
        let name = setting.field.name.as_str();
        if let Some(value) = value {
            taken.params.insert(name.to_owned(), value.clone());
        }
        taken.places.push((name, given.clone()));
        if parts.refused.contains(number) {
            taken.refused.push(name);
        }
    }
    taken
}

/// Reads the entries of one section of one object.
struct SectionReader<'s, 'r> {
    section: &'s SectionWords<'r>,
    /// The object that they belong to.
    number: usize,
    /// What the entries so far are about.
    seen: HashSet<Target>,
}

impl<'r> SectionReader<'_, 'r> {
    /// The first entry, by the alphabet, that names somebody by an e-mail address.
    fn by_address(&self) -> Option<String> {
        let addresses = self.seen.iter().filter_map(|target| match target {
            Target::Part { name, .. } if matches!(self.section.section.rows, SectionRows::Members) => {
                name.contains('@').then(|| name.clone())
            }
            _ => None,
        });
        addresses.min()
    }

    /// Takes an entry. One that is about the same as an earlier one is a mistake where both are the object's own
    /// (`is_own`), and otherwise gives way to it.
    fn take(&mut self, reader: &mut Reader<'r>, node: &Node, path: &str, is_own: bool) {
        let root = Trail::ROOT;
        let trail = root.key(path);
        let name = self.section.section.name;
        let Some(entries) = reader.object_entries(node, &trail, &format!("an entry of {name}")) else {
            if node.value == Content::Null {
                let problem = Problem::new(format!("nothing where an entry of {name} is expected"));
                reader.findings.wrong(&trail, node.at, problem);
            }
            return;
        };
        let mut taken = Taken::default();
        for (key, node) in entries {
            let trail = trail.key(&key.name);
            let folded = fold(&key.name);
            let fields = &self.section.fields;
            let field = fields
                .iter()
                .find(|field| fold(&field.name) == folded)
                .or_else(|| fields.iter().find(|field| field.answers_to(&folded)));
            let Some(field) = field else {
                let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let problem = unknown_key(&key.name, &known, &format!("an entry of {name}"));
                if !reader.is_lenient {
                    taken.refused.push("");
                }
                reader.unknown(&trail, key.at, problem);
                continue;
            };
            match reader.value(field, node) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    taken.params.insert(field.name.clone(), value);
                }
                Err(problem) => {
                    reader
                        .findings
                        .wrong(&trail, node.at, self.unless_secret(problem));
                    taken.params.insert(field.name.clone(), stand_in(field));
                    taken.refused.push(&field.name);
                }
            }
            taken.places.push((&field.name, Given::Key(key)));
        }
        let own = ObjectRef::Path(reader.paths[self.number].clone());
        let kind = reader.desired.objects[self.number].kind;
        let place = (place_of(false, kind), &own);
        let what = format!("an entry of {name}");
        let operation = self.section.operation;
        let item = reader.validate(operation, &taken, Some(place), &trail, node.at, &what);
        let Some(item) = item else {
            // Wrong as it is, it shows that the section is not empty.
            self.seen.insert(Target::New {
                kind,
                parent: None,
                path: path.to_owned(),
            });
            return;
        };
        if !self.seen.insert(identity(&item.target)) {
            if is_own {
                let problem = Problem::new(format!("the same entry of {name} stands here already"));
                reader.findings.wrong(&trail, node.at, problem);
            }
            return;
        }
        let source = reader.findings.source(path.to_owned());
        reader.desired.objects[self.number].wants.push(Want {
            operation: operation.name().to_owned(),
            params: taken.params,
            source,
        });
        reader.items.push((item, node.at));
    }

    /// A problem of an entry of variables never shows a value: it may be a secret.
    fn unless_secret(&self, mut problem: Problem) -> Problem {
        if self.section.section.has_secrets {
            problem.value = None;
        }
        problem
    }
}

/// What an item is about, spelled in one way: GitLab does not tell `Anna` from `anna`.
pub(super) fn identity(target: &Target) -> Target {
    match target {
        Target::Part {
            kind,
            of,
            what,
            name,
            field,
        } if *what == "member" => Target::Part {
            kind: *kind,
            of: of.clone(),
            what,
            name: name.to_lowercase(),
            field,
        },
        other => other.clone(),
    }
}
