use std::collections::BTreeMap;

use serde::Serialize;

use crate::state::{NotificationSetting, User};

/// A setting; the single events are shown when they were chosen one by one.
#[derive(Serialize)]
pub(super) struct SettingBody<'a> {
    level: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a BTreeMap<String, bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_email: Option<&'a str>,
}

impl<'a> SettingBody<'a> {
    pub(super) fn new(setting: &'a NotificationSetting, user: &'a User) -> Self {
        Self {
            level: &setting.level,
            events: (setting.level == "custom").then_some(&setting.events),
            notification_email: setting.place.is_none().then_some(&user.email),
        }
    }
}
