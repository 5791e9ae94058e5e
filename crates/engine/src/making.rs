//! What it takes to make a group or project somewhere, besides the level that the operation needs anyhow.

use domain::AccessLevel;
use serde_json::Value;

use crate::estate::Known;
use crate::operation::{ObjectKind, PlanContext, Planned, Target};

/// What an item makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Making {
    kind: ObjectKind,
    /// In a group, which is its first need; else at the top.
    in_a_group: bool,
}

impl Making {
    /// `None` where the target exists.
    pub(crate) fn of(target: &Target) -> Option<Self> {
        match target {
            Target::New { kind, parent, .. } => Some(Self {
                kind: *kind,
                in_a_group: parent.is_some(),
            }),
            _ => None,
        }
    }

    /// The setting of a group that says who may make this in it.
    pub(crate) fn setting(self) -> &'static str {
        match self.kind {
            ObjectKind::Group => "subgroup_creation_level",
            ObjectKind::Project => "project_creation_level",
        }
    }

    /// The level that this group asks for; `None` when it lets nobody, or when it does not say.
    pub(crate) fn level(self, group: &Known) -> Option<AccessLevel> {
        match (self.kind, self.said(group)?) {
            (_, "owner") => Some(AccessLevel::Owner),
            (ObjectKind::Group, _) | (_, "maintainer") => Some(AccessLevel::Maintainer),
            (ObjectKind::Project, "developer") => Some(AccessLevel::Developer),
            _ => None,
        }
    }

    fn said(self, group: &Known) -> Option<&str> {
        if !self.in_a_group || group.kind != ObjectKind::Group {
            return None;
        }
        group.fields.get(self.setting()).and_then(Value::as_str)
    }

    /// Nobody but an administrator may make it there, or this user may make no group at the top (GitLab API facts
    /// §1.4, §7.1.4).
    pub(crate) fn forbidden(self, context: &PlanContext<'_>) -> Option<Planned> {
        if context.me.administrator {
            return None;
        }
        if !self.in_a_group {
            let may_not = self.kind == ObjectKind::Group && context.me.can_create_group == Some(false);
            return may_not.then(|| {
                Planned::conflict(
                    "NOT_PERMITTED",
                    "you may not make top-level groups; give a parent, or ask an administrator",
                )
            });
        }
        let group = context.object()?;
        let said = self
            .said(group)
            .filter(|said| matches!(*said, "noone" | "administrator"))?;
        Some(Planned::conflict(
            "NOT_PERMITTED",
            format!(
                "`{}` lets {} make projects in it (project_creation_level is {said}); ask an owner to change that",
                group.full_path,
                if said == "noone" {
                    "nobody"
                } else {
                    "only administrators"
                },
            ),
        ))
    }
}
