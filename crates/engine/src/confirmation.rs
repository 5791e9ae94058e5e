//! What has to be typed before something is removed.

use std::collections::{BTreeMap, BTreeSet};

use domain::Action;
use storage::PlannedItem;

use crate::operation::{Registry, job_type};

/// An item of a job that a person is to agree to.
pub(crate) struct Asked<'a> {
    /// `delete_project` …
    pub(crate) operation: &'a str,
    /// What it is called.
    pub(crate) called: &'a str,
    pub(crate) plan: &'a PlannedItem,
    /// A person has agreed to it before, in a job that this one runs again.
    pub(crate) agreed: bool,
}

/// The text that starts a job of these items: the path of the one target, else action and count
/// (`delete 5 projects`). `None` when nothing of it needs one, or all that does was agreed to before.
pub(crate) fn confirmation<'a>(
    registry: &Registry,
    items: impl Iterator<Item = Asked<'a>>,
) -> Option<String> {
    let mut counts: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
    let mut unheard = BTreeSet::new();
    for Asked {
        operation,
        called,
        plan,
        agreed,
    } in items
    {
        if plan.action.writes() {
            if !agreed {
                unheard.insert(operation);
            }
            let (count, target) = counts.entry(operation).or_default();
            *count += 1;
            *target = plan
                .result
                .as_ref()
                .filter(|_| plan.action == Action::Delete)
                .and_then(|present| present.full_path.as_deref())
                .filter(|_| !called.contains('#'))
                .unwrap_or(called);
        }
    }
    counts.retain(|name, (count, _)| {
        let from = registry.get(name).and_then(|operation| operation.confirm_from());
        from.is_some_and(|from| *count >= from)
    });
    if !counts.keys().any(|name| unheard.contains(name)) {
        return None;
    }
    match counts.values().map(|(count, _)| count).sum() {
        0 => None,
        1 => counts.values().next().map(|(_, target)| (*target).to_owned()),
        _ => {
            let parts: Vec<String> = counts
                .iter()
                .map(|(name, (count, _))| said(name, *count))
                .collect();
            Some(parts.join(" and "))
        }
    }
}

/// `delete_project`, 5 → `delete 5 projects`.
fn said(operation: &str, count: u32) -> String {
    let plural = job_type(operation);
    let plural = plural.strip_prefix("bulk_").unwrap_or(&plural);
    let noun = |text: &str| text.replace('_', " ");
    match (operation.split_once('_'), plural.split_once('_')) {
        (Some((verb, one)), Some((_, many))) => {
            let what = if count == 1 { one } else { many };
            format!("{verb} {count} {}", noun(what))
        }
        _ => format!("{operation} {count}"),
    }
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn action_and_count_are_said_as_people_would() {
        assert_eq!(said("delete_project", 5), "delete 5 projects");
        assert_eq!(said("delete_group", 1), "delete 1 group");
        assert_eq!(said("delete_approval_rule", 2), "delete 2 approval rules");
        assert_eq!(said("unprotect_branch", 3), "unprotect 3 branches");
    }
}
