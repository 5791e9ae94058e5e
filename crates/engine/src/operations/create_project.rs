use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{AccessLevel, Action, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::{ApiPath, names};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::settle_created;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, SettleContext,
    Settlement, Target,
};

/// A project to be made in a group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Name shown to people; the path when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), extend("x-example" = "Ledger"))]
    pub name: Option<String>,
    /// Path segment in its address; made from the name when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), extend("x-example" = "ledger"))]
    pub path: Option<String>,
    /// Group that it is made in: full path or number.
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["group_id", "group_path", "namespace", "namespace_id"],
        "x-example" = "acme/platform"
    ))]
    pub group: ObjectRef,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000), extend("x-example" = "Books of account"))]
    pub description: Option<String>,
    /// Who may see it; GitLab lowers it to the group's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("x-kind" = "visibility", "x-example" = "private"))]
    pub visibility: Option<Visibility>,
    /// Words to find it by; separated by commas in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list", "x-aliases" = ["tags", "tag_list"], "x-example" = "rust,billing"))]
    pub topics: Option<Vec<String>>,
    /// Name of its first branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub default_branch: Option<String>,
    /// Whether to begin with a README file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialize_with_readme: Option<bool>,
    /// Who may use issues.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "feature", "x-choices" = ["disabled", "private", "enabled"], "x-aliases" = ["issues_enabled", "issues"]
    ))]
    pub issues_access_level: Option<String>,
    /// Who may use merge requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "feature",
        "x-choices" = ["disabled", "private", "enabled"],
        "x-aliases" = ["merge_requests_enabled", "merge_requests"]
    ))]
    pub merge_requests_access_level: Option<String>,
    /// Who may use the wiki.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "feature", "x-choices" = ["disabled", "private", "enabled"], "x-aliases" = ["wiki_enabled", "wiki"]
    ))]
    pub wiki_access_level: Option<String>,
    /// Who may use snippets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "feature",
        "x-choices" = ["disabled", "private", "enabled"],
        "x-aliases" = ["snippets_enabled", "snippets"]
    ))]
    pub snippets_access_level: Option<String>,
    /// Whether Git LFS is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfs_enabled: Option<bool>,
    /// Whether people may ask for access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_access_enabled: Option<bool>,
    /// How merge requests are merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "choice", "x-choices" = ["merge", "rebase_merge", "ff"]))]
    pub merge_method: Option<String>,
}

impl Params {
    /// The path that the project will have: as given, else made from the name as GitLab does.
    fn path(&self) -> String {
        match (&self.path, &self.name) {
            (Some(path), _) => path.clone(),
            (None, Some(name)) => names::project_path_from_name(name),
            (None, None) => String::new(),
        }
    }

    /// The values that GitLab is to hold, under its own names; without identity.
    fn wanted(&self) -> BTreeMap<&'static str, Value> {
        let name = self.name.clone().unwrap_or_else(|| self.path());
        let mut wanted = BTreeMap::from([("name", Value::from(name))]);
        wanted.extend(
            [
                ("description", self.description.as_deref().map(Value::from)),
                (
                    "visibility",
                    self.visibility.map(|visibility| Value::from(visibility.name())),
                ),
                ("topics", self.topics.clone().map(Value::from)),
                (
                    "issues_access_level",
                    self.issues_access_level.as_deref().map(Value::from),
                ),
                (
                    "merge_requests_access_level",
                    self.merge_requests_access_level.as_deref().map(Value::from),
                ),
                (
                    "wiki_access_level",
                    self.wiki_access_level.as_deref().map(Value::from),
                ),
                (
                    "snippets_access_level",
                    self.snippets_access_level.as_deref().map(Value::from),
                ),
                ("lfs_enabled", self.lfs_enabled.map(Value::from)),
                (
                    "request_access_enabled",
                    self.request_access_enabled.map(Value::from),
                ),
                ("merge_method", self.merge_method.as_deref().map(Value::from)),
            ]
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?))),
        );
        wanted
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

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        super::plan_new(
            ObjectKind::Project,
            &params.path(),
            &params.wanted(),
            context,
            &|_| None,
        )
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        if context.step > 0 {
            return None;
        }
        if let (Action::Update, Some(id)) = (context.action, context.present.and_then(|present| present.id)) {
            return Some(super::update(ApiPath::project(id), context.changes));
        }
        let mut body: Map<String, Value> = params
            .wanted()
            .into_iter()
            .map(|(field, value)| (field.to_owned(), value))
            .collect();
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
        Some(Call::post(ApiPath::new("projects"), Value::Object(body)))
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        super::read_result(body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let full_path = super::full_path(context.call.needs.first(), &params.path());
        settle_created::settle(ObjectKind::Project, &full_path, &params.wanted(), &context).await
    }
}
