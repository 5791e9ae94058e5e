//! From a document to the desired tree, or to everything that is wrong with it.

mod exact;
mod object;
mod parameters;
mod section;

use std::collections::HashMap;
use std::rc::Rc;

use domain::{Problem, Timestamp};
use serde_json::Value;

pub(super) use self::section::identity;

use super::defaults::Defaults;
use super::desired::Desired;
use super::findings::Findings;
use super::node::{Content, Key, Mark, Node, Trail};
use super::words::Words;
use crate::field::{Field, fold};
use crate::import::convert::{Cell, convert};
use crate::operation::ValidItem;

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
}
