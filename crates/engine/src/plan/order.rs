//! Which item goes before which.

use std::collections::{BTreeMap, HashMap};

use domain::{Action, ItemError};
use storage::PlannedItem;

use super::PlanError;
use super::draft::{Aim, Draft, Makers};
use super::one::{conflict, error, left_alone};
use crate::estate::{Estate, Known};
use crate::links::Links;
use crate::operation::{ObjectKind, Target};

/// Positions in rounds: each item comes in a later round than the items it needs, so that those of one round can be
/// planned side by side. Items in a cycle come last, in input order and one at a time.
pub(super) struct Rounds {
    order: Vec<u32>,
    /// Where each round ends in `order`.
    ends: Vec<usize>,
}

impl Rounds {
    pub(super) fn of(items: usize, makers: &Makers) -> Self {
        let all = || 0..u32::try_from(items).unwrap_or(u32::MAX);
        let mut made_by = Links::with_capacity(items);
        for item in all() {
            made_by.push(makers.all_of(item));
        }
        let mut waiting: Vec<usize> = all().map(|item| made_by.of(item).len()).collect();
        let dependents = made_by.reversed();
        let mut order: Vec<u32> = Vec::with_capacity(items);
        let mut ends = Vec::new();
        order.extend(all().filter(|item| waiting[*item as usize] == 0));
        let mut begin = 0;
        while begin < order.len() {
            let end = order.len();
            ends.push(end);
            for at in begin..end {
                for &dependent in dependents.of(order[at]) {
                    waiting[dependent as usize] -= 1;
                    if waiting[dependent as usize] == 0 {
                        order.push(dependent);
                    }
                }
            }
            begin = end;
        }
        for item in all().filter(|item| waiting[*item as usize] > 0) {
            order.push(item);
            ends.push(order.len());
        }
        Self { order, ends }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &[u32]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins
            .zip(&self.ends)
            .map(|(begin, end)| &self.order[begin..*end])
    }
}

/// The groups and projects that items would write to as a whole, by the position of the item.
pub(super) fn wholes<'e>(
    drafts: &[Draft<'_>],
    estate: &'e Estate,
    planned: &[PlannedItem],
) -> Result<Vec<(usize, &'e Known)>, PlanError> {
    let mut wholes = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        if draft.aim == Aim::Whole
            && planned[at].action.writes()
            && let Target::Object { kind, object } = draft.read()?.0
            && let Some(known) = estate.find(kind, &object)
        {
            wholes.push((at, known));
        }
    }
    Ok(wholes)
}

/// Items that change one and the same group or project run in the order in which they were given; one that
/// says the same thing twice is in conflict. What is removed from within goes before what it is in.
pub(super) fn one_after_the_other(
    drafts: &[Draft<'_>],
    wholes: &[(usize, &Known)],
    planned: &mut [PlannedItem],
) {
    let mut last: HashMap<(ObjectKind, u64), usize> = HashMap::new();
    let mut said: HashMap<(&str, ObjectKind, u64), u32> = HashMap::new();
    let mut removed: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for &(at, known) in wholes {
        let draft = &drafts[at];
        let number = draft.index;
        if let Some(first) = said.insert((draft.operation.name(), known.kind, known.id), number) {
            let message = format!(
                "item {first} does the same to `{}`; leave one of them out",
                known.full_path
            );
            planned[at] = conflict(draft, error("DUPLICATE", message));
            continue;
        }
        if let Some(before) = last.insert((known.kind, known.id), at) {
            let before = drafts[before].index;
            if !planned[at].depends_on.contains(&before) {
                planned[at].depends_on.push(before);
            }
        }
        if planned[at].action == Action::Delete {
            removed
                .entry(known.full_path.to_lowercase())
                .or_default()
                .push(number);
        }
    }
    for &(at, group) in wholes {
        if planned[at].action != Action::Delete || group.kind != ObjectKind::Group {
            continue;
        }
        let below = format!("{}/", group.full_path.to_lowercase());
        let inside = removed
            .range(below.clone()..)
            .take_while(|(path, _)| path.starts_with(&below))
            .flat_map(|(_, items)| items.iter().copied());
        planned[at].depends_on.extend(inside);
    }
}

/// What an item expects to go before it does. Nothing is removed from under an item that was left alone.
pub(super) fn in_the_order_asked_for(drafts: &[Draft<'_>], planned: &mut [PlannedItem]) {
    for (at, draft) in drafts.iter().enumerate() {
        let after = &draft.expects().after;
        if after.is_empty() || !planned[at].action.writes() {
            continue;
        }
        let kept = after.iter().find(|&&before| {
            let stays = |error: &ItemError| match error.code.as_str() {
                "CHANGED_SINCE" | "STILL_THERE" => true,
                "NOT_UNDOABLE" => drafts[before as usize].aim == Aim::New,
                _ => false,
            };
            planned
                .get(before as usize)
                .is_some_and(|before| before.error.as_deref().is_some_and(stays))
        });
        if let (Action::Delete, Some(&kept)) = (planned[at].action, kept) {
            let message = format!(
                "`{}` belongs to it and is left as it is (item {kept}): it stays",
                drafts[kept as usize].target
            );
            planned[at] = left_alone(draft, error("STILL_THERE", message));
            continue;
        }
        for &before in after {
            if !planned[at].depends_on.contains(&before) {
                planned[at].depends_on.push(before);
            }
        }
    }
}
