use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::proxy::address::{Address, Kind, Reference};

/// What a write may have made untrue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stale {
    /// Everything that was answered about the instance: what a group or a project as a whole does (it moves, it
    /// goes, it is seen by others) shows in lists, parents and children, and only GitLab knows in which.
    Everything,
    /// What lies below one project, and whatever is not below any project: lists, groups, people.
    /// What is below other projects stays true.
    Project(Reference),
    /// The same, where both names of the project are known: number, and full path in lower case.
    Named(u64, Box<str>),
    /// Whatever is not below any project: lists, groups, people. A new project is in these and in nothing else.
    Around,
}

impl Stale {
    /// Of a project with this number and full path.
    pub(crate) fn named(id: u64, full_path: &str) -> Self {
        Self::Named(id, full_path.to_lowercase().into())
    }
}

/// More projects than this, each written to within an answer's lifetime, are not told apart any more.
const MOST_PROJECTS: usize = 10_000;

/// Until when answers about an instance may not show what was written: one moment on the monotonic clock for
/// each part of it. An answer is true when it was asked for after that.
#[derive(Debug, Default)]
pub(super) struct Staleness {
    everything: Duration,
    /// Whatever is not below a project.
    around: Duration,
    /// Projects by their paths: a write that names a project by its number concerns one of them, nobody knows
    /// which. And the other way round.
    by_path: Duration,
    by_id: Duration,
    projects: HashMap<Reference, Duration>,
}

/// The part of an instance that an answer belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Around,
    Project(Reference),
}

impl Part {
    pub(super) fn of(address: Address<'_>) -> Self {
        match (address.kind, address.object) {
            (Kind::Projects, Some(project)) => Self::Project(project),
            _ => Self::Around,
        }
    }
}

impl Staleness {
    /// Notes that until this moment answers may not show a change.
    pub(super) fn note(&mut self, stale: &Stale, until: Duration) {
        match stale {
            Stale::Everything => later(&mut self.everything, until),
            Stale::Around => later(&mut self.around, until),
            Stale::Project(project) => {
                later(&mut self.around, until);
                later(
                    match project {
                        Reference::Id(_) => &mut self.by_path,
                        Reference::Path(_) => &mut self.by_id,
                    },
                    until,
                );
                self.note_project(project.clone(), until);
            }
            Stale::Named(id, path) => {
                later(&mut self.around, until);
                self.note_project(Reference::Id(*id), until);
                self.note_project(Reference::Path(path.clone()), until);
            }
        }
    }

    fn note_project(&mut self, project: Reference, until: Duration) {
        if self.projects.len() >= MOST_PROJECTS && !self.projects.contains_key(&project) {
            let last = self.projects.drain().map(|(_, until)| until).max();
            later(&mut self.everything, last.unwrap_or_default());
        }
        later(self.projects.entry(project).or_default(), until);
    }

    /// Whether an answer about this part that was asked for at `asked` shows everything that was written.
    pub(super) fn is_true(&self, part: &Part, asked: Duration) -> bool {
        let until = match part {
            Part::Around => self.around,
            Part::Project(project) => {
                let all_alike = match project {
                    Reference::Id(_) => self.by_id,
                    Reference::Path(_) => self.by_path,
                };
                all_alike.max(self.projects.get(project).copied().unwrap_or_default())
            }
        };
        // Zero is before any write.
        let until = until.max(self.everything);
        until.is_zero() || asked > until
    }
}

fn later(moment: &mut Duration, other: Duration) {
    *moment = (*moment).max(other);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &str) -> Part {
        Part::of(Address::of(path))
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_write_below_a_project_leaves_other_projects_true() {
        let mut staleness = Staleness::default();
        staleness.note(&Stale::Project(Reference::Id(7)), at(10));
        for (path, still_true) in [
            ("projects/7", false),
            ("projects/7/variables?page=2", false),
            ("projects/8/variables", true),
            // One of them may be number 7.
            ("projects/acme%2Fsite/variables", false),
            ("projects?membership=true", false),
            ("groups/3/projects", false),
            ("users/1/projects", false),
        ] {
            assert_eq!(staleness.is_true(&part(path), at(9)), still_true, "{path}");
            assert!(staleness.is_true(&part(path), at(11)), "{path}");
        }
    }

    #[test]
    fn a_project_that_is_named_by_its_path_may_have_any_number() {
        let mut staleness = Staleness::default();
        staleness.note(&Stale::Project(Reference::path("Acme/Site")), at(10));
        assert!(!staleness.is_true(&part("projects/acme%2Fsite"), at(9)));
        assert!(!staleness.is_true(&part("projects/7"), at(9)));
        assert!(staleness.is_true(&part("projects/acme%2Fother"), at(9)));
    }

    #[test]
    fn a_project_with_both_its_names_leaves_all_others_true() {
        let mut staleness = Staleness::default();
        staleness.note(&Stale::Named(7, "acme/site".into()), at(10));
        for (path, still_true) in [
            ("projects/7/members", false),
            ("projects/Acme%2FSite/members", false),
            ("projects/8", true),
            ("projects/acme%2Fother", true),
            ("groups/3", false),
        ] {
            assert_eq!(staleness.is_true(&part(path), at(9)), still_true, "{path}");
        }
    }

    #[test]
    fn what_is_new_is_missing_in_lists_only() {
        let mut staleness = Staleness::default();
        staleness.note(&Stale::Around, at(10));
        for (path, still_true) in [
            ("projects", false),
            ("groups/3/projects", false),
            ("projects/7", true),
        ] {
            assert_eq!(staleness.is_true(&part(path), at(9)), still_true, "{path}");
        }
    }

    #[test]
    fn everything_is_everything_and_a_later_moment_wins() {
        let mut staleness = Staleness::default();
        staleness.note(&Stale::Everything, at(10));
        staleness.note(&Stale::Everything, at(4));
        for path in ["projects/7", "groups", "version"] {
            assert!(!staleness.is_true(&part(path), at(10)), "{path}");
            assert!(staleness.is_true(&part(path), at(11)), "{path}");
        }
    }

    #[test]
    fn too_many_projects_cost_precision_and_no_memory() {
        let mut staleness = Staleness::default();
        for id in 0..=u64::try_from(MOST_PROJECTS).unwrap() {
            staleness.note(&Stale::Project(Reference::Id(id)), at(10));
        }
        assert_eq!(staleness.projects.len(), 1);
        assert!(!staleness.is_true(&part("projects/5"), at(10)));
        assert!(!staleness.is_true(&part("projects/999999"), at(10)));
    }
}
