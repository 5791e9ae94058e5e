use async_trait::async_trait;
use domain::{AccessLevel, ItemResult, Problem, Timestamp};
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::place::{self, Decided, Place};
use super::protect_branch::{self, BRANCHES};
use crate::estate::Rows;
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext, Settlement,
    Target, Undo, parameters,
};

/// A protection to be taken away. The branch itself stays.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::project, extend("x-example" = "acme/platform/api"))]
    pub project: Option<ObjectRef>,
    /// Top-level group (Premium): full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::group)]
    pub group: Option<ObjectRef>,
    /// Branch or wildcard, as it is protected.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["branch", "branch_name"], "x-example" = "main"))]
    pub name: String,
}

impl Params {
    fn place(&self) -> Place<'_> {
        Place {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
        }
    }
}

/// `unprotect_branch`
pub struct UnprotectBranch;

#[async_trait]
impl Operation for UnprotectBranch {
    type Params = Params;
    const NAME: &'static str = "unprotect_branch";
    const TITLE: &'static str = "Unprotect a branch";
    const ITEMS: &'static str = "unprotected_branches";
    const DESTRUCTIVE: bool = true;
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check("a protected branch", problems);
    }

    fn target(params: &Params) -> Target {
        let (kind, of) = params.place().object();
        Target::Part {
            kind,
            of,
            what: "protected branch",
            name: params.name.clone(),
            field: "name",
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.place().need()
    }

    fn reads(params: &Params) -> Vec<Read> {
        let (kind, of) = params.place().object();
        vec![Read::Rows(kind, of, &BRANCHES)]
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let Some(of) = context.object() else {
            return Planned::conflict(
                "NOT_YET_THERE",
                "what this job makes itself has no protection to take away yet",
            );
        };
        let none = Rows::Missing;
        let rows = context.estate.rows(of, &BRANCHES).unwrap_or(&none);
        if *rows == Rows::Forbidden {
            return place::forbidden(of, "protected branches");
        }
        let Some(branch) = protect_branch::branch(rows, &params.name) else {
            return Planned::unchanged(None).note(format!("`{}` is not protected.", params.name));
        };
        if params.project.is_some() && protect_branch::inherited(branch) {
            return Planned::conflict(
                "INHERITED",
                format!(
                    "the protection of `{}` comes from a group of `{}` and is taken away there",
                    params.name, of.full_path
                ),
            );
        }
        let before = protect_branch::as_params(branch);
        let lost = protect_branch::lost(branch);
        let id = branch.get("id").and_then(Value::as_u64);
        let decided = Decided {
            before,
            ..Decided::default()
        };
        Planned::delete(place::result(of, id, "repository"), lost).remember(decided.into_value())
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let branches = context
            .object()
            .map_or_else(|| ApiPath::new("projects"), protect_branch::path);
        (context.step == 0).then(|| Call::delete(branches.segment(&params.name)))
    }

    fn done_if_refused(_: &Params, _: CallContext<'_>, status: u16) -> bool {
        status == 404
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        protect_branch::read_result(context, body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let path = protect_branch::path(of).segment(&params.name);
        let found: Option<Map<String, Value>> = context
            .gitlab
            .find(&path, &[] as &[(&str, &str)], Lane::Jobs)
            .await?;
        Ok(match found {
            Some(_) => Settlement::Absent,
            None => Settlement::Adopted(place::result(of, None, "repository")),
        })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let Some(of) = context.object() else {
            return Undo::Nothing;
        };
        let mut reverse = place::param(of);
        reverse.insert("name".into(), params.name.as_str().into());
        reverse.extend(Decided::of(context.remembered).before);
        Undo::by("protect_branch", reverse.into())
    }
}
