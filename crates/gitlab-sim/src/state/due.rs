//! What GitLab does some time after it answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Destination;
use super::shelf::{Forget, Gone};
use crate::hooks::Letter;
use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::time_text::{Day, Moment};

/// One piece of work. It looks again whether it still makes sense when its time comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Removes a group that was asked to go for good.
    RemoveGroup(NamespaceId),
    /// Protects the default branch of a project that got its first branch.
    ProtectDefaultBranch(ProjectId),
    /// Looks whether the retention of a group has passed, if it still carries that day's mark.
    ExpireGroup(NamespaceId, Day),
    /// Begins to fetch the contents of a project.
    StartImport(ProjectId),
    /// Ends that, well or not.
    FinishImport(ProjectId),
    /// Removes a project that nobody finds any more.
    RemoveProject(ProjectId),
    /// Removes a project whose retention has passed, if it still carries that day's mark.
    ExpireProject(ProjectId, Day),
    /// Removes a repository of images of a project.
    RemoveImages(ProjectId, u64),
    /// Moves a group there for someone.
    TransferGroup(NamespaceId, Destination, UserId),
    /// Moves a project to another namespace, in the name of a user.
    TransferProject(ProjectId, NamespaceId, UserId),
    /// Removes a user who was deleted; `hard` with the groups that nobody else owns.
    RemoveUser { user: UserId, hard: bool },
    /// Tells a hook of something.
    Deliver(Box<Letter>),
}

impl Work {
    /// How long it usually waits, at least and at most, in milliseconds.
    pub(crate) fn usual_millis(&self) -> (u64, u64) {
        match self {
            Self::ProtectDefaultBranch(_) => (200, 3_000),
            Self::RemoveGroup(_) | Self::RemoveUser { .. } => (500, 3_000),
            Self::StartImport(_) => (250, 1_000),
            Self::FinishImport(_) | Self::TransferGroup(..) | Self::TransferProject(..) => (500, 4_000),
            Self::RemoveProject(_) | Self::RemoveImages(..) => (300, 2_000),
            Self::Deliver(_) => (100, 1_500),
            Self::ExpireGroup(..) | Self::ExpireProject(..) => (0, 0),
        }
    }
}

/// Work by the moment it is due; at one moment in the order it was given.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Due {
    given: u64,
    queue: BTreeMap<(Moment, u64), Work>,
}

impl Due {
    /// Has something done then, or with the next request after it.
    pub(crate) fn at(&mut self, moment: Moment, work: Work) {
        self.given += 1;
        self.queue.insert((moment, self.given), work);
    }

    /// How much work was ever given; what seeded delays are thrown from.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// When there is something to do next.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.queue.keys().next().map(|(moment, _)| *moment)
    }

    /// Takes the first piece of work that is due by now, with the moment it was due.
    pub(crate) fn pop(&mut self, now: Moment) -> Option<(Moment, Work)> {
        let first = self.queue.first_entry()?;
        let (moment, _) = *first.key();
        (moment <= now).then(|| (moment, first.remove()))
    }
}

/// Work finds out by itself that what it was meant for is gone.
impl Forget for Due {
    fn forget(&mut self, _: Gone) {}
}

#[derive(Serialize, Deserialize)]
struct Kept {
    given: u64,
    queue: Vec<(Moment, u64, Work)>,
}

impl From<Kept> for Due {
    fn from(kept: Kept) -> Self {
        let queue = kept.queue.into_iter();
        Self {
            given: kept.given,
            queue: queue
                .map(|(moment, number, work)| ((moment, number), work))
                .collect(),
        }
    }
}

impl From<Due> for Kept {
    fn from(due: Due) -> Self {
        let queue = due.queue.into_iter();
        Self {
            given: due.given,
            queue: queue
                .map(|((moment, number), work)| (moment, number, work))
                .collect(),
        }
    }
}
