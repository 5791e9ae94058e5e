use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::variable::{ATTRIBUTES, Named};
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, Secret, SettleContext,
    Settlement, Target, Undo, parameters,
};

/// A CI/CD variable of a project or group that is to go.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::projects, extend("x-example" = "acme/platform/web"))]
    pub project: Option<ObjectRef>,
    /// Group: full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::groups)]
    pub group: Option<ObjectRef>,
    /// Its name in jobs.
    #[schemars(length(min = 1, max = 255), extend("x-example" = "DEPLOY_TOKEN"))]
    pub key: String,
    /// The environments that it is for: `*` (all) where nothing is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["scope"], "x-example" = "production"))]
    pub environment_scope: Option<String>,
}

impl Params {
    fn named(&self) -> Named<'_> {
        Named {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
            key: &self.key,
            scope: self.environment_scope.as_deref(),
        }
    }
}

/// `delete_variable`
pub struct DeleteVariable;

#[async_trait]
impl Operation for DeleteVariable {
    type Params = Params;
    const NAME: &'static str = "delete_variable";
    const TITLE: &'static str = "Delete a CI/CD variable";
    const ITEMS: &'static str = "variables";
    const DESTRUCTIVE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, _: Timestamp, problems: &mut Vec<Problem>) {
        params.named().check(problems);
    }

    fn target(params: &Params) -> Target {
        params.named().target()
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.named().needs()
    }

    fn level(params: &Params) -> AccessLevel {
        params.named().level()
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.named().reads()
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let named = params.named();
        let Some(of) = context.object() else {
            return Planned::unchanged(None);
        };
        let present = match named.find(of, context.estate) {
            Err(forbidden) => return forbidden,
            Ok(None) => return Planned::unchanged(None),
            Ok(Some(present)) => present,
        };
        let lost = |name: &str| Change {
            field: name.to_owned(),
            from: present.attribute(name),
            to: Value::Null,
        };
        let mut changes = vec![Change {
            field: "value".to_owned(),
            from: Secret::SHOWN.into(),
            to: Value::Null,
        }];
        let attributes = ATTRIBUTES.into_iter().map(lost);
        changes.extend(attributes.filter(|change| !change.from.is_null()));
        Planned::delete(Named::result(of), changes).note(format!(
            "the value of {} is kept nowhere: nobody can bring it back",
            params.key
        ))
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let of = context.object().filter(|_| context.step == 0)?;
        Some(params.named().call(of, Call::delete))
    }

    fn result(_: &Params, context: CallContext<'_>, _: &[u8]) -> Option<ItemResult> {
        context.object().map(Named::result)
    }

    /// Gone is what was wanted, whoever did it.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        Ok(match params.named().look(context.gitlab, of).await? {
            None => Settlement::Adopted(Named::result(of)),
            Some(_) => Settlement::Absent,
        })
    }

    fn undo(params: &Params, _: CallContext<'_>) -> Undo {
        Undo::impossible(format!(
            "the value of {} is kept nowhere; set it again by hand (set_variable)",
            params.key
        ))
    }
}
