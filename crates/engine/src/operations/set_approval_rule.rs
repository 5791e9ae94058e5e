use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_api::Tier;
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::approval_rules::{self, RULES};
use super::people;
use super::place::{self, Decided, Verb};
use super::protect_branch::BRANCHES;
use crate::estate::Rows;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, Section,
    SectionRows, SettleContext, Settlement, Target, Undo, parameters,
};

/// Who has to approve merge requests of a project. Its name tells a rule apart; what is left out stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Project: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/platform/api"))]
    pub project: ObjectRef,
    /// Name of the rule.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["rule", "rule_name"], "x-example" = "Security"))]
    pub name: String,
    /// How many have to approve, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-aliases" = ["approvals"], "x-example" = 2))]
    pub approvals_required: Option<u64>,
    /// Whose approval counts: regular (that of its users and groups) or `any_approver` (anybody's; one such rule at most).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "choice", "x-choices" = ["regular", "any_approver"]))]
    pub rule_type: Option<String>,
    /// Users by name or number, separated by commas; they have to have access to the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "list", "x-aliases" = ["usernames", "user_ids"], "x-example" = "dev-0001,dev-0002"
    ))]
    pub users: Option<Vec<String>>,
    /// Groups by full path or number, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list", "x-aliases" = ["group_ids"]))]
    pub groups: Option<Vec<String>>,
    /// Protected branches, by name, that it holds for, separated by commas; none is all branches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list", "x-aliases" = ["branches"]))]
    pub protected_branches: Option<Vec<String>>,
    /// Whether it holds for every protected branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applies_to_all_protected_branches: Option<bool>,
}

/// GitLab's names of a rule's lists: as it shows them and as it takes them.
const LISTS: [(&str, &str); 3] = [
    ("users", "user_ids"),
    ("groups", "group_ids"),
    ("protected_branches", "protected_branch_ids"),
];

impl Params {
    fn any(&self) -> bool {
        self.rule_type.as_deref() == Some("any_approver")
    }

    fn lists(&self) -> [Option<&Vec<String>>; 3] {
        [
            self.users.as_ref(),
            self.groups.as_ref(),
            self.protected_branches.as_ref(),
        ]
    }
}

/// Everything that is said of a rule, in GitLab's numbers.
#[derive(Default)]
struct Wanted {
    /// Values under GitLab's names of what it takes.
    values: Map<String, Value>,
    /// By list of [`LISTS`]: the numbers, and their names as far as they are known.
    lists: [Option<BTreeMap<u64, String>>; 3],
}

impl Wanted {
    fn resolve(params: &Params, context: &PlanContext<'_>) -> Result<Self, Planned> {
        let of = context.object();
        let mut wanted = Self::default();
        let mut said = |key: &str, value: Option<Value>| {
            wanted.values.extend(value.map(|value| (key.to_owned(), value)));
        };
        said("name", Some(params.name.as_str().into()));
        said("approvals_required", params.approvals_required.map(Value::from));
        said(
            "applies_to_all_protected_branches",
            params.applies_to_all_protected_branches.map(Value::from),
        );
        for (list, entries) in params.lists().into_iter().enumerate() {
            let Some(entries) = entries else { continue };
            let mut found = BTreeMap::new();
            for entry in entries {
                let (id, name) = match LISTS[list].0 {
                    "users" => (people::user(entry, of, context)?, entry.clone()),
                    "groups" => people::group(entry, context)?,
                    _ => (protected_branch(entry, context)?, entry.clone()),
                };
                found.insert(id, name);
            }
            if LISTS[list].0 == "users" {
                for (id, name) in people::names(of, context) {
                    found.entry(id).and_modify(|known| *known = name);
                }
            }
            let ids = found.keys().copied().map(Value::from).collect();
            wanted.values.insert(LISTS[list].1.to_owned(), ids);
            wanted.lists[list] = Some(found);
        }
        Ok(wanted)
    }

