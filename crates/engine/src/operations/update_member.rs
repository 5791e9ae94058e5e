use async_trait::async_trait;
use domain::{AccessLevel, Action, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::membership::{
    self, EXPIRES, LEVEL, Named, Present, before, check_day, check_level, invitations_of, members_of,
};
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext, Settlement,
    Target, Undo, Who, parameters,
};

/// Another level or end of a direct membership, or of an open invitation.
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
    /// What the member may do from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "Option<String>",
        transform = parameters::access_level,
        extend("x-example" = "maintainer")
    )]
    pub access_level: Option<AccessLevel>,
    /// Day on which the membership ends, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::expiry)]
    pub expires_at: Option<String>,
    /// Whether the membership is to end on no day at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_expires: Option<bool>,
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

    fn wanted(&self) -> Vec<(&'static str, Value)> {
        let level = self.access_level.map(|level| (LEVEL, Value::from(level.name())));
        let end = match &self.expires_at {
            Some(day) => Some((EXPIRES, Value::from(day.as_str()))),
            None => (self.never_expires == Some(true)).then_some((EXPIRES, Value::Null)),
        };
        level.into_iter().chain(end).collect()
    }
}

/// What puts an updated membership back as it was.
pub(super) fn back(named: &Named<'_>, context: &CallContext<'_>) -> Undo {
    let mut params = named.again(context);
    if let Some(level) = before(context.changes, LEVEL).filter(|level| !level.is_null()) {
        params.insert(LEVEL.into(), level.clone());
    }
    match before(context.changes, EXPIRES) {
        Some(Value::Null) => {
            params.insert("never_expires".into(), true.into());
        }
        Some(day) => {
            params.insert(EXPIRES.into(), day.clone());
        }
        None => {}
    }
    Undo::by("update_member", params.into())
}

/// `update_member`
pub struct UpdateMember;

#[async_trait]
impl Operation for UpdateMember {
    type Params = Params;
    const NAME: &'static str = "update_member";
    const TITLE: &'static str = "Change a member's level or end";
    const ITEMS: &'static str = "members";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;

    fn check(params: &Params, today: Timestamp, problems: &mut Vec<Problem>) {
        let named = params.named();
        named.check(problems);
        check_level(params.access_level, &named, problems);
        check_day(params.expires_at.as_ref(), today, problems);
        if params.expires_at.is_some() && params.never_expires == Some(true) {
            problems.push(
                Problem::new("the membership cannot end on a day and never")
                    .column("never_expires")
                    .value("true")
                    .allowed("nothing where there is an expires_at"),
            );
        }
        if params.wanted().is_empty() {
            problems.push(
                Problem::new("there is nothing to change: give a level or an end")
                    .column(LEVEL)
                    .allowed(AccessLevel::ALLOWED),
            );
        }
    }

    fn target(params: &Params) -> Target {
        params.named().target()
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.named().needs()
    }

    fn level(params: &Params) -> AccessLevel {
        params.named().level(params.access_level)
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.named().reads(params.access_level)
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let named = params.named();
        let who = named.who();
        let Some(of) = context.object() else {
            return no_member(&who, &named.place().1.to_string());
        };
        let Some(present) = Present::find(of, &who, context.estate) else {
            return match context.estate.inherited(&of.full_path, &who) {
                Some((member, group)) => {
                    only_inherited(member.access_level, &who, of.full_path.as_str(), group)
                }
                None if context.estate.is_nobody(&who) && !matches!(who, Who::Email(_)) => {
                    membership::nobody(&who)
                }
                None => no_member(&who, &of.full_path),
            };
        };
        let planned = Planned::update(present.result(of), present.differences(params.wanted()));
        if planned.action != Action::Update {
            return planned;
        }
        membership::above_own(of, present.level, context)
            .or_else(|| membership::obstacle(&named, params.access_level?, context))
            .or_else(|| membership::kept_by_ldap(of, &present, &who))
            .unwrap_or_else(|| {
                let level = present.level.map(AccessLevel::number);
                membership::note_ldap(planned, of, &present).remember(serde_json::json!({ LEVEL: level }))
            })
    }

    /// GitLab wants the level in every update, and keeps the end that it is not told.
    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let of = context.object().filter(|_| context.step == 0)?;
        let mut body = Map::new();
        let level = match params.access_level {
            Some(level) => level.number().into(),
            None => context.remembered?.get(LEVEL)?.clone(),
        };
        body.insert(LEVEL.into(), level);
        if let Some((_, end)) = params.wanted().into_iter().find(|(field, _)| *field == EXPIRES) {
            body.insert(EXPIRES.into(), end);
        }
        let path = match (context.present?.id, params.named().who()) {
            (Some(user), _) => members_of(of).object(user),
            (None, Who::Email(address)) => invitations_of(of).segment(&address),
            (None, _) => return None,
        };
        Some(Call::put(path, Value::Object(body)))
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        serde_json::from_slice::<serde::de::IgnoredAny>(body).ok()?;
        context.present.cloned()
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let who = params.named().who();
        membership::settle(context.gitlab, &context.call, &who, params.wanted()).await
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        back(&params.named(), &context)
    }
}

fn no_member(who: &Who, place: &str) -> Planned {
    Planned::conflict(
        "NOT_A_MEMBER",
        format!("{who} is no member of `{place}`; add the membership instead (add_member)"),
    )
}

fn only_inherited(level: Option<AccessLevel>, who: &Who, place: &str, group: &str) -> Planned {
    let level = level.map_or("member", AccessLevel::name);
    Planned::conflict(
        "INHERITED_MEMBER",
        format!(
            "{who} is {level} of `{place}` only by way of `{group}`; change it there, or add a direct membership (add_member)"
        ),
    )
}
