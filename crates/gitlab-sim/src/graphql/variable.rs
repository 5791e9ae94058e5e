use std::sync::Arc;

use async_graphql::{Enum, ID, Object};

use super::asker::Asker;
use super::page::{Connection, Wanted};
use super::scalar::global_id;
use crate::state::{self, Source, VariableKind, VariableOwner};

/// What kind of thing a variable becomes in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "CiVariableType")]
pub(super) enum Kind {
    EnvVar,
    File,
}

/// A CI/CD variable of a group or project.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    of: Source,
    row: Arc<state::Variable>,
}

#[Object(name = "CiVariable")]
impl Variable {
    async fn id(&self) -> ID {
        match self.of {
            Source::Group(_) => global_id("Ci::GroupVariable", self.row.id),
            Source::Project(_) => global_id("Ci::Variable", self.row.id),
        }
    }

    async fn key(&self) -> &str {
        &self.row.key
    }

    /// Null once it was hidden.
    async fn value(&self) -> Option<&str> {
        (!self.row.hidden).then_some(self.row.value.0.as_str())
    }

    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    async fn environment_scope(&self) -> &str {
        &self.row.scope
    }

    async fn protected(&self) -> bool {
        self.row.protected
    }

    async fn masked(&self) -> bool {
        self.row.masked
    }

    async fn hidden(&self) -> bool {
        self.row.hidden
    }

    async fn raw(&self) -> bool {
        self.row.raw
    }

    async fn variable_type(&self) -> Kind {
        match self.row.kind {
            VariableKind::EnvVar => Kind::EnvVar,
            VariableKind::File => Kind::File,
        }
    }
}

/// The variables of a group or project, for those who may administer it.
pub(super) fn of_source(asker: &Asker, source: Source, wanted: &Wanted) -> Option<Connection<Variable>> {
    let state = asker.state();
    let allowed = match source {
        Source::Group(id) => asker.viewer.can_admin_group(&state, id),
        Source::Project(id) => {
            let project = state.tree.project(id)?;
            asker.viewer.can_admin_project(&state, project)
        }
    };
    if !allowed {
        return None;
    }
    let variables = &state.belongings.variables;
    let owner = VariableOwner::Of(source);
    let ids: Vec<u64> = variables.of(owner).map(|row| row.id).collect();
    Some(wanted.cut(&ids, |id| {
        let row = Arc::clone(variables.get(owner, id)?);
        Some(Variable { of: source, row })
    }))
}
