//! Which sections are exact: what is not listed there is removed.

use domain::Problem;

use super::Reader;
use crate::field::fold;
use crate::manifest::node::{Content, Mark, Node, Trail};
use crate::manifest::words::unknown_key;
use crate::operation::ObjectKind;

impl Reader<'_> {
    /// Reads the names of the sections that are exact.
    pub(in crate::manifest) fn exact(&mut self, node: &Node, trail: &Trail<'_>) -> Vec<(String, Mark)> {
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
}
