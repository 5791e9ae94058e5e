//! What belongs to a group or project: members, variables, labels and the like.

use std::collections::HashSet;
use std::rc::Rc;

use domain::Problem;
use serde_json::Value;

use super::object::Parts;
use super::parameters::{Given, Taken};
use super::{Extra, Reader};
use crate::field::fold;
use crate::import::convert::stand_in;
use crate::manifest::desired::Want;
use crate::manifest::node::{Content, Node, Trail};
use crate::manifest::words::{KindWords, SectionWords, place_of, unknown_key};
use crate::operation::{ObjectKind, ObjectRef, SectionRows, Target};

impl<'r> Reader<'r> {
    /// Adds what belongs to an object: its own entries, those that stand elsewhere, and those that flow down.
    pub(super) fn add_sections(
        &mut self,
        words: &KindWords<'r>,
        parts: &Parts<'_>,
        number: usize,
        trail: &Trail<'_>,
    ) {
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

/// What an item is about, spelled in one way: GitLab does not tell `Anna` from `anna`, nor two spellings of a path.
pub(in crate::manifest) fn identity(target: &Target) -> Target {
    match target {
        Target::Part {
            kind,
            of,
            what,
            name,
            field,
        } if matches!(*what, "member" | "share") => Target::Part {
            kind: *kind,
            of: of.clone(),
            what,
            name: name.to_lowercase(),
            field,
        },
        other => other.clone(),
    }
}
