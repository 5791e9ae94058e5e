//! Whose variables a path is about, and who may touch them.

use std::sync::Arc;

use hyper::StatusCode;

use crate::http::{Call, Refusal, refuse};
use crate::options::Tier;
use crate::params::{Ask, Param};
use crate::resources::find;
use crate::state::{Source, State, Variable, VariableOwner};

/// The instance, group or project of the path. Values are for those who may change them: administrators, owners
/// of the group, maintainers of the project. Asked before the parameters are looked at.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<VariableOwner, Refusal> {
    if call.path.starts_with("/api/v4/admin/") {
        call.administrator()?;
        return Ok(VariableOwner::Instance);
    }
    call.user()?;
    let (source, may) = if call.path.starts_with("/api/v4/groups/") {
        let group = find::group(call, state, call.arg(0))?;
        let may = call.viewer.can_admin_group(state, group.id);
        (Source::Group(group.id), may)
    } else {
        let project = find::project(call, state, call.arg(0))?;
        let frozen = project.archived
            || state
                .tree
                .any_in_lineage(project.namespace, |above| above.archived);
        let may = call.viewer.can_admin_project(state, &project) && (call.reads || !frozen);
        (Source::Project(project.id), may)
    };
    if may {
        Ok(VariableOwner::Of(source))
    } else {
        Err(refuse::forbidden())
    }
}

/// Whether variables there can be for some environments only.
pub(super) fn has_scopes(call: &Call<'_>, owner: VariableOwner) -> bool {
    match owner {
        VariableOwner::Instance => false,
        VariableOwner::Of(Source::Group(_)) => call.instance.site.tier >= Tier::Premium,
        VariableOwner::Of(Source::Project(_)) => true,
    }
}

/// `filter[environment_scope]`
pub(super) fn wanted_scope(ask: &mut Ask<'_>) -> Option<String> {
    let filter = ask.map("filter")?;
    filter.get("environment_scope").and_then(Param::text)
}

/// The variable of the path's key, and of the scope if one was asked for.
///
/// # Errors
/// 404 when there is none, 409 when there are several.
pub(super) fn find(
    call: &Call<'_>,
    state: &State,
    owner: VariableOwner,
    scope: Option<&str>,
) -> Result<Arc<Variable>, Refusal> {
    let place = match owner {
        VariableOwner::Instance => 0,
        VariableOwner::Of(_) => 1,
    };
    let scope = scope.filter(|_| has_scopes(call, owner));
    let mut found = state
        .belongings
        .variables
        .of(owner)
        .filter(|variable| variable.key == call.arg(place))
        .filter(|variable| scope.is_none_or(|scope| variable.scope == scope));
    let first = found.next().ok_or_else(|| refuse::not_found("Variable"))?;
    if found.next().is_some() {
        let text =
            "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'";
        return Err(refuse::message(StatusCode::CONFLICT, text));
    }
    Ok(Arc::clone(first))
}
