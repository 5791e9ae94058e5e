use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_api::Tier;
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::place::{self, Decided, Place, Verb};
use super::push_rules::{self, FIELDS, PUSH_RULE};
use crate::estate::{Rows, same};
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, Section, SectionRows,
    SettleContext, Settlement, Target, Undo, parameters,
};

/// What pushes to a project, or to the new projects of a group, have to keep to. What is left out stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::project, extend("x-example" = "acme/platform/api"))]
    pub project: Option<ObjectRef>,
    /// Group: full path or number; its new projects begin with this rule. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::group)]
    pub group: Option<ObjectRef>,
    /// Whether tags cannot be deleted by pushing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny_delete_tag: Option<bool>,
    /// Whether commits have to be by users of this GitLab.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_check: Option<bool>,
    /// Whether files that look like secrets are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-example" = true))]
    pub prevent_secrets: Option<bool>,
    /// Pattern (RE2) that commit messages have to match; an empty text in JSON or YAML takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 511), extend("x-example" = "^[A-Z]+-[0-9]+"))]
    pub commit_message_regex: Option<String>,
    /// Pattern that commit messages must not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 511))]
    pub commit_message_negative_regex: Option<String>,
    /// Pattern that names of branches have to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 511))]
    pub branch_name_regex: Option<String>,
    /// Pattern that e-mail addresses of authors have to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 511))]
    pub author_email_regex: Option<String>,
    /// Pattern of names of files that are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 511), extend("x-aliases" = ["denied_file_names"]))]
    pub file_name_regex: Option<String>,
    /// Most megabytes of a file; 0 is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-example" = 50))]
    pub max_file_size: Option<u64>,
    /// Whether committers may push only commits with an e-mail address of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_committer_check: Option<bool>,
    /// Whether the name of the committer has to be the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_committer_name_check: Option<bool>,
    /// Whether commits have to be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_unsigned_commits: Option<bool>,
    /// Whether commits have to carry a certificate of origin (`Signed-off-by`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_non_dco_commits: Option<bool>,
}

impl Params {
    fn place(&self) -> Place<'_> {
        Place {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
        }
    }

    /// What is said, under GitLab's names.
    fn wanted(&self) -> Map<String, Value> {
        let mut all = match serde_json::to_value(self) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        };
        all.retain(|field, _| FIELDS.contains(&field.as_str()));
        all
    }
}

/// What a wanted value differs from; nothing said is no, an empty pattern or no limit.
fn differs(from: &Value, to: &Value) -> bool {
    let nothing =
        |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || *value == 0 || *value == "";
    !(same(from, to) || (nothing(from) && nothing(to)))
}

fn changes(wanted: Map<String, Value>, present: Option<&Map<String, Value>>) -> Vec<Change> {
    let from = |field: &str| present.and_then(|rule| rule.get(field)).cloned();
    wanted
        .into_iter()
        .map(|(field, to)| Change {
            from: from(&field).unwrap_or(Value::Null),
            field,
            to,
        })
        .filter(|change| present.is_none() || differs(&change.from, &change.to))
        .collect()
}

/// `set_push_rule`
pub struct SetPushRule;

#[async_trait]
impl Operation for SetPushRule {
    type Params = Params;
    const NAME: &'static str = "set_push_rule";
    const TITLE: &'static str = "Set push rules";
    const ITEMS: &'static str = "push_rules";
    const SECTION: Option<Section> = Some(
        Section::list("pushRules", SectionRows::Of(&PUSH_RULE), push_rules::entry)
            .single()
            .removed_by("delete_push_rule"),
    );
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const TIER: Tier = Tier::Premium;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check("a push rule", problems);
        if params.wanted().is_empty() {
            problems.push(
                Problem::new("the push rule says nothing")
                    .column("prevent_secrets")
                    .allowed("at least one rule"),
            );
        }
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

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        if let Some(conflict) = place::unlicensed(context.me, "a push rule") {
            return conflict;
        }
        let wanted = params.wanted();
        let body = Value::Object(wanted.clone());
        let mut decided = Decided::write(Verb::Post, body.clone());
        let Some(of) = context.object() else {
            if params.project.is_some() {
                // A new project begins with a copy of its group's rule, if that has one.
                decided.writes.push((Verb::Put, body));
            }
            return Planned::create(changes(wanted, None)).remember(decided.into_value());
        };
        let rows = context.estate.rows(of, &PUSH_RULE);
        if rows == Some(&Rows::Forbidden) {
            return place::forbidden(of, "push rule");
        }
        let Some(rule) = push_rules::present(rows) else {
            return Planned::create(changes(wanted, None)).remember(decided.into_value());
        };
        let changes = changes(wanted, Some(rule));
        let body = changes
            .iter()
            .map(|change| (change.field.clone(), change.to.clone()));
        let decided = Decided {
            before: push_rules::as_params(rule),
            ..Decided::write(Verb::Put, Value::Object(body.collect()))
        };
        let present = place::result(of, push_rules::number(rule), "repository");
        Planned::update(present, changes).remember(decided.into_value())
    }

    fn call(_: &Params, context: CallContext<'_>) -> Option<Call> {
        let decided = Decided::of(context.remembered);
        let (verb, body) = decided.writes.into_iter().nth(context.step as usize)?;
        let path = push_rules::path(context.object());
        Some(match verb {
            Verb::Post => Call::post(path, body),
            _ => Call::put(path, body),
        })
    }

    /// The one that a new project began with is changed in the next step.
    fn done_if_refused(_: &Params, context: CallContext<'_>, status: u16) -> bool {
        context.step == 0 && status == 422 && Decided::of(context.remembered).writes.len() > 1
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        push_rules::read_result(context, body)
    }

    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let Some(rule) = push_rules::look(context.gitlab, Some(of)).await? else {
            return Ok(Settlement::Absent);
        };
        let present = place::result(of, push_rules::number(&rule), "repository");
        // The one that a new project began with is changed in the next step.
        let begun_with = context.call.step == 0 && Decided::of(context.call.remembered).writes.len() > 1;
        if begun_with || changes(params.wanted(), Some(&rule)).is_empty() {
            return Ok(Settlement::Adopted(present));
        }
        if context.call.action == Action::Update || context.call.step > 0 {
            return Ok(Settlement::Absent);
        }
        let look_at = LookAt {
            url: present.web_url.clone(),
            message: format!(
                "GitLab's answer was lost and `{}` has a push rule now, but another than was sent. Settle the item as succeeded if that is right.",
                of.full_path
            ),
        };
        Ok(Settlement::Undecided { present, look_at })
    }

    fn undo(_: &Params, context: CallContext<'_>) -> Undo {
        let Some(of) = context.object() else {
            return Undo::Nothing;
        };
        let mut reverse = place::param(of);
        if context.action == Action::Create {
            return Undo::by("delete_push_rule", reverse.into());
        }
        let mut before = Decided::of(context.remembered).before;
        before.retain(|field, _| context.changes.iter().any(|change| change.field == *field));
        for change in context.changes {
            // GitLab said nothing of it.
            before
                .entry(change.field.clone())
                .or_insert_with(|| nothing_like(&change.to));
        }
        reverse.extend(before);
        Undo::by(Self::NAME, reverse.into())
    }
}

/// The value that takes a rule away.
fn nothing_like(value: &Value) -> Value {
    match value {
        Value::Bool(_) => false.into(),
        Value::Number(_) => 0.into(),
        _ => "".into(),
    }
}
