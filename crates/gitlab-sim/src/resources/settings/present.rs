use serde::ser::{Serialize, SerializeMap, Serializer};

use super::update::OLD_NAMES;
use crate::state::{InstanceSettings, State};
use crate::time_text::Moment;

/// The settings copied out of the state.
#[derive(Debug)]
pub(super) struct SettingsView {
    settings: InstanceSettings,
    created_at: Option<Moment>,
}

impl SettingsView {
    pub(super) fn of(state: &State) -> Self {
        Self {
            settings: state.settings().clone(),
            // The settings are as old as the first account.
            created_at: state.users.iter().next().map(|first| first.created_at),
        }
    }
}

impl Serialize for SettingsView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = &self.settings;
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("id", &1)?;
        body.serialize_entry("performance_bar_allowed_group_id", &())?;
        body.serialize_entry("created_at", &self.created_at)?;
        body.serialize_entry("updated_at", &settings.changed_at().or(self.created_at))?;
        for setting in InstanceSettings::table().iter().filter(|row| !row.write_only) {
            body.serialize_entry(setting.name, settings.value(setting.name))?;
        }
        for (old, new) in OLD_NAMES {
            body.serialize_entry(old, settings.value(new))?;
        }
        // Says nothing any more, and has always been on since.
        body.serialize_entry("housekeeping_bitmaps_enabled", &true)?;
        body.end()
    }
}
