use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_api::Tier;
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approval_rules::{self, RULES};
use super::place::{self, Decided};
use crate::estate::Rows;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo, parameters,
};

/// An approval rule to be taken away. GitLab's own rules (reports, code owners) are never touched.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/platform/api"))]
    pub project: ObjectRef,
    /// Name of the rule.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["rule", "rule_name"], "x-example" = "Security"))]
    pub name: String,
}

/// `delete_approval_rule`
pub struct DeleteApprovalRule;

#[async_trait]
impl Operation for DeleteApprovalRule {
    type Params = Params;
    const NAME: &'static str = "delete_approval_rule";
    const TITLE: &'static str = "Delete an approval rule";
    const ITEMS: &'static str = "deleted_approval_rules";
    const DESTRUCTIVE: bool = true;
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const TIER: Tier = Tier::Premium;

    fn check(_: &Params, _today: Timestamp, _: &mut Vec<Problem>) {}

    fn target(params: &Params) -> Target {
        Target::Part {
            kind: ObjectKind::Project,
            of: params.project.clone(),
            what: "approval rule",
            name: params.name.clone(),
            field: "name",
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
        vec![Read::Rows(ObjectKind::Project, params.project.clone(), &RULES)]
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let Some(of) = context.object() else {
            return Planned::conflict(
                "NOT_YET_THERE",
                "what this job makes itself has no approval rules yet",
            );
        };
        let rows = context.estate.rows(of, &RULES);
        if rows == Some(&Rows::Forbidden) {
            return place::forbidden(of, "approval rules");
        }
        let rules = rows.map_or(&[][..], Rows::list);
        let Some(rule) = approval_rules::find(rules, &params.name, false) else {
            return Planned::unchanged(None).note(format!("There is no rule `{}`.", params.name));
        };
        if let Some(conflict) = approval_rules::system(rule, of) {
            return conflict;
        }
        let before = approval_rules::as_params(rule);
        let lost = before
            .iter()
            .filter(|(field, _)| *field != "name")
            .map(|(field, from)| Change {
                field: field.clone(),
                from: shown(rule, field).unwrap_or_else(|| from.clone()),
                to: Value::Null,
            });
        let lost = lost.collect();
        let decided = Decided {
            before,
            ..Decided::default()
        };
        let present = place::result(of, approval_rules::number(rule), "merge_requests");
        Planned::delete(present, lost).remember(decided.into_value())
    }

    fn call(_: &Params, context: CallContext<'_>) -> Option<Call> {
        let rule = context.present.and_then(|present| present.id);
        let rules = approval_rules::path(context.object());
        rule.filter(|_| context.step == 0)
            .map(|rule| Call::delete(rules.object(rule)))
    }

    fn done_if_refused(_: &Params, _: CallContext<'_>, status: u16) -> bool {
        status == 404
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        approval_rules::read_result(context, body)
    }

    async fn settle(_: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let rule = context.call.present.and_then(|present| present.id);
        let rules = approval_rules::look(context.gitlab, of).await?;
        Ok(
            if rules.iter().any(|other| approval_rules::number(other) == rule) {
                Settlement::Absent
            } else {
                Settlement::Adopted(place::result(of, None, "merge_requests"))
            },
        )
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        let Some(of) = context.object() else {
            return Undo::Nothing;
        };
        let mut reverse = place::param(of);
        reverse.extend(Decided::of(context.remembered).before);
        Undo::by("set_approval_rule", reverse.into())
    }
}

/// Users and groups by their names instead of their numbers.
fn shown(rule: &serde_json::Map<String, Value>, field: &str) -> Option<Value> {
    matches!(field, "users" | "groups").then(|| {
        approval_rules::names(rule, field)
            .into_iter()
            .map(|(_, name)| Value::from(name))
            .collect()
    })
}
