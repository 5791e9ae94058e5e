use async_trait::async_trait;
use domain::{AccessLevel, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::{ApiPath, names};
use gitlab_client::GitlabError;

use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo, parameters,
};
use crate::settings::list::params;
use crate::settings::project::{self, project_settings};
use crate::settings::{self, Settable};

project_settings! { params! {
    /// A project and what it is to be.
    pub struct Params described by crate::settings::project::describe {
        /// Project to be changed: full path or number.
        #[schemars(
            transform = parameters::project,
            extend("x-aliases" = ["path_with_namespace", "full_path", "id"], "x-example" = "acme/platform/ledger")
        )]
        pub project: ObjectRef,
        /// New name shown to people.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 255))]
        pub name: Option<String>,
        /// New path segment in its address.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["new_path"]))]
        pub path: Option<String>,
        /// The branch that people see first; the repository has to have it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 255))]
        pub default_branch: Option<String>,
    }
} }

/// What can be changed.
const SETTABLE: Settable = Settable {
    heads: &[&project::NAME, &project::PATH, &project::DEFAULT_BRANCH],
    settings: project::SETTINGS,
};

/// `update_project`
pub struct UpdateProject;

#[async_trait]
impl Operation for UpdateProject {
    type Params = Params;
    const NAME: &'static str = "update_project";
    const TITLE: &'static str = "Change settings of a project";
    const ITEMS: &'static str = "projects";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        problems.extend(super::nothing_to_change(&SETTABLE.wanted(params)));
        if let Some(name) = &params.name {
            problems.extend(super::broken("name", name, &names::project_name(name)));
        }
        if let Some(path) = &params.path {
            problems.extend(super::broken("path", path, &names::project_path(path)));
        }
        if let Some(text) = &params.description {
            problems.extend(super::broken(
                "description",
                text,
                &names::project_description(text),
            ));
        }
    }

    fn target(params: &Params) -> Target {
        Target::Object {
            kind: ObjectKind::Project,
            object: params.project.clone(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        vec![Need {
            kind: ObjectKind::Project,
            object: params.project.clone(),
            field: "project",
        }]
    }

    fn reads(params: &Params) -> Vec<Read> {
        settings::reads(ObjectKind::Project, &params.project, &SETTABLE.wanted(params))
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        settings::plan_update(&SETTABLE, &SETTABLE.wanted(params), context)
    }

    fn call(_: &Params, context: CallContext<'_>) -> Option<Call> {
        let project = context.object().filter(|_| context.step == 0)?;
        Some(settings::call_update(
            &SETTABLE,
            ApiPath::project(project.id),
            &context,
        ))
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        super::read_result(body)
    }

    async fn settle(_: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(project) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let wanted = SETTABLE.of_changes(context.call.changes);
        settings::settle_update(ObjectKind::Project, project.id, &wanted, &context).await
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        let object = context.object().map(|project| project.id);
        settings::undo_update(&SETTABLE, Self::NAME, "project", object, &context)
    }
}
