//! The parameters of an operation, and where in the text each of them stands.

use std::rc::Rc;

use domain::Problem;
use serde_json::{Map, Value};

use super::Reader;
use super::object::Parts;
use crate::field::fold;
use crate::import::convert::{allowed, stand_in};
use crate::manifest::node::{Key, Mark, Trail};
use crate::manifest::words::KindWords;
use crate::operation::{AnyOperation, ObjectRef, ValidItem};

/// Parameters, with the place of each in the text.
#[derive(Default)]
pub(super) struct Taken<'n> {
    pub(super) params: Map<String, Value>,
    pub(super) places: Vec<(&'n str, Given<'n>)>,
    /// Parameters that hold a stand-in, because what was given for them is wrong.
    pub(super) refused: Vec<&'n str>,
}

/// Where a parameter comes from.
#[derive(Clone)]
pub(super) enum Given<'n> {
    Key(&'n Key),
    Setting(&'n Key, &'n Key),
    Default(Rc<str>, Mark),
}

impl Given<'_> {
    /// Whether both stand at one key of one object.
    pub(super) fn is_key(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(one), Self::Key(other)) => fold(&one.name) == fold(&other.name),
            (Self::Setting(_, one), Self::Setting(_, other)) => fold(&one.name) == fold(&other.name),
            _ => false,
        }
    }
}

/// The parameters of one of the two operations that set what an object has.
pub(super) fn taken<'n>(words: &'n KindWords<'_>, parts: &Parts<'n>, by_create: bool) -> Taken<'n> {
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

impl Reader<'_> {
    /// Checks parameters by the rules of their operation; what is wrong is reported at its place.
    pub(super) fn validate(
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
