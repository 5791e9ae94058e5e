use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::shelf::{Forget, Gone};
use crate::ids::{ProjectId, UserId};
use crate::time_text::Moment;

/// Who starred which project, and since when.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Star>", into = "Vec<Star>")]
pub(crate) struct Stars {
    of_project: HashMap<ProjectId, BTreeMap<UserId, Moment>>,
    of_user: HashMap<UserId, BTreeSet<ProjectId>>,
}

/// A star, as it is kept in a file.
type Star = (ProjectId, UserId, Moment);

impl Stars {
    /// False when the user had starred it before.
    pub(crate) fn add(&mut self, project: ProjectId, user: UserId, now: Moment) -> bool {
        self.of_project
            .entry(project)
            .or_default()
            .entry(user)
            .or_insert(now);
        self.of_user.entry(user).or_default().insert(project)
    }

    /// False when the user had not starred it.
    pub(crate) fn remove(&mut self, project: ProjectId, user: UserId) -> bool {
        if let Some(users) = self.of_project.get_mut(&project) {
            users.remove(&user);
        }
        self.of_user
            .get_mut(&user)
            .is_some_and(|projects| projects.remove(&project))
    }

    /// Who starred a project, and when.
    pub(crate) fn starrers(&self, project: ProjectId) -> impl Iterator<Item = (UserId, Moment)> {
        let users = self.of_project.get(&project).into_iter().flatten();
        users.map(|(user, moment)| (*user, *moment))
    }

    /// What a user starred.
    pub(crate) fn of_user(&self, user: UserId) -> impl Iterator<Item = ProjectId> {
        self.of_user.get(&user).into_iter().flatten().copied()
    }
}

impl Forget for Stars {
    fn forget(&mut self, gone: Gone) {
        match gone {
            Gone::Project(project) => {
                for user in self.of_project.remove(&project).unwrap_or_default().into_keys() {
                    if let Some(projects) = self.of_user.get_mut(&user) {
                        projects.remove(&project);
                    }
                }
            }
            Gone::User(user) => {
                for project in self.of_user.remove(&user).unwrap_or_default() {
                    if let Some(users) = self.of_project.get_mut(&project) {
                        users.remove(&user);
                    }
                }
            }
            Gone::Group(_) => {}
        }
    }
}

impl From<Vec<Star>> for Stars {
    fn from(kept: Vec<Star>) -> Self {
        let mut stars = Self::default();
        for (project, user, moment) in kept {
            stars.add(project, user, moment);
        }
        stars
    }
}

impl From<Stars> for Vec<Star> {
    fn from(stars: Stars) -> Self {
        let mut kept: Self = Vec::new();
        for (project, users) in stars.of_project {
            kept.extend(users.into_iter().map(|(user, moment)| (project, user, moment)));
        }
        kept.sort_unstable();
        kept
    }
}
