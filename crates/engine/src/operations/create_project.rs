use async_trait::async_trait;
use domain::{AccessLevel, Action, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::names;
use gitlab_client::GitlabError;
use serde_json::Value;

use super::creation;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo, parameters,
};
use crate::settings::list::params;
use crate::settings::project::{self, project_settings};
use crate::settings::{self, New, Settable, Wanted};

project_settings! { params! {
    /// A project to be made in a group.
    pub struct Params described by crate::settings::project::describe {
        /// Name shown to people; the path when left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 255), extend("x-example" = "Ledger"))]
        pub name: Option<String>,
        /// Path segment in its address; made from the name when left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 255), extend("x-example" = "ledger"))]
        pub path: Option<String>,
        /// Group that it is made in: full path or number.
        #[schemars(
            transform = parameters::group,
            extend("x-aliases" = ["namespace", "namespace_id"], "x-example" = "acme/platform")
        )]
        pub group: ObjectRef,
        /// Name of its first branch.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 255))]
        pub default_branch: Option<String>,
        /// Whether to begin with a README file.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub initialize_with_readme: Option<bool>,
    }
} }

/// What can be set on it.
const SETTABLE: Settable = Settable {
    heads: &[&project::NAME],
    settings: project::SETTINGS,
};

impl Params {
    /// The path that the project will have: as given, else made from the name as GitLab does.
    fn path(&self) -> String {
        match (&self.path, &self.name) {
            (Some(path), _) => path.clone(),
            (None, Some(name)) => names::project_path_from_name(name),
            (None, None) => String::new(),
        }
    }

    /// The values that GitLab is to hold; without identity.
    fn wanted(&self) -> Vec<Wanted> {
        // Without a name GitLab takes the path for one; a project that is there keeps the name it has.
        SETTABLE.wanted(self)
    }
}

/// `create_project`
pub struct CreateProject;

#[async_trait]
impl Operation for CreateProject {
    type Params = Params;
    const NAME: &'static str = "create_project";
    const TITLE: &'static str = "Create a project";
    const ITEMS: &'static str = "projects";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Developer;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        if params.name.is_none() && params.path.is_none() {
            problems.push(
                Problem::new("a project needs a name or a path")
                    .column("name")
                    .allowed("1 to 255 characters"),
            );
            return;
        }
        if let Some(name) = &params.name {
            problems.extend(super::broken("name", name, &names::project_name(name)));
        }
        let path = params.path();
        if let (None, Some(name), true) = (&params.path, &params.name, path.is_empty()) {
            problems.push(
                Problem::new(format!("no path can be made from the name `{name}`"))
                    .column("path")
                    .allowed("a path of letters, digits, and single `.`, `_` or `-` between them"),
            );
        } else {
            let column = if params.path.is_some() { "path" } else { "name" };
            problems.extend(super::broken(column, &path, &names::project_path(&path)));
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
        Target::New {
            kind: ObjectKind::Project,
            parent: Some(params.group.clone()),
            path: params.path(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        vec![Need {
            kind: ObjectKind::Group,
            object: params.group.clone(),
            field: "group",
        }]
    }

    fn reads(params: &Params) -> Vec<Read> {
        settings::shown_in(ObjectKind::Project, &SETTABLE.wanted(params))
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let new = New {
            kind: ObjectKind::Project,
            settable: &SETTABLE,
            wanted: &params.wanted(),
            path: &params.path(),
        };
        let mut planned = settings::plan_new(&new, context, &|_| None);
        if planned.action == Action::Create
            && let Some((wanted, group, allowed)) = lowered(params, context)
        {
            planned = planned.note(format!(
                "visibility {wanted} becomes {allowed}: `{group}` is {allowed}, and GitLab lowers what is in it"
            ));
        }
        planned
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let wanted = || params.wanted();
        creation::call(&SETTABLE, ObjectKind::Project, wanted, &context, |body| {
            body.insert("path".into(), params.path().into());
            if let Some(branch) = &params.default_branch {
                body.insert("default_branch".into(), branch.as_str().into());
            }
            if let Some(readme) = params.initialize_with_readme {
                body.insert("initialize_with_readme".into(), readme.into());
            }
            if let Some(group) = context.needs.first() {
                body.insert("namespace_id".into(), group.id.into());
            }
        })
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        super::read_result(body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let full_path = super::full_path(context.call.needs.first(), &params.path());
        creation::settle(
            &SETTABLE,
            ObjectKind::Project,
            &full_path,
            &params.wanted(),
            &context,
        )
        .await
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        creation::undo(&SETTABLE, ObjectKind::Project, &context)
    }
}

/// The visibility that is asked for, the group, and what the group allows, where that is less.
fn lowered<'a>(params: &Params, context: &PlanContext<'a>) -> Option<(Visibility, &'a str, Visibility)> {
    let group = context.object()?;
    let wanted = params.visibility?;
    let allowed: Visibility = group
        .fields
        .get("visibility")
        .and_then(Value::as_str)?
        .parse()
        .ok()?;
    (wanted > allowed).then_some((wanted, group.full_path.as_str(), allowed))
}