    /// Field by field, against the rule that is there.
    fn changes(&self, rule: Option<&Map<String, Value>>) -> Vec<Change> {
        let none = Map::new();
        let present = rule.unwrap_or(&none);
        let mut changes = Vec::new();
        for (field, to) in &self.values {
            if LISTS.iter().any(|(_, taken)| taken == field) {
                continue;
            }
            let from = present.get(field).cloned().unwrap_or(Value::Null);
            if from != *to {
                changes.push(Change {
                    field: field.clone(),
                    from,
                    to: to.clone(),
                });
            }
        }
        for ((shown, _), wanted) in LISTS.iter().zip(&self.lists) {
            let Some(wanted) = wanted else { continue };
            let have = approval_rules::numbers(present, shown);
            if rule.is_some() && have == wanted.keys().copied().collect::<BTreeSet<_>>() {
                continue;
            }
            let from = rule.map(|rule| names(approval_rules::names(rule, shown)));
            changes.push(Change {
                field: (*shown).to_owned(),
                from: from.unwrap_or(Value::Null),
                to: names(wanted.iter().map(|(id, name)| (*id, name.clone())).collect()),
            });
        }
        changes
    }
}

fn names(mut named: Vec<(u64, String)>) -> Value {
    named.sort_unstable();
    named.into_iter().map(|(_, name)| Value::from(name)).collect()
}

/// The number of a protected branch of the project.
fn protected_branch(name: &str, context: &PlanContext<'_>) -> Result<u64, Planned> {
    let rows = context.object().and_then(|of| context.estate.rows(of, &BRANCHES));
    rows.and_then(|rows| super::protect_branch::branch(rows, name))
        .and_then(|branch| branch.get("id")?.as_u64())
        .ok_or_else(|| {
            Planned::conflict(
                "BRANCH_NOT_PROTECTED",
                format!("`{name}` is not protected; protect it first, in a job of its own"),
            )
        })
}

/// `set_approval_rule`
pub struct SetApprovalRule;

