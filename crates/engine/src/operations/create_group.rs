use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{AccessLevel, Action, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::ApiPath;
use gitlab_api::names::{self, Place};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::settle_created;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, SettleContext,
    Settlement, Target,
};

/// A group to be made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Name shown to people.
    #[schemars(length(min = 1, max = 255), extend("x-example" = "Platform"))]
    pub name: String,
    /// Path segment in its address.
    #[schemars(length(min = 2, max = 255), extend("x-example" = "platform"))]
    pub path: String,
    /// Group that it is made in: full path or number; nothing for a top-level group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["parent_id", "parent_path"],
        "x-example" = "acme"
    ))]
    pub parent: Option<ObjectRef>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500), extend("x-example" = "Shared services"))]
    pub description: Option<String>,
    /// Who may see it; never more open than its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("x-kind" = "visibility", "x-example" = "private"))]
    pub visibility: Option<Visibility>,
    /// Whether people may ask for access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_access_enabled: Option<bool>,
    /// Whether Git LFS is on for its projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfs_enabled: Option<bool>,
    /// Who may make projects in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "choice",
        "x-choices" = ["noone", "owner", "maintainer", "developer", "administrator"]
    ))]
    pub project_creation_level: Option<String>,
    /// Who may make subgroups in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "choice", "x-choices" = ["owner", "maintainer"]))]
    pub subgroup_creation_level: Option<String>,
    /// Name of the branch that new projects begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub default_branch: Option<String>,
}

impl Params {
    /// The values that GitLab is to hold, under its own names; without identity.
    fn wanted(&self) -> BTreeMap<&'static str, Value> {
        let mut wanted = BTreeMap::from([("name", Value::from(self.name.as_str()))]);
        wanted.extend(
            [
                ("description", self.description.as_deref().map(Value::from)),
                (
                    "visibility",
                    self.visibility.map(|visibility| Value::from(visibility.name())),
                ),
                (
                    "request_access_enabled",
                    self.request_access_enabled.map(Value::from),
                ),
                ("lfs_enabled", self.lfs_enabled.map(Value::from)),
                (
                    "project_creation_level",
                    self.project_creation_level.as_deref().map(Value::from),
                ),
                (
                    "subgroup_creation_level",
                    self.subgroup_creation_level.as_deref().map(Value::from),
                ),
                ("default_branch", self.default_branch.as_deref().map(Value::from)),
            ]
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?))),
        );
        wanted
    }
}

/// `create_group`
pub struct CreateGroup;

#[async_trait]
impl Operation for CreateGroup {
    type Params = Params;
    const NAME: &'static str = "create_group";
    const TITLE: &'static str = "Create a group";
    const ITEMS: &'static str = "groups";
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        let place = if params.parent.is_some() {
            Place::BelowAGroup
        } else {
            Place::TopLevel
        };
        problems.extend(super::broken(
            "name",
            &params.name,
            &names::group_name(&params.name),
        ));
        problems.extend(super::broken(
            "path",
            &params.path,
            &names::group_path(&params.path, place),
        ));
        if let Some(text) = &params.description {
            problems.extend(super::broken(
                "description",
                text,
                &names::group_description(text),
            ));
        }
    }

    fn target(params: &Params) -> Target {
        Target::New {
            kind: ObjectKind::Group,
            parent: params.parent.clone(),
            path: params.path.clone(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        let need = |object: &ObjectRef| Need {
            kind: ObjectKind::Group,
            object: object.clone(),
            field: "parent",
        };
        params.parent.iter().map(need).collect()
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        super::plan_new(
            ObjectKind::Group,
            &params.path,
            &params.wanted(),
            context,
            &|parent| {
                // GitLab refuses a group that is more open than its parent (API facts §6.4).
                let wanted = params.visibility?;
                let allowed: Visibility = parent.fields.get("visibility")?.as_str()?.parse().ok()?;
                (wanted > allowed).then(|| {
                Planned::conflict(
                    "VISIBILITY_ABOVE_PARENT",
                    format!(
                        "visibility {wanted} is not possible: `{}` is {allowed}; use {allowed} or a more closed one",
                        parent.full_path
                    ),
                )
            })
            },
        )
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        if context.step > 0 {
            return None;
        }
        let wanted = params.wanted();
        if let (Action::Update, Some(id)) = (context.action, context.present.and_then(|present| present.id)) {
            return Some(super::update(ApiPath::group(id), context.changes));
        }
        let mut body: Map<String, Value> = wanted
            .into_iter()
            .map(|(field, value)| (field.to_owned(), value))
            .collect();
        body.insert("path".into(), params.path.clone().into());
        if let Some(parent) = context.needs.first() {
            body.insert("parent_id".into(), parent.id.into());
        }
        Some(Call::post(ApiPath::new("groups"), Value::Object(body)))
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        super::read_result(body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let full_path = super::full_path(context.call.needs.first(), &params.path);
        settle_created::settle(ObjectKind::Group, &full_path, &params.wanted(), &context).await
    }
}
