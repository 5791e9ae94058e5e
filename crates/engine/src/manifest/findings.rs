//! What is wrong with a manifest, gathered while reading goes on.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{Problem, Source};

use super::node::{Mark, Trail};

/// As many are listed: more than anybody reads, and what one answer can weigh.
const MOST_PROBLEMS: usize = 100_000;

/// The problems and warnings of one file (or body), in the order in which they were found.
#[derive(Debug)]
pub(super) struct Findings {
    file: Option<Arc<str>>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    seen: HashSet<(Option<String>, String)>,
}

impl Findings {
    /// Nothing found yet in this file; `None` stands for a body.
    pub(super) fn of(file: Option<Arc<str>>) -> Self {
        Self {
            file,
            problems: Vec::new(),
            warnings: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Something is wrong. The same mistake of the same place is said once: a default that is wrong is wrong
    /// for every object that it flows to.
    pub(super) fn wrong(&mut self, trail: &Trail<'_>, at: Mark, problem: Problem) {
        self.wrong_at(trail.to_string(), at, problem);
    }

    /// As [`Findings::wrong`], of a place that is known by name.
    pub(super) fn wrong_at(&mut self, path: String, at: Mark, problem: Problem) {
        let problem = self.placed(path, at, problem);
        if self.problems.len() > MOST_PROBLEMS {
            return;
        }
        if self.problems.len() == MOST_PROBLEMS {
            let message = format!("more than {MOST_PROBLEMS} problems; the others are not listed");
            self.problems.push(Problem { message, ..problem });
        } else if self.seen.insert((problem.field.clone(), problem.message.clone())) {
            self.problems.push(problem);
        }
    }

    /// Something will not be done, though it is not wrong.
    pub(super) fn warn(&mut self, trail: &Trail<'_>, at: Mark, message: impl Into<String>) {
        let problem = self.placed(trail.to_string(), at, Problem::new(message));
        self.warnings.push(problem);
    }

    /// Where an item comes from.
    pub(super) fn source(&self, path: String) -> Source {
        Source {
            file: self.file.clone(),
            row: None,
            path: Some(path),
        }
    }

    fn placed(&self, path: String, at: Mark, mut problem: Problem) -> Problem {
        problem.file = self.file.as_deref().map(str::to_owned);
        problem.column = None;
        problem.field = Some(path).filter(|path| !path.is_empty());
        if at.is_known() {
            problem = problem.position(at.line, at.character);
        }
        problem
    }
}