#[async_trait]
impl Operation for SetApprovalRule {
    type Params = Params;
    const NAME: &'static str = "set_approval_rule";
    const TITLE: &'static str = "Set an approval rule";
    const ITEMS: &'static str = "approval_rules";
    const SECTION: Option<Section> = Some(
        Section::list("approvalRules", SectionRows::Of(&RULES), approval_rules::entry)
            .removed_by("delete_approval_rule"),
    );
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const TIER: Tier = Tier::Premium;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        if let Some(required) = params.approvals_required.filter(|required| *required > 100) {
            problems.push(
                Problem::new("more approvals than GitLab knows")
                    .column("approvals_required")
                    .value(&required.to_string())
                    .allowed("0 to 100"),
            );
        }
        for (column, list) in [("users", &params.users), ("groups", &params.groups)] {
            if let (true, Some(list)) = (params.any(), list.as_ref().filter(|list| !list.is_empty())) {
                problems.push(
                    Problem::new("anybody's approval counts for an any_approver rule")
                        .column(column)
                        .value(&list.join(","))
                        .allowed("nothing"),
                );
            }
        }
        if let (Some(true), Some(branches)) = (
            params.applies_to_all_protected_branches,
            &params.protected_branches,
        ) && !branches.is_empty()
        {
            problems.push(
                Problem::new("the rule holds for all protected branches already")
                    .column("protected_branches")
                    .value(&branches.join(","))
                    .allowed("nothing"),
            );
        }
    }

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
        let place = (ObjectKind::Project, params.project.clone());
        let users = params.users.iter().flatten().map(String::as_str);
        let groups = params.groups.iter().flatten().map(String::as_str);
        let mut reads = people::reads(&place, users, groups);
        if params
            .protected_branches
            .as_ref()
            .is_some_and(|list| !list.is_empty())
        {
            reads.push(Read::Rows(place.0, place.1.clone(), &BRANCHES));
        }
        reads.push(Read::Rows(place.0, place.1, &RULES));
        reads
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        if let Some(conflict) = place::unlicensed(context.me, "an approval rule") {
            return conflict;
        }
        let wanted = match Wanted::resolve(params, context) {
            Ok(wanted) => wanted,
            Err(conflict) => return conflict,
        };
        let rows = context.object().and_then(|of| context.estate.rows(of, &RULES));
        if let Some(conflict) = context
            .object()
            .and_then(|of| approval_rules::unreadable(rows, of))
        {
            return conflict;
        }
        let rules = rows.map_or(&[][..], Rows::list);
        let found = context
            .object()
            .and_then(|of| Some((of, approval_rules::find(rules, &params.name, params.any())?)));
        let Some((of, rule)) = found else {
            return create(params, &wanted);
        };
        if let Some(conflict) = approval_rules::system(rule, of) {
            return conflict;
        }
        let kind = approval_rules::kind(rule);
        if params.rule_type.as_deref().is_some_and(|wanted| wanted != kind) {
            return Planned::conflict(
                "RULE_TYPE_DIFFERS",
                format!(
                    "`{}` of `{}` is a rule of type {kind}, and GitLab changes no rule's type; delete it first",
                    params.name, of.full_path
                ),
            );
        }
        let changes = wanted.changes(Some(rule));
        let changed = |taken: &str| {
            let shown = LISTS.iter().find(|(_, list)| *list == taken);
            let field = shown.map_or(taken, |(shown, _)| shown);
            changes.iter().any(|change| change.field == field)
        };
        let mut body = wanted.values.clone();
        body.retain(|field, _| changed(field));
        let decided = Decided {
            before: approval_rules::as_params(rule),
            wanted: wanted.values.clone().into(),
            ..Decided::write(Verb::Put, body.into())
        };
        let present = place::result(of, approval_rules::number(rule), "merge_requests");
        let planned = Planned::update(present, changes).remember(decided.into_value());
        if params.groups.is_some() && rule.get("contains_hidden_groups") == Some(&Value::Bool(true)) {
            planned.note("The rule names groups that you do not see; they stay.")
        } else {
            planned
        }
    }

    fn call(_: &Params, context: CallContext<'_>) -> Option<Call> {
        if context.step > 0 {
            return None;
        }
        let (verb, body) = Decided::of(context.remembered).writes.into_iter().next()?;
        let rules = approval_rules::path(context.object());
        match (verb, context.present.and_then(|present| present.id)) {
            (Verb::Put, Some(rule)) => Some(Call::put(rules.object(rule), body)),
            (Verb::Put, None) => None,
            _ => Some(Call::post(rules, body)),
        }
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        approval_rules::read_result(context, body)
    }

    /// The name was free (or the rule otherwise) when the plan looked: finding it as it was sent means that it is so.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let rules = approval_rules::look(context.gitlab, of).await?;
        let Some(rule) = approval_rules::find(&rules, &params.name, params.any()) else {
            return Ok(Settlement::Absent);
        };
        let present = place::result(of, approval_rules::number(rule), "merge_requests");
        let wanted = Decided::of(context.call.remembered).wanted;
        if is_as_wanted(&wanted, rule) {
            return Ok(Settlement::Adopted(present));
        }
        if context.call.action == Action::Update {
            return Ok(Settlement::Absent);
        }
        let look_at = LookAt {
            url: present.web_url.clone(),
            message: format!(
                "GitLab's answer was lost and `{}` has an approval rule `{}` now, but otherwise than was sent. Settle the item as succeeded if that is right.",
                of.full_path, params.name
            ),
        };
        Ok(Settlement::Undecided { present, look_at })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let Some(of) = context.object() else {
            return Undo::Nothing;
        };
        let mut reverse = place::param(of);
        reverse.insert("name".into(), params.name.as_str().into());
        if context.action == Action::Create {
            return Undo::by("delete_approval_rule", reverse.into());
        }
        reverse.extend(Decided::of(context.remembered).before);
        Undo::by(Self::NAME, reverse.into())
    }
}

fn create(params: &Params, wanted: &Wanted) -> Planned {
    if params.approvals_required.is_none() {
        return Planned::conflict(
            "INVALID",
            format!(
                "there is no rule `{}` yet, and a new one needs approvals_required",
                params.name
            ),
        );
    }
    let mut body = wanted.values.clone();
    body.extend(
        params
            .rule_type
            .as_deref()
            .map(|kind| ("rule_type".to_owned(), kind.into())),
    );
    let decided = Decided {
        wanted: wanted.values.clone().into(),
        ..Decided::write(Verb::Post, body.into())
    };
    Planned::create(wanted.changes(None)).remember(decided.into_value())
}

fn is_as_wanted(wanted: &Value, rule: &Map<String, Value>) -> bool {
    let wanted = wanted.as_object().into_iter().flatten();
    wanted.into_iter().all(
        |(field, value)| match LISTS.iter().find(|(_, taken)| taken == field) {
            Some((shown, _)) => {
                let numbers = value.as_array().into_iter().flatten().filter_map(Value::as_u64);
                approval_rules::numbers(rule, shown) == numbers.collect()
            }
            None => rule.get(field) == Some(value),
        },
    )
}
