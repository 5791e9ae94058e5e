use super::Project;
use crate::ids::ProjectId;
use crate::state::{State, Work};
use crate::time_text::{Day, Moment};

impl State {
    /// Has GitLab look at a marked project when it next looks for what has expired.
    pub(crate) fn expire_later(&mut self, project: &Project, now: Moment) {
        let next = Self::next_expiry(now);
        let work = Work::ExpireProject(project.id, now.day());
        self.belongings.due.at(next, work);
    }

    /// Removes a project that still carries that day's mark if its days have passed, and else looks again tomorrow.
    pub(crate) fn expire_project(&mut self, id: ProjectId, marked_on: Day, now: Moment) {
        let project = self.tree.project(id);
        if project.is_none_or(|project| project.marked_on != Some(marked_on)) {
            return;
        }
        let days = i64::try_from(self.belongings.settings.retention_days()).unwrap_or(i64::MAX);
        if marked_on.plus(days) <= now.day() {
            self.purge_project(id);
        } else {
            let next = Self::next_expiry(now);
            self.belongings.due.at(next, Work::ExpireProject(id, marked_on));
        }
    }
}
