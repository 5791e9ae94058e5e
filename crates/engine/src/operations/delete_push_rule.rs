use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_api::Tier;
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::place::{self, Decided, Place};
use super::push_rules::{self, PUSH_RULE};
use crate::estate::Rows;
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext, Settlement,
    Target, Undo, parameters,
};

/// A push rule to be taken away, with all that it says.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::project, extend("x-example" = "acme/platform/api"))]
    pub project: Option<ObjectRef>,
    /// Group: full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::group)]
    pub group: Option<ObjectRef>,
}

impl Params {
    fn place(&self) -> Place<'_> {
        Place {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
        }
    }
}

/// `delete_push_rule`
pub struct DeletePushRule;

#[async_trait]
impl Operation for DeletePushRule {
    type Params = Params;
    const NAME: &'static str = "delete_push_rule";
    const TITLE: &'static str = "Delete push rules";
    const ITEMS: &'static str = "deleted_push_rules";
    const DESTRUCTIVE: bool = true;
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const TIER: Tier = Tier::Premium;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check("a push rule", problems);
    }

    fn target(params: &Params) -> Target {
        let (kind, of) = params.place().object();
        Target::Part {
            kind,
            of,
            what: "push rule",
            name: "push_rule".into(),
            field: kind.name(),
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.place().need()
    }

    fn reads(params: &Params) -> Vec<Read> {
        let (kind, of) = params.place().object();
        vec![Read::Rows(kind, of, &PUSH_RULE)]
    }

    fn plan(_: &Params, context: &PlanContext<'_>) -> Planned {
        let Some(of) = context.object() else {
            return Planned::conflict("NOT_YET_THERE", "what this job makes itself has no push rule yet");
        };
        let rows = context.estate.rows(of, &PUSH_RULE);
        if rows == Some(&Rows::Forbidden) {
            return place::forbidden(of, "push rule");
        }
        let Some(rule) = push_rules::present(rows) else {
            return Planned::unchanged(None).note("There is no push rule.");
        };
        let before = push_rules::as_params(rule);
        let said = |value: &&Value| !matches!(value, Value::Bool(false)) && **value != "" && **value != 0;
        let lost = before
            .iter()
            .filter(|(_, value)| said(value))
            .map(|(field, from)| Change {
                field: field.clone(),
                from: from.clone(),
                to: Value::Null,
            });
        let lost = lost.collect();
        let decided = Decided {
            before,
            ..Decided::default()
        };
        let present = place::result(of, push_rules::number(rule), "repository");
        Planned::delete(present, lost).remember(decided.into_value())
    }

    fn call(_: &Params, context: CallContext<'_>) -> Option<Call> {
        (context.step == 0).then(|| Call::delete(push_rules::path(context.object())))
    }

    fn done_if_refused(_: &Params, _: CallContext<'_>, status: u16) -> bool {
        status == 404
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        push_rules::read_result(context, body)
    }

    async fn settle(_: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        Ok(match push_rules::look(context.gitlab, Some(of)).await? {
            Some(_) => Settlement::Absent,
            None => Settlement::Adopted(place::result(of, None, "repository")),
        })
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        let Some(of) = context.object() else {
            return Undo::Nothing;
        };
        let before = Decided::of(context.remembered).before;
        let mut reverse = place::param(of);
        reverse.extend(before);
        Undo::by("set_push_rule", reverse.into())
    }
}
