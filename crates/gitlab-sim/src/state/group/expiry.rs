//! The end of what is scheduled for deletion: once a day GitLab removes what was marked long enough ago
//! (GitLab API facts §7.1.6).

use std::time::Duration;

use crate::ids::NamespaceId;
use crate::state::{State, Work};
use crate::time_text::{Day, Moment};

const DAY: Duration = Duration::from_hours(24);

/// When in the day, UTC.
const HOUR: i64 = 2 * 60 * 60 * 1_000;

impl State {
    /// When GitLab next looks for what has expired.
    pub(crate) fn next_expiry(now: Moment) -> Moment {
        let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
        let today = Moment(now.0.div_euclid(day) * day + HOUR);
        if today > now { today } else { today.after(DAY) }
    }

    /// Looks, once a day, whether the days of a group have passed that was marked now.
    pub(crate) fn expire_group_later(&mut self, id: NamespaceId, now: Moment) {
        let work = Work::ExpireGroup(id, now.day());
        self.belongings.due.at(Self::next_expiry(now), work);
    }

    /// Removes a group that still carries that day's mark if its days have passed, and else looks again tomorrow:
    /// the retention may have been changed meanwhile.
    pub(crate) fn expire_group(&mut self, id: NamespaceId, marked_on: Day, now: Moment) {
        let is_marked = self
            .tree
            .group(id)
            .is_some_and(|group| group.marked_on == Some(marked_on));
        if !is_marked {
            return;
        }
        let days = i64::try_from(self.settings().retention_days()).unwrap_or(i64::MAX);
        if marked_on.plus(days) <= now.day() {
            self.purge_group(id);
        } else {
            let work = Work::ExpireGroup(id, marked_on);
            self.belongings.due.at(Self::next_expiry(now), work);
        }
    }
}
