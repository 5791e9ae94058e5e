use domain::{Action, Change, ItemStatus};
use storage::{PlannedItem, StoredItem};

use super::one::error;
use crate::estate::same;

/// What becomes of an item as it was planned, now that its target has been looked at again; `None` when it is
/// as it was planned. Asked of items whose first write is not known to be done.
pub(crate) fn changed_since_plan(item: &StoredItem, now: PlannedItem) -> Option<PlannedItem> {
    // What cannot be read is not what would be planned now.
    let then = item.changes().unwrap_or_default();
    let same_as_planned = item.action == Some(now.action)
        && then.len() == now.changes.len()
        && then.iter().zip(&now.changes).all(|(then, now)| {
            then.field == now.field && same(&then.from, &now.from) && same(&then.to, &now.to)
        });
    // What it needs has failed meanwhile: the runner says so better.
    let needs = now
        .error
        .as_ref()
        .is_some_and(|error| error.code == "DEPENDENCY_FAILED");
    if same_as_planned || needs {
        return None;
    }
    let mut changed = error(
        "CHANGED_SINCE_PLAN",
        format!(
            "`{}` has changed since it was planned ({}); {}: plan again",
            item.target,
            difference(item, &then, &now),
            match item.status {
                ItemStatus::Running => "what was sent before has done nothing",
                _ => "nothing was sent",
            }
        ),
    );
    changed.details = Some(serde_json::json!({
        "planned": { "action": item.action, "changes": then },
        "now": { "action": now.action, "changes": now.changes, "error": now.error },
    }));
    Some(PlannedItem {
        action: Action::Conflict,
        status: ItemStatus::Failed,
        changes: then,
        error: Some(Box::new(changed)),
        ..now
    })
}

/// In words, where a plan made now differs from the one that was agreed to.
fn difference(item: &StoredItem, before: &[Change], now: &PlannedItem) -> String {
    if item.action != Some(now.action) {
        let then = item.action.map_or("-", Action::name);
        let why = now.error.as_ref().map(|error| format!(": {}", error.message));
        return format!(
            "{then} then, {} now{}",
            now.action.name(),
            why.unwrap_or_default()
        );
    }
    let of = |changes: &[Change], field: &str| changes.iter().find(|change| change.field == field).cloned();
    let mut fields: Vec<&str> = before
        .iter()
        .chain(&now.changes)
        .map(|change| change.field.as_str())
        .collect();
    fields.sort_unstable();
    fields.dedup();
    let said = fields
        .into_iter()
        .filter_map(|field| match (of(before, field), of(&now.changes, field)) {
            (Some(then), Some(now)) if same(&then.from, &now.from) && same(&then.to, &now.to) => None,
            (Some(then), Some(now)) if same(&then.to, &now.to) => {
                Some(format!("{field} was {} then and is {} now", then.from, now.from))
            }
            (Some(_), Some(now)) => Some(format!("{field} would become {} now", now.to)),
            (Some(then), None) => Some(format!("{field} was {} then and is as wanted now", then.from)),
            (None, Some(now)) => Some(format!("{field} was as wanted then and is {} now", now.from)),
            (None, None) => None,
        });
    said.collect::<Vec<_>>().join("; ")
}
