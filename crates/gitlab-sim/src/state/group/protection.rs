use serde::{Deserialize, Serialize};

use crate::params::{Ask, Param, Params};

/// Who may push and merge to the default branch of new projects: an old number spelled out
/// (GitLab API facts §6.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BranchProtection {
    allowed_to_push: Vec<Allowed>,
    pub(crate) allow_force_push: bool,
    allowed_to_merge: Vec<Allowed>,
    pub(crate) developer_can_initial_push: bool,
    /// Shown when it was ever said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code_owner_approval_required: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Allowed {
    access_level: u8,
}

const NOBODY: u8 = 0;
const DEVELOPER: u8 = 30;
const MAINTAINER: u8 = 40;

impl Default for BranchProtection {
    /// Full protection.
    fn default() -> Self {
        Self::from_number(2)
    }
}

impl BranchProtection {
    /// What the old number, 0 to 4, says.
    pub(crate) fn from_number(number: i64) -> Self {
        let (push, merge) = match number {
            0 => (DEVELOPER, DEVELOPER),
            1 => (DEVELOPER, MAINTAINER),
            3 => (MAINTAINER, DEVELOPER),
            _ => (MAINTAINER, MAINTAINER),
        };
        Self {
            allowed_to_push: vec![Allowed { access_level: push }],
            allow_force_push: number == 0,
            allowed_to_merge: vec![Allowed { access_level: merge }],
            developer_can_initial_push: number == 4,
            code_owner_approval_required: None,
        }
    }

    /// The old number that comes closest.
    pub(crate) fn number(&self) -> i64 {
        let developers = |allowed: &[Allowed]| allowed.iter().any(|one| one.access_level == DEVELOPER);
        match (
            developers(&self.allowed_to_push),
            developers(&self.allowed_to_merge),
        ) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 3,
            (false, false) if self.developer_can_initial_push => 4,
            (false, false) => 2,
        }
    }

    pub(crate) fn code_owners_approve(&self) -> bool {
        self.code_owner_approval_required.unwrap_or(false)
    }

    /// The levels that may push: 0, 30 or 40 each.
    pub(crate) fn push_levels(&self) -> impl Iterator<Item = u8> {
        self.allowed_to_push.iter().map(|one| one.access_level)
    }

    /// The levels that may merge.
    pub(crate) fn merge_levels(&self) -> impl Iterator<Item = u8> {
        self.allowed_to_merge.iter().map(|one| one.access_level)
    }

    /// Reads `default_branch_protection` and `default_branch_protection_defaults`; the second wins. What the second
    /// leaves out is as in full protection.
    pub(super) fn read(ask: &mut Ask<'_>, _: &'static str) -> Option<Self> {
        let number = ask.number_of("default_branch_protection", &[0, 1, 2, 3, 4]);
        let spelled_out = ask.map("default_branch_protection_defaults");
        match spelled_out {
            Some(map) => Some(Self::spelled_out(ask, map)),
            None => number.map(Self::from_number),
        }
    }

    fn spelled_out(ask: &mut Ask<'_>, map: &Params) -> Self {
        let mut protection = Self::default();
        let flag = |ask: &mut Ask<'_>, name: &str| {
            let value = map.get(name)?;
            let flag = value.flag();
            if flag.is_none() {
                ask.complain(format!("default_branch_protection_defaults[{name}] is invalid"));
            }
            flag
        };
        if let Some(allow) = flag(ask, "allow_force_push") {
            protection.allow_force_push = allow;
        }
        if let Some(allow) = flag(ask, "developer_can_initial_push") {
            protection.developer_can_initial_push = allow;
        }
        protection.code_owner_approval_required = flag(ask, "code_owner_approval_required");
        if let Some(levels) = levels(ask, map, "allowed_to_push") {
            protection.allowed_to_push = levels;
        }
        if let Some(levels) = levels(ask, map, "allowed_to_merge") {
            protection.allowed_to_merge = levels;
        }
        protection
    }
}

/// `[{"access_level":40}]`
fn levels(ask: &mut Ask<'_>, map: &Params, name: &str) -> Option<Vec<Allowed>> {
    let Some(Param::List(items)) = map.get(name) else {
        if map.get(name).is_some() {
            ask.complain(format!("default_branch_protection_defaults[{name}] is invalid"));
        }
        return None;
    };
    let mut allowed = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let place = format!("default_branch_protection_defaults[{name}][{at}][access_level]");
        let level = match item {
            Param::Map(item) => item.get("access_level"),
            _ => None,
        };
        match level.map(Param::integer) {
            None => ask.complain(format!("{place} is missing")),
            Some(None) => ask.complain(format!("{place} is invalid")),
            Some(Some(level)) => match u8::try_from(level) {
                Ok(level @ (NOBODY | DEVELOPER | MAINTAINER)) => {
                    allowed.push(Allowed { access_level: level });
                }
                _ => ask.complain(format!("{place} does not have a valid value")),
            },
        }
    }
    Some(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_old_number_comes_back() {
        for number in 0..=4 {
            assert_eq!(BranchProtection::from_number(number).number(), number);
        }
    }
}
