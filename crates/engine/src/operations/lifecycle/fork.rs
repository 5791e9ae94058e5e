use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemError, ItemResult, LookAt, Problem, Timestamp, Visibility};
use gitlab_api::{ApiPath, names};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::copy::{last_segment, needs_a_path};
use super::seen::look;
use super::whole::{self, Standing};
use crate::operation::{
    Call, CallContext, Followed, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read,
    SettleContext, Settlement, Target, Undo, parameters,
};

/// A fork of a project.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project that is forked: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/web"))]
    pub project: ObjectRef,
    /// Group that the fork is made in: full path or number.
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["namespace_id", "namespace_path", "group", "group_id", "group_path", "target_namespace_id"],
        "x-example" = "acme/forks"
    ))]
    pub namespace: ObjectRef,
    /// Name shown to people; that of the project when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Path segment in its address; that of the project when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub path: Option<String>,
    /// What it is for; that of the project when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,
    /// Who may see it; never more open than the project or the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("x-kind" = "visibility"))]
    pub visibility: Option<Visibility>,
    /// The one branch that is copied; all of them when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branches: Option<String>,
    /// Whether merge requests of the fork go to the fork itself by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mr_default_target_self: Option<bool>,
}

impl Params {
    fn path(&self) -> &str {
        self.path
            .as_deref()
            .unwrap_or_else(|| last_segment(&self.project))
    }
}

/// `fork_project`
pub struct ForkProject;

/// The group comes first: the fork is made in it, beside its siblings.
const GROUP: usize = 0;
const ORIGIN: usize = 1;

#[async_trait]
impl Operation for ForkProject {
    type Params = Params;
    const NAME: &'static str = "fork_project";
    const TITLE: &'static str = "Fork a project";
    const ITEMS: &'static str = "projects";
    const PERMISSION: AccessLevel = AccessLevel::Developer;
    const UNDOABLE: bool = true;
    const FOLLOWS: bool = true;

    fn check(params: &Params, _: Timestamp, problems: &mut Vec<Problem>) {
        if let Some(name) = &params.name {
            problems.extend(crate::operations::broken(
                "name",
                name,
                &names::project_name(name),
            ));
        }
        if let Some(path) = &params.path {
            problems.extend(crate::operations::broken(
                "path",
                path,
                &names::project_path(path),
            ));
        }
        problems.extend(needs_a_path(&params.project, params.path.as_deref()));
    }

