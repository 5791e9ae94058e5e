//! What GitLab would refuse, or ignore without a word.

use domain::Change;

use super::compare::Settable;
use super::setting::{May, Setting};
use crate::estate::Known;
use crate::operation::{Me, ObjectKind, Planned};

/// Why these changes cannot be made, whatever is there: tier, rights, place.
///
/// GitLab answers such a request with success and leaves the setting as it is (API facts §7.1.4), so nothing but
/// a plan can tell.
pub(super) fn ignored(settable: &Settable, changes: &[Change], full_path: &str, me: &Me) -> Option<Planned> {
    let named = |is_it: &dyn Fn(&Setting) -> bool| -> Option<String> {
        let names: Vec<String> = changes
            .iter()
            .filter_map(|change| settable.find(&change.field))
            .filter(|setting| is_it(setting))
            .map(|setting| format!("`{}`", setting.name))
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(tier) = me.tier
        && let Some(names) = named(&|setting| setting.tier > tier)
    {
        let needed = changes
            .iter()
            .filter_map(|change| settable.find(&change.field))
            .map(|setting| setting.tier)
            .max()?;
        return Some(Planned::conflict(
            "TIER_TOO_LOW",
            format!("{names} needs the tier {needed}; this GitLab has {tier} and would ignore it"),
        ));
    }
    let known_user = me.user_id.is_some() && !me.administrator;
    if let Some(names) = named(&|setting| known_user && setting.may == May::Administrators) {
        return Some(Planned::conflict(
            "ADMINISTRATORS_ONLY",
            format!("{names} is for administrators; GitLab would ignore it"),
        ));
    }
    let below = full_path.contains('/');
    let names = named(&|setting| below && setting.top_level)?;
    Some(Planned::conflict(
        "TOP_LEVEL_ONLY",
        format!("{names} is for top-level groups, and `{full_path}` is below one"),
    ))
}

/// Why an object cannot be changed as it is now.
pub(super) fn closed(known: &Known) -> Option<Planned> {
    if known.kind == ObjectKind::Group {
        return None;
    }
    let path = &known.full_path;
    if let Some(day) = marked(known) {
        return Some(Planned::conflict(
            "MARKED_FOR_DELETION",
            format!("`{path}` is marked for deletion since {day} and takes no changes; restore it first"),
        ));
    }
    let archived = known.fields.get("archived").and_then(serde_json::Value::as_bool);
    archived.unwrap_or(false).then(|| {
        Planned::conflict(
            "ARCHIVED",
            format!("`{path}` is archived and takes no changes; unarchive it first"),
        )
    })
}

/// The day from which on it is marked for deletion.
pub(super) fn marked(known: &Known) -> Option<&str> {
    known.fields.get("marked_for_deletion_on")?.as_str()
}
