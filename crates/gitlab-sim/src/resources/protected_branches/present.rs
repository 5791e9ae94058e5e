use serde::Serialize;

use crate::http::Call;
use crate::options::Tier;
use crate::state::{AccessLine, Allowed, ProtectedBranch, Source, State};

/// One line of a protection. Whom it names shows only with a licence.
#[derive(Debug, Serialize)]
pub(crate) struct LineBody {
    id: u64,
    access_level: Option<u8>,
    access_level_description: String,
    deploy_key_id: Option<u64>,
    #[serde(flatten)]
    named: Option<Named>,
    #[serde(flatten)]
    role: Option<Role>,
}

/// Custom roles are a matter of the highest licence.
#[derive(Debug, Serialize)]
struct Role {
    member_role_id: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Named {
    user_id: Option<u64>,
    group_id: Option<u64>,
}

impl LineBody {
    pub(crate) fn of(call: &Call<'_>, state: &State, line: &AccessLine) -> Self {
        let mut body = Self {
            id: line.id,
            access_level: None,
            access_level_description: description(state, line.allowed),
            deploy_key_id: None,
            named: None,
            role: None,
        };
        let mut named = Named {
            user_id: None,
            group_id: None,
        };
        let mut member_role_id = None;
        match line.allowed {
            Allowed::Level(level) => body.access_level = Some(level),
            Allowed::DeployKey(id) => body.deploy_key_id = Some(id),
            Allowed::User(id) => named.user_id = Some(id.0),
            Allowed::Group(id) => named.group_id = Some(id.0),
            Allowed::Role(id) => member_role_id = Some(id),
        }
        let tier = call.instance.site.tier;
        body.named = (tier >= Tier::Premium).then_some(named);
        body.role = (tier >= Tier::Ultimate).then_some(Role { member_role_id });
        body
    }

    pub(crate) fn all(call: &Call<'_>, state: &State, lines: &[AccessLine]) -> Vec<Self> {
        lines.iter().map(|line| Self::of(call, state, line)).collect()
    }
}

/// Whom a line lets through, for people.
pub(crate) fn description(state: &State, allowed: Allowed) -> String {
    match allowed {
        Allowed::Level(0) => "No one".to_owned(),
        Allowed::Level(30) => "Developers + Maintainers".to_owned(),
        Allowed::Level(60) => "Administrators".to_owned(),
        Allowed::Level(_) => "Maintainers".to_owned(),
        Allowed::User(id) => state
            .users
            .get(id)
            .map(|user| user.name.clone())
            .unwrap_or_default(),
        Allowed::Group(id) => state
            .tree
            .group(id)
            .map(|group| group.name.clone())
            .unwrap_or_default(),
        Allowed::DeployKey(id) => state
            .belongings
            .keys
            .find(id)
            .map_or_else(|| "Deploy key".to_owned(), |(_, key)| key.title.clone()),
        Allowed::Role(_) => "Custom role".to_owned(),
    }
}

/// A protected branch. The rest shows only with a licence.
#[derive(Debug, Serialize)]
pub(crate) struct ProtectedBranchBody {
    id: u64,
    name: String,
    push_access_levels: Vec<LineBody>,
    merge_access_levels: Vec<LineBody>,
    allow_force_push: bool,
    #[serde(flatten)]
    licensed: Option<Licensed>,
}

#[derive(Debug, Serialize)]
struct Licensed {
    unprotect_access_levels: Vec<LineBody>,
    code_owner_approval_required: bool,
    /// It comes from a group of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    inherited: Option<bool>,
}

impl ProtectedBranchBody {
    /// As seen from a project (`of_project`) or a group; `source` is where the rule was made.
    pub(crate) fn of(
        call: &Call<'_>,
        state: &State,
        of_project: bool,
        source: Source,
        rule: &ProtectedBranch,
    ) -> Self {
        let lines = |lines: &[AccessLine]| LineBody::all(call, state, lines);
        let licensed = call.instance.site.tier >= Tier::Premium;
        Self {
            id: rule.id,
            name: rule.name.clone(),
            push_access_levels: lines(&rule.push),
            merge_access_levels: lines(&rule.merge),
            allow_force_push: rule.allow_force_push,
            licensed: licensed.then(|| Licensed {
                unprotect_access_levels: lines(&rule.unprotect),
                code_owner_approval_required: rule.code_owner_approval_required,
                inherited: of_project.then_some(matches!(source, Source::Group(_))),
            }),
        }
    }
}
