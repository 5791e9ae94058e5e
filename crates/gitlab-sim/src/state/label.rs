use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Belongings, Source};
use crate::ids::{ProjectId, UserId};

/// A label of a group or project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// `#` and three or six digits.
    pub(crate) color: String,
    pub(crate) archived: bool,
}

/// How high a project ranks a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LabelPriority {
    pub(crate) id: u64,
    pub(crate) label: u64,
    pub(crate) priority: i64,
}

/// That a user wants to hear of what gets a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LabelSubscription {
    pub(crate) id: u64,
    pub(crate) label: u64,
    /// Only in this project, for a label of its group.
    pub(crate) project: Option<ProjectId>,
}

impl LabelSubscription {
    fn is_about(&self, label: u64, project: Option<ProjectId>) -> bool {
        self.label == label && (self.project.is_none() || self.project == project)
    }
}

impl Belongings {
    /// The label of that title on the group or project itself.
    pub(crate) fn label_titled(&self, source: Source, title: &str) -> Option<&Arc<Label>> {
        self.labels.of(source).find(|label| label.title == title)
    }

    /// How high a project ranks a label.
    pub(crate) fn label_priority(&self, project: ProjectId, label: u64) -> Option<i64> {
        let mut ranks = self.label_priorities.of(project);
        ranks.find(|rank| rank.label == label).map(|rank| rank.priority)
    }

    /// Ranks a label in a project, or ranks it no more. True when that changed something.
    pub(crate) fn rank_label(&mut self, project: ProjectId, label: u64, priority: Option<i64>) -> bool {
        if self.label_priority(project, label) == priority {
            return false;
        }
        let ranks = &mut self.label_priorities;
        let old = ranks
            .of(project)
            .find(|rank| rank.label == label)
            .map(|rank| rank.id);
        if let Some(id) = old {
            ranks.remove(project, id);
        }
        if let Some(priority) = priority {
            ranks.add(project, |id| LabelPriority { id, label, priority });
        }
        true
    }

    /// Whether a user is subscribed to a label everywhere, or in this project.
    pub(crate) fn is_subscribed(&self, user: UserId, label: u64, project: Option<ProjectId>) -> bool {
        let mut own = self.label_subscriptions.of(user);
        own.any(|own| own.is_about(label, project))
    }

    /// Subscribes a user to a label. False when that was so.
    pub(crate) fn subscribe(&mut self, user: UserId, label: u64, project: Option<ProjectId>) -> bool {
        if self.is_subscribed(user, label, project) {
            return false;
        }
        self.label_subscriptions
            .add(user, |id| LabelSubscription { id, label, project });
        true
    }

    /// Takes a subscription back. False when there was none.
    pub(crate) fn unsubscribe(&mut self, user: UserId, label: u64, project: Option<ProjectId>) -> bool {
        let own = self.label_subscriptions.of(user);
        let ids: Vec<u64> = own
            .filter(|own| own.is_about(label, project))
            .map(|own| own.id)
            .collect();
        for id in &ids {
            self.label_subscriptions.remove(user, *id);
        }
        !ids.is_empty()
    }

    /// Removes a label with everyone's ranks of it and subscriptions to it.
    pub(crate) fn remove_label(&mut self, source: Source, label: u64) {
        self.labels.remove(source, label);
        let ranks = self.label_priorities.iter();
        let ranks: Vec<(ProjectId, u64)> = ranks
            .filter(|(_, rank)| rank.label == label)
            .map(|(project, rank)| (project, rank.id))
            .collect();
        for (project, id) in ranks {
            self.label_priorities.remove(project, id);
        }
        let subscriptions = self.label_subscriptions.iter();
        let subscriptions: Vec<(UserId, u64)> = subscriptions
            .filter(|(_, own)| own.label == label)
            .map(|(user, own)| (user, own.id))
            .collect();
        for (user, id) in subscriptions {
            self.label_subscriptions.remove(user, id);
        }
    }
}
