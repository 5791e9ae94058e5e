use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::membership::{
    self, EXPIRES, LEVEL, LdapRefuses, Named, Present, before, invitations_of, members_of,
};
use crate::estate::is_bot_name;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext,
    Settlement, Target, Undo, Who, parameters,
};

/// A direct membership, or an open invitation, that is to end.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// User name or e-mail address; or give the user's number instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::usernames, extend("x-example" = "dev-0001"))]
    pub username: Option<String>,
    /// GitLab's number of the user, instead of the user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::user_ids)]
    pub user_id: Option<u64>,
    /// E-mail address of a user or of an open invitation, where there is neither user name nor number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::emails)]
    pub email: Option<String>,
    /// Group: full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        transform = parameters::groups,
        extend("x-aliases" = ["namespace", "namespace_id"], "x-example" = "acme/platform")
    )]
    pub group: Option<ObjectRef>,
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::projects)]
    pub project: Option<ObjectRef>,
    /// Whether to leave direct memberships in the subgroups and projects below alone; else they end as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_subresources: Option<bool>,
    /// Whether to take the member off the issues and merge requests there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unassign_issuables: Option<bool>,
    /// Whether bots of access tokens and service accounts may be removed, too: what uses them stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_bots: Option<bool>,
}

impl Params {
    fn named(&self) -> Named<'_> {
        Named {
            username: self.username.as_ref(),
            user_id: self.user_id,
            email: self.email.as_ref(),
            group: self.group.as_ref(),
            project: self.project.as_ref(),
        }
    }
}

/// `remove_member`
pub struct RemoveMember;

#[async_trait]
impl Operation for RemoveMember {
    type Params = Params;
    const NAME: &'static str = "remove_member";
    const TITLE: &'static str = "Remove a member";
    const ITEMS: &'static str = "members";
    const DESTRUCTIVE: bool = true;
    const CONFIRM_FROM: Option<u32> = Some(10);
    const UNDOABLE: bool = true;
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
        params.named().level(None)
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.named().reads(None)
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let who = params.named().who();
        let Some(of) = context.object() else {
            return Planned::unchanged(None);
        };
        let Some(present) = Present::find(of, &who, context.estate) else {
            let unchanged = Planned::unchanged(None);
            return match context.estate.inherited(&of.full_path, &who) {
                Some((_, group)) => unchanged.note(format!(
                    "{who} has no direct membership of `{}`, and keeps access by way of `{group}`",
                    of.full_path
                )),
                None => unchanged,
            };
        };
        if let Some((_, username)) = present.user.as_ref().filter(|(_, name)| is_bot_name(name))
            && params.include_bots != Some(true)
        {
            return Planned::conflict(
                "PROTECTED_BOT",
                format!(
                    "{username} is the bot of an access token or a service account; revoke the token instead, or set include_bots"
                ),
            );
        }
        if let Some(obstacle) = membership::above_own(of, present.level, context) {
            return obstacle;
        }
        let user = present.user.as_ref().map(|(id, _)| *id);
        if user.is_some()
            && user != context.me.user_id
            && let Some(refused) = membership::ldap_lets_nobody(LdapRefuses::Removing, of, &who)
        {
            return refused;
        }
        let lost = |field: &str| Change {
            field: field.to_owned(),
            from: present.value(field),
            to: Value::Null,
        };
        let changes = [LEVEL, EXPIRES].map(lost).into_iter();
        let changes = changes.filter(|change| !change.from.is_null()).collect();
        let mut planned = Planned::delete(present.result(of), changes);
        if user.is_some() && user == context.me.user_id {
            planned = planned.note(format!("this is your own membership of `{}`", of.full_path));
        }
        if user.is_some() && of.kind == ObjectKind::Group && params.skip_subresources != Some(true) {
            planned = planned.note(format!(
                "direct memberships below `{}` end as well, and undo does not bring those back",
                of.full_path
            ));
        }
        planned
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let of = context.object().filter(|_| context.step == 0)?;
        let path = match (context.present?.id, params.named().who()) {
            (Some(user), _) => members_of(of).object(user),
            (None, Who::Email(address)) => {
                return Some(Call::delete(invitations_of(of).segment(&address)));
            }
            (None, _) => return None,
        };
        let mut call = Call::delete(path);
        for (name, given) in [
            ("skip_subresources", params.skip_subresources),
            ("unassign_issuables", params.unassign_issuables),
        ] {
            if given == Some(true) {
                call = call.query(name, "true");
            }
        }
        Some(call)
    }

    fn result(_: &Params, context: CallContext<'_>, _: &[u8]) -> Option<ItemResult> {
        context.present.cloned()
    }

    /// Gone is what was wanted, whoever did it.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let call = &context.call;
        let (Some(of), Some(present)) = (call.object(), call.present) else {
            return Ok(Settlement::Absent);
        };
        let who = params.named().who();
        let found = membership::look(context.gitlab, of, &who, present.id).await?;
        Ok(match found {
            None => Settlement::Adopted(present.clone()),
            Some(_) => Settlement::Absent,
        })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let Some(level) = before(context.changes, LEVEL) else {
            return Undo::impossible("GitLab did not say which level the member had");
        };
        let mut again = params.named().again(&context);
        again.insert(LEVEL.into(), level.clone());
        if let Some(day) = before(context.changes, EXPIRES) {
            again.insert(EXPIRES.into(), day.clone());
        }
        Undo::by("add_member", again.into())
    }
}
