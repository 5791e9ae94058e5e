//! Which mails somebody wants.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Source, State};
use crate::ids::UserId;

/// What one person wants to hear of, everywhere or from one group or project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotificationSetting {
    /// 0 until it is kept.
    id: u64,
    /// Nothing for the whole instance.
    pub(crate) place: Option<Source>,
    pub(crate) level: String,
    pub(crate) events: BTreeMap<String, bool>,
}

impl NotificationSetting {
    /// What can be chosen one by one, and whether one begins with it.
    pub(crate) const EVENTS: &[(&str, bool)] = &[
        ("new_release", false),
        ("new_note", false),
        ("new_issue", false),
        ("reopen_issue", false),
        ("close_issue", false),
        ("reassign_issue", false),
        ("issue_due", false),
        ("new_merge_request", false),
        ("push_to_merge_request", false),
        ("reopen_merge_request", false),
        ("close_merge_request", false),
        ("reassign_merge_request", false),
        ("change_reviewer_merge_request", false),
        ("merge_merge_request", false),
        ("failed_pipeline", true),
        ("fixed_pipeline", true),
        ("success_pipeline", false),
        ("moved_project", true),
        ("merge_when_pipeline_succeeds", false),
    ];

    /// What one begins with: everything follows the setting of the instance, and that is to be told of what one
    /// takes part in.
    pub(crate) fn new(place: Option<Source>) -> Self {
        let level = if place.is_some() {
            "global"
        } else {
            "participating"
        };
        let events = Self::EVENTS.iter();
        Self {
            id: 0,
            place,
            level: level.to_owned(),
            events: events.map(|(event, on)| ((*event).to_owned(), *on)).collect(),
        }
    }
}

impl State {
    /// Keeps a setting in the place of the one before it.
    pub(crate) fn keep_notification_setting(&mut self, user: UserId, setting: NotificationSetting) {
        let kept = &mut self.belongings.notification_settings;
        if setting.id == 0 {
            kept.add(user, |id| NotificationSetting { id, ..setting });
        } else {
            kept.put(user, setting.id, Arc::new(setting));
        }
    }
}