    fn target(params: &Params) -> Target {
        Target::New {
            kind: ObjectKind::Project,
            parent: Some(params.namespace.clone()),
            path: params.path().to_owned(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        vec![
            Need {
                kind: ObjectKind::Group,
                object: params.namespace.clone(),
                field: "namespace",
            },
            Need {
                kind: ObjectKind::Project,
                object: params.project.clone(),
                field: "project",
            },
        ]
    }

    fn reads(params: &Params) -> Vec<Read> {
        vec![
            Read::Above(ObjectKind::Project, params.project.clone()),
            Read::Above(ObjectKind::Group, params.namespace.clone()),
            Read::Level(ObjectKind::Group, params.namespace.clone()),
            Read::Fields(
                ObjectKind::Project,
                &["forked_from_project", "forking_access_level", "name"],
            ),
        ]
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let known = |need: usize| context.needs.get(need).and_then(Option::as_ref);
        let (group, origin) = (known(GROUP), known(ORIGIN));
        if let Some(group) = group {
            let place = format!("{}/{}", group.full_path, params.path());
            if let Some(present) = context.estate.at(&place) {
                let of = present
                    .fields
                    .get("forked_from_project")
                    .and_then(|of| of.get("id"));
                return match (of.and_then(Value::as_u64), origin) {
                    (Some(of), Some(origin)) if of == origin.id => Planned::unchanged(Some(present.result())),
                    _ => Planned::conflict(
                        "PATH_TAKEN",
                        format!("`{place}` is another {}; give another path", present.kind.name()),
                    ),
                };
            }
            let standing = Standing::of(group, context.estate);
            if let Some(conflict) = standing
                .is_going(group, "make a fork in")
                .or_else(|| whole::not_permitted(group, AccessLevel::Developer, "make a fork in it", context))
            {
                return conflict;
            }
            if standing.archived {
                return Planned::conflict(
                    "ARCHIVED",
                    format!("`{}` is archived: nothing can be made in it", group.full_path),
                );
            }
        }
        if let Some(origin) = origin {
            if let Some(conflict) = Standing::of(origin, context.estate).is_going(origin, "fork") {
                return conflict;
            }
            if origin.fields.get("forking_access_level").and_then(Value::as_str) == Some("disabled") {
                return Planned::conflict(
                    "FORKING_IS_OFF",
                    format!(
                        "`{}` does not let itself be forked (forking_access_level)",
                        origin.full_path
                    ),
                );
            }
        }
        let origin = origin.map_or_else(|| params.project.to_string(), |origin| origin.full_path.clone());
        let new = |field: &str, to: Value| Change {
            field: field.to_owned(),
            from: Value::Null,
            to,
        };
        let mut changes = vec![new("forked_from_project", origin.into())];
        changes.extend(params.name.as_deref().map(|name| new("name", name.into())));
        changes.extend(
            params
                .visibility
                .map(|level| new("visibility", level.name().into())),
        );
        Planned::create(changes)
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let (group, origin) = (context.needs.get(GROUP)?, context.needs.get(ORIGIN)?);
        if context.step > 0 {
            return None;
        }
        let mut body = Map::from_iter([
            ("namespace_id".to_owned(), Value::from(group.id)),
            ("path".to_owned(), params.path().into()),
        ]);
        let given = [
            ("name", params.name.as_deref().map(Value::from)),
            ("description", params.description.as_deref().map(Value::from)),
            ("visibility", params.visibility.map(|level| level.name().into())),
            ("branches", params.branches.as_deref().map(Value::from)),
            (
                "mr_default_target_self",
                params.mr_default_target_self.map(Value::from),
            ),
        ];
        body.extend(
            given
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
        Some(Call::post(ApiPath::project(origin.id).join("fork"), body))
    }

    fn result(_: &Params, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        crate::operations::read_result(body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let (Some(group), Some(origin)) = (context.call.needs.get(GROUP), context.call.needs.get(ORIGIN))
        else {
            return Ok(Settlement::Absent);
        };
        let place = format!("{}/{}", group.full_path, params.path());
        let Some(seen) = look(context.gitlab, ObjectKind::Project, place.as_str()).await? else {
            return Ok(Settlement::Absent);
        };
        let is_fork = seen
            .forked_from_project
            .as_ref()
            .is_some_and(|of| of.id == origin.id);
        let by_us = seen.creator_id.is_none_or(|creator| creator == context.user_id);
        let in_time = seen
            .created_at
            .as_deref()
            .and_then(|moment| Timestamp::parse(moment).ok())
            .is_some_and(|moment| moment >= context.intent_in_gitlabs_clock());
        if is_fork && by_us && in_time {
            return Ok(Settlement::Adopted(seen.result()));
        }
        let look_at = LookAt {
            url: seen.web_url.clone(),
            message: format!(
                "GitLab's answer was lost and `{place}` exists now, but it is not certain that this job has made it. \
                 If it is as you want it, settle the item as succeeded."
            ),
        };
        Ok(Settlement::Undecided {
            present: seen.result(),
            look_at,
        })
    }

    /// The repository is copied after the answer (GitLab API facts §7.2.5).
    async fn follow(_: &Params, context: SettleContext<'_>) -> Result<Followed, GitlabError> {
        let Some(id) = context.call.present.and_then(|fork| fork.id) else {
            return Ok(Followed::Done(None));
        };
        let failed = |message: String| {
            Ok(Followed::Failed(ItemError {
                code: "FORK_FAILED".into(),
                message,
                gitlab_status: None,
                details: None,
            }))
        };
        let Some(seen) = look(context.gitlab, ObjectKind::Project, id).await? else {
            return failed("the fork is gone again".into());
        };
        match seen.import_status.as_deref() {
            Some("scheduled" | "started") => Ok(Followed::Pending),
            Some(status @ ("failed" | "canceled")) => {
                let why = seen.import_error.as_deref().unwrap_or("GitLab does not say why");
                failed(format!(
                    "GitLab could not copy the repository to `{}` ({status}: {why}); delete that project before you \
                     try again",
                    seen.full_path
                ))
            }
            _ => Ok(Followed::Done(Some(seen.result()))),
        }
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        match context.present.and_then(|fork| fork.id) {
            Some(id) => Undo::by("delete_project", json!({ "project": id })),
            None => Undo::Nothing,
        }
    }
}
