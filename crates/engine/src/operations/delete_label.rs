use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::label::{self, Place};
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext, Settlement,
    Target, Undo, parameters,
};

/// A label to be removed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Group: full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::group, extend("x-example" = "acme/platform"))]
    pub group: Option<ObjectRef>,
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::project)]
    pub project: Option<ObjectRef>,
    /// Its title.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["label", "title"], "x-example" = "priority::high"))]
    pub name: String,
}

impl Params {
    fn place(&self) -> Place<'_> {
        Place {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
            name: &self.name,
        }
    }
}

/// `delete_label`
pub struct DeleteLabel;

#[async_trait]
impl Operation for DeleteLabel {
    type Params = Params;
    const NAME: &'static str = "delete_label";
    const TITLE: &'static str = "Delete a label";
    const ITEMS: &'static str = "labels";
    const DESTRUCTIVE: bool = true;
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Reporter;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check(problems);
    }

    fn target(params: &Params) -> Target {
        params.place().target()
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.place().needs()
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.place().reads()
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let found = context
            .object()
            .and_then(|of| Some((of, label::find(context, of, &params.name)?)));
        let Some((of, row)) = found else {
            return Planned::unchanged(None);
        };
        let lost = ["color", "description", "priority"]
            .into_iter()
            .filter_map(|field| {
                let from = row.get(field).filter(|value| !value.is_null())?;
                Some(Change {
                    field: field.to_owned(),
                    from: from.clone(),
                    to: Value::Null,
                })
            });
        Planned::delete(label::result(row, Some(of)), lost.collect()).note(
            "issues and merge requests lose it; undo makes the label again, but does not put it back on them",
        )
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        (context.step == 0).then(|| Call::delete(label::one(&context, &params.name)))
    }

    fn result(_: &Params, context: CallContext<'_>, _: &[u8]) -> Option<ItemResult> {
        gone(&context)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let found = label::look_for(context.gitlab, &context.call, &params.name).await?;
        Ok(match (found, gone(&context.call)) {
            (None, Some(gone)) => Settlement::Adopted(gone),
            // Not done, or done and made again by somebody: looked at again, then removed again.
            _ => Settlement::Absent,
        })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let Some(mut reverse) = label::naming(&context, &params.name) else {
            return Undo::impossible("nobody knows any more where the label was");
        };
        let before = context
            .changes
            .iter()
            .map(|change| (change.field.clone(), change.from.clone()));
        reverse.extend(before);
        Undo::by("create_label", Value::Object(reverse))
    }
}

/// What the item was about, which is no more.
fn gone(context: &CallContext<'_>) -> Option<ItemResult> {
    context.present.cloned()
}
