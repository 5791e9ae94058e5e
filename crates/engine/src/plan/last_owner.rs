//! A top-level group keeps an owner, whatever the items of a job do one after the other (GitLab API facts §7.3).
//!
//! GitLab looks at each request by itself; here the whole job is looked at, so that two owners are not removed by two
//! items of which each would be fine alone.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AccessLevel, Action, Change};
use storage::PlannedItem;

use super::PlanError;
use super::draft::{Aim, Draft};
use super::one::{conflict, error};
use crate::estate::Estate;
use crate::estate::is_bot_name;
use crate::operation::{ObjectKind, Target};

const LEVEL: &str = "access_level";

/// What an item does to the owners of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    /// Somebody becomes one.
    Gains,
    /// Somebody is one no longer.
    Loses,
}

fn moves(action: Action, changes: &[Change]) -> Option<Move> {
    let level = changes.iter().find(|change| change.field == LEVEL)?;
    let owner = AccessLevel::Owner.name();
    match (level.from == owner, level.to == owner) {
        (true, false) if action.writes() => Some(Move::Loses),
        (false, true) if action.writes() => Some(Move::Gains),
        _ => None,
    }
}

/// Refuses to take the last owner away; where another is made by the same job, that goes first.
pub(super) fn keep(
    drafts: &[Draft<'_>],
    estate: &Estate,
    planned: &mut [PlannedItem],
) -> Result<(), PlanError> {
    let mut groups: BTreeMap<u64, Vec<(usize, Move)>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        if draft.aim == Aim::Part
            && let Some(what) = moves(planned[index].action, &planned[index].changes)
            && let Target::Part {
                kind: ObjectKind::Group,
                of,
                what: "member",
                ..
            } = draft.read()?.0
            && let Some(group) = estate.find(ObjectKind::Group, &of)
            // Below, owners are inherited.
            && !group.full_path.contains('/')
        {
            groups.entry(group.id).or_default().push((index, what));
        }
    }
    for (group, items) in groups {
        let owners: BTreeSet<u64> = estate
            .members(ObjectKind::Group, group)
            .unwrap_or_default()
            .iter()
            .filter(|member| {
                member.access_level == Some(AccessLevel::Owner) && !is_bot_name(&member.username)
            })
            .map(|member| member.user_id)
            .collect();
        let gained: Vec<usize> = items
            .iter()
            .filter(|(_, what)| *what == Move::Gains)
            .map(|(index, _)| *index)
            .collect();
        let mut left = owners.len();
        for (index, _) in items.iter().filter(|(_, what)| *what == Move::Loses) {
            let is_owner = planned[*index]
                .result
                .as_ref()
                .and_then(|present| present.id)
                .is_some_and(|user| owners.contains(&user));
            if !is_owner {
                continue;
            }
            if left > 1 {
                left -= 1;
            } else if gained.is_empty() {
                let message = format!(
                    "`{}` is the last owner of the group; make somebody else an owner first",
                    drafts[*index].target
                );
                planned[*index] = conflict(&drafts[*index], error("LAST_OWNER", message));
            } else {
                let first = gained.iter().map(|index| drafts[*index].index);
                let waits = &mut planned[*index].depends_on;
                waits.extend(first.filter(|item| !waits.contains(item)).collect::<Vec<_>>());
            }
        }
    }
    Ok(())
}
