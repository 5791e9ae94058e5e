//! What holds when a project says one thing and its group another.

use std::sync::Arc;

use crate::ids::NamespaceId;
use crate::state::{ApprovalSettings, Source, State};

/// One setting as it holds: what is strict above cannot be loosened below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Held {
    pub(super) value: bool,
    pub(super) locked: bool,
    pub(super) inherited_from: Option<&'static str>,
}

/// Which setting, with its default and which of its values is the strict one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) get: fn(&ApprovalSettings) -> Option<bool>,
    /// In a group that never said anything.
    pub(super) default: bool,
    /// In a project that never said anything.
    pub(super) project_default: bool,
    pub(super) strict: bool,
}

pub(super) const AUTHOR: Rule = Rule {
    get: |settings| settings.allow_author,
    default: true,
    project_default: false,
    strict: false,
};
pub(super) const COMMITTER: Rule = Rule {
    get: |settings| settings.allow_committer,
    default: true,
    project_default: true,
    strict: false,
};
pub(super) const OVERRIDES: Rule = Rule {
    get: |settings| settings.allow_overrides,
    default: true,
    project_default: true,
    strict: false,
};
pub(super) const RETAIN: Rule = Rule {
    get: |settings| settings.retain_on_push,
    default: true,
    project_default: false,
    strict: false,
};
pub(super) const SELECTIVE: Rule = Rule {
    get: |settings| settings.selective_code_owner_removals,
    default: false,
    project_default: false,
    strict: true,
};
pub(super) const REAUTHENTICATE: Rule = Rule {
    get: |settings| settings.require_reauthentication,
    default: false,
    project_default: false,
    strict: true,
};

impl Rule {
    /// What holds in a project or group.
    pub(super) fn held(&self, state: &State, source: Source) -> Held {
        let own = settings_of(state, source).and_then(|own| (self.get)(&own));
        let (default, above) = match source {
            Source::Group(id) => (self.default, state.tree.group(id).and_then(|group| group.parent)),
            Source::Project(id) => (
                self.project_default,
                state.tree.project(id).map(|project| project.namespace),
            ),
        };
        if self.is_strict_above(state, above) {
            return Held {
                value: self.strict,
                locked: true,
                inherited_from: Some("group"),
            };
        }
        Held {
            value: own.unwrap_or(default),
            locked: false,
            inherited_from: None,
        }
    }

    fn is_strict_above(&self, state: &State, above: Option<NamespaceId>) -> bool {
        let mut groups = above.into_iter().flat_map(|id| state.tree.lineage(id));
        groups.any(|group| {
            let settings = settings_of(state, Source::Group(group.id));
            settings.and_then(|settings| (self.get)(&settings)) == Some(self.strict)
        })
    }
}

/// What was set there itself.
pub(super) fn settings_of(state: &State, source: Source) -> Option<Arc<ApprovalSettings>> {
    state.belongings.approval_settings.of(source).next().cloned()
}

/// Sets it; there is one row each.
pub(super) fn set(state: &mut State, source: Source, settings: ApprovalSettings) {
    let rows = &mut state.belongings.approval_settings;
    rows.clear(source);
    rows.add(source, |_| settings);
}
