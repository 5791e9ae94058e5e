use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::membership::{
    self, EXPIRES, LEVEL, LdapRefuses, Named, Present, check_day, check_level, invitations_of, members_of,
    remembered_user,
};
use super::update_member;
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, Section, SectionRows,
    SettleContext, Settlement, Target, Undo, Who, parameters,
};

/// A direct membership of a user in a group or project, or an invitation to one.
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
    /// E-mail address, where there is neither user name nor number: a user who has it becomes a member, anybody
    /// else is invited.
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
    /// What the user may do there.
    #[schemars(with = "String", transform = parameters::access_level, extend("x-example" = "developer"))]
    pub access_level: AccessLevel,
    /// Day on which the membership ends, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::expiry, extend("x-example" = "2031-12-31"))]
    pub expires_at: Option<String>,
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
        let level = (LEVEL, Value::from(self.access_level.name()));
        let end = self.expires_at.as_deref().map(|day| (EXPIRES, Value::from(day)));
        std::iter::once(level).chain(end).collect()
    }

    fn body(&self) -> Map<String, Value> {
        let level = (LEVEL.to_owned(), Value::from(self.access_level.number()));
        let end = self
            .expires_at
            .as_deref()
            .map(|day| (EXPIRES.to_owned(), Value::from(day)));
        std::iter::once(level).chain(end).collect()
    }
}

/// A member as a manifest lists one.
fn entry(row: &Map<String, Value>) -> Option<Map<String, Value>> {
    let level = AccessLevel::from_number(row.get("access_level")?.as_u64()?)?;
    let mut entry = Map::from_iter([
        ("username".to_owned(), row.get("username")?.clone()),
        ("access_level".to_owned(), level.name().into()),
    ]);
    if let Some(day @ Value::String(_)) = row.get("expires_at") {
        entry.insert("expires_at".to_owned(), day.clone());
    }
    Some(entry)
}

/// `add_member`
pub struct AddMember;

#[async_trait]
impl Operation for AddMember {
    type Params = Params;
    const NAME: &'static str = "add_member";
    const TITLE: &'static str = "Add a member";
    const ITEMS: &'static str = "members";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const SECTION: Option<Section> =
        Some(Section::list("members", SectionRows::Members, entry).removed_by("remove_member"));

    fn check(params: &Params, today: Timestamp, problems: &mut Vec<Problem>) {
        let named = params.named();
        named.check(problems);
        check_level(Some(params.access_level), &named, problems);
        check_day(params.expires_at.as_ref(), today, problems);
    }

    fn target(params: &Params) -> Target {
        params.named().target()
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.named().needs()
    }

    fn level(params: &Params) -> AccessLevel {
        params.named().level(Some(params.access_level))
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.named().reads_to_join(params.access_level)
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let named = params.named();
        let who = named.who();
        let present = context
            .object()
            .and_then(|of| Some((of, Present::find(of, &who, context.estate)?)));
        if let Some((of, present)) = present {
            let changes = present.differences(params.wanted());
            let what = format!("{who} in `{}`", of.full_path);
            let planned = Planned::existing(context.options, present.result(of), changes, &what);
            if planned.action != Action::Update {
                return planned;
            }
            return membership::above_own(of, present.level, context)
                .or_else(|| membership::obstacle(&named, params.access_level, context))
                .or_else(|| membership::kept_by_ldap(of, &present, &who))
                .unwrap_or_else(|| membership::note_ldap(planned, of, &present));
        }
        if let Some(obstacle) = membership::not_addable(&who, context.estate)
            .or_else(|| membership::obstacle(&named, params.access_level, context))
            .or_else(|| membership::locked(&named, context))
            .or_else(|| membership::ldap_lets_nobody(LdapRefuses::Adding, context.object()?, &who))
        {
            return obstacle;
        }
        let new = |(field, to): (&str, Value)| Change {
            field: field.into(),
            from: Value::Null,
            to,
        };
        let planned = Planned::create(params.wanted().into_iter().map(new).collect());
        match (&who, context.estate.user(&who)) {
            (Who::Email(address), None) => planned.note(format!(
                "GitLab knows nobody with the address {address}, or does not tell: unless somebody has it, an invitation is sent"
            )),
            (Who::Email(address), Some(user)) => planned
                .note(format!("{address} is the user {}", user.username))
                .remember(json!({ "user": user.id })),
            _ => planned,
        }
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let of = context.object().filter(|_| context.step == 0)?;
        let mut body = params.body();
        let who = params.named().who();
        if context.action == Action::Update {
            return match (context.present.and_then(|present| present.id), who) {
                (Some(user), _) => Some(Call::put(members_of(of).object(user), Value::Object(body))),
                (None, Who::Email(address)) => Some(Call::put(
                    invitations_of(of).segment(&address),
                    Value::Object(body),
                )),
                (None, _) => None,
            };
        }
        let path = match who {
            Who::Username(name) => {
                body.insert("username".into(), name.into());
                members_of(of)
            }
            Who::Id(id) => {
                body.insert("user_id".into(), id.into());
                members_of(of)
            }
            Who::Email(address) => {
                body.insert("email".into(), address.into());
                invitations_of(of)
            }
        };
        Some(Call::post(path, Value::Object(body)))
    }

    fn result(params: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        #[derive(Deserialize)]
        struct Answer {
            id: u64,
            web_url: Option<String>,
        }
        let full_path = context.object().map(|of| of.full_path.clone());
        if matches!(params.named().who(), Who::Email(_)) {
            serde_json::from_slice::<serde::de::IgnoredAny>(body).ok()?;
            let member = context.present.and_then(|present| present.id);
            return Some(ItemResult {
                id: member.or_else(|| remembered_user(&context)),
                full_path,
                web_url: None,
            });
        }
        let answer: Answer = serde_json::from_slice(body).ok()?;
        if context.action == Action::Update {
            return context.present.cloned();
        }
        Some(ItemResult {
            id: Some(answer.id),
            full_path,
            web_url: answer.web_url,
        })
    }

    /// An invitation that is refused is answered with 201 all the same (GitLab API facts §7.4).
    fn refused(body: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Outcome {
            status: String,
            message: Option<Value>,
        }
        let outcome: Outcome = serde_json::from_slice(body).ok()?;
        (outcome.status == "error").then(|| match outcome.message {
            Some(Value::Object(by_address)) => {
                let texts = by_address
                    .into_iter()
                    .map(|(address, text)| format!("{address}: {}", text.as_str().unwrap_or_default()));
                texts.collect::<Vec<_>>().join("; ")
            }
            Some(Value::String(text)) => text,
            _ => "the invitation was refused without a reason".to_owned(),
        })
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let who = params.named().who();
        membership::settle(context.gitlab, &context.call, &who, params.wanted()).await
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let named = params.named();
        match context.action {
            Action::Create => Undo::by("remove_member", named.again(&context).into()),
            Action::Update => update_member::back(&named, &context),
            _ => Undo::Nothing,
        }
    }
}
