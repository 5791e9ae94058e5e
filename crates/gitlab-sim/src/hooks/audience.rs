//! Which hooks hear of an event.

use std::sync::Arc;

use regex::Regex;

use super::event::{Event, Place};
use crate::state::{BranchStrategy, Hook, HookOwner, Source, State, Trigger};

/// What an event is to those who listen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sort {
    /// What a system hook must want; most events come to it in any case.
    pub(super) of_system: Option<Trigger>,
    /// Whether system hooks hear of it at all.
    pub(super) is_system: bool,
    /// What a hook of a group or project must want.
    pub(super) of_group: Option<Trigger>,
}

/// The hooks of the instance that hear of an event.
pub(super) fn of_system(state: &State, event: Event<'_>, sort: Sort) -> Vec<(HookOwner, Arc<Hook>)> {
    if !sort.is_system {
        return Vec::new();
    }
    let hooks = state.belongings.hooks.of(HookOwner::System);
    hooks
        .filter(|hook| sort.of_system.is_none_or(|trigger| hook.triggers.has(trigger)))
        .filter(|hook| wants_branch(hook, event))
        .map(|hook| (HookOwner::System, Arc::clone(hook)))
        .collect()
}

/// The hooks of the place and of all groups above it that hear of an event.
pub(super) fn of_groups(state: &State, event: Event<'_>, sort: Sort) -> Vec<(HookOwner, Arc<Hook>)> {
    let (Some(trigger), Some(place)) = (sort.of_group, event.place()) else {
        return Vec::new();
    };
    let (nearest, above) = match place {
        Place::At(Source::Group(id)) | Place::Above(id) => (None, Some(id)),
        Place::At(Source::Project(id)) => {
            let namespace = state.tree.project(id).map(|project| project.namespace);
            (Some(Source::Project(id)), namespace)
        }
    };
    let above = above.into_iter().flat_map(|id| state.tree.lineage(id));
    let sources = nearest
        .into_iter()
        .chain(above.map(|group| Source::Group(group.id)));
    sources
        .map(HookOwner::Of)
        .flat_map(|owner| {
            let hooks = state.belongings.hooks.of(owner);
            hooks.map(move |hook| (owner, Arc::clone(hook)))
        })
        .filter(|(_, hook)| hook.triggers.has(trigger) && wants_branch(hook, event))
        .collect()
}

/// A push is told of the branches a hook chose; of tags always.
fn wants_branch(hook: &Hook, event: Event<'_>) -> bool {
    let Event::Pushed(_, push) = event else {
        return true;
    };
    let (Some(branch), Some(filter)) = (push.branch(), hook.branch_filter.as_deref()) else {
        return true;
    };
    if filter.is_empty() {
        return true;
    }
    match hook.branch_strategy {
        BranchStrategy::AllBranches => true,
        BranchStrategy::Wildcard => matches_wildcard(filter, branch),
        BranchStrategy::Regex => Regex::new(filter).is_ok_and(|regex| regex.is_match(branch)),
    }
}

/// `*` stands for any text, also none.
fn matches_wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, fits) in [
            ("main", "main", true),
            ("main", "mainly", false),
            ("release/*", "release/1.0", true),
            ("*-stable", "9-1-stable", true),
            ("*", "", true),
            ("a*b*c", "a-x-b-y-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches_wildcard(pattern, text), fits, "{pattern} {text}");
        }
    }
}
