use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::variable::{ATTRIBUTES, Named, VARIABLES, Variable, variables_of};
use crate::estate::same;
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, Secret, Section, SectionRows,
    SettleContext, Settlement, Target, Undo, parameters,
};

/// A CI/CD variable of a project or group as it is to be: made where there is none of its key and scope, else changed.
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
    /// Its name in jobs: letters, digits and `_`.
    #[schemars(length(min = 1, max = 255), extend("x-example" = "DEPLOY_TOKEN"))]
    pub key: String,
    /// Its value; needed for a new variable, and kept where it is not given. Shown nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", length(max = 10000), extend("x-secret" = true))]
    pub value: Option<Secret>,
    /// The environments that it is for: `*` (all, the default), `production`, `review/*`. In groups from Premium on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["scope"], "x-example" = "production"))]
    pub environment_scope: Option<String>,
    /// Whether jobs get the value itself, or the path of a file with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "choice", "x-choices" = ["env_var", "file"], "x-aliases" = ["type"]))]
    pub variable_type: Option<String>,
    /// Whether only pipelines of protected branches and tags get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
    /// Whether job logs show `[MASKED]` in its place: one line of at least 8 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked: Option<bool>,
    /// Whether GitLab never shows the value again; only a new variable can be made so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-aliases" = ["hidden"]))]
    pub masked_and_hidden: Option<bool>,
    /// Whether `$` in the value stands for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<bool>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub description: Option<String>,
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

    fn hides(&self) -> bool {
        self.masked_and_hidden == Some(true)
    }

    /// The attribute that is wanted; `None` where it is to stay.
    fn attribute(&self, name: &str) -> Option<Value> {
        match name {
            "variable_type" => self.variable_type.as_deref().map(Value::from),
            "protected" => self.protected.map(Value::from),
            "masked" => self.masked.map(Value::from),
            "raw" => self.raw.map(Value::from),
            _ => self.description.as_deref().map(Value::from),
        }
    }

    /// The attributes in which a variable is not as wanted.
    fn differences(&self, present: &Variable) -> Vec<Change> {
        let other = |name: &str| {
            let (from, to) = (present.attribute(name), self.attribute(name)?);
            (!same(&from, &to)).then(|| Change {
                field: name.to_owned(),
                from,
                to,
            })
        };
        ATTRIBUTES.into_iter().filter_map(other).collect()
    }

    /// What the value breaks of GitLab's rules for masked ones, without quoting it (GitLab API facts §7.11).
    fn check_value(&self, problems: &mut Vec<Problem>) {
        let Some(value) = self.value.as_ref().map(Secret::expose) else {
            return;
        };
        let is_masked = self.masked == Some(true) || self.hides();
        let fits = |letter: char| {
            if self.raw == Some(true) {
                !letter.is_whitespace()
            } else {
                letter.is_ascii_alphanumeric() || "_+=/@:.~-".contains(letter)
            }
        };
        if is_masked && (value.chars().count() < 8 || !value.chars().all(fits)) {
            problems.push(
                Problem::new("GitLab cannot mask this value")
                    .column("value")
                    .value(Secret::SHOWN)
                    .allowed("one line of at least 8 characters: letters, digits and _ + = / @ : . ~ - (with raw: anything but spaces)"),
            );
        }
    }
}

/// A variable as a manifest lists one: without its value, which then stays as it is.
fn entry(row: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut entry = Map::from_iter([("key".to_owned(), row.get("key")?.clone())]);
    for name in ["environment_scope"].into_iter().chain(ATTRIBUTES) {
        if let Some(value) = row.get(name).filter(|value| !value.is_null()) {
            entry.insert(name.to_owned(), value.clone());
        }
    }
    if row.get("hidden") == Some(&Value::Bool(true)) {
        entry.insert("masked_and_hidden".to_owned(), true.into());
    }
    Some(entry)
}

/// A value that differs. What it was and what it will be is shown nowhere.
fn another_value(from: Value) -> Change {
    Change {
        field: "value".to_owned(),
        from,
        to: Secret::SHOWN.into(),
    }
}

/// `set_variable`
pub struct SetVariable;

#[async_trait]
impl Operation for SetVariable {
    type Params = Params;
    const NAME: &'static str = "set_variable";
    const TITLE: &'static str = "Set a CI/CD variable";
    const ITEMS: &'static str = "variables";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const SECTION: Option<Section> = Some(
        Section::list("variables", SectionRows::Of(&VARIABLES), entry)
            .removed_by("delete_variable")
            .with_secrets(),
    );

    fn check(params: &Params, _: Timestamp, problems: &mut Vec<Problem>) {
        params.named().check(problems);
        params.check_value(problems);
        if params.hides() && params.masked == Some(false) {
            problems.push(
                Problem::new("what is hidden is masked as well")
                    .column("masked")
                    .value("false")
                    .allowed("true, or nothing"),
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
        params.named().level()
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.named().reads()
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let named = params.named();
        if let Some(obstacle) = named.obstacle(context) {
            return obstacle;
        }
        let present = match context.object().map(|of| (of, named.find(of, context.estate))) {
            Some((_, Err(forbidden))) => return forbidden,
            Some((of, Ok(Some(present)))) => Some((of, present)),
            Some((_, Ok(None))) | None => None,
        };
        match present {
            Some((of, present)) => change(params, of, &present),
            None => create(params),
        }
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        let of = context.object().filter(|_| context.step == 0)?;
        let named = params.named();
        let mut body: Map<String, Value> = ATTRIBUTES
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), params.attribute(name)?)))
            .collect();
        if let Some(value) = &params.value {
            body.insert("value".into(), value.expose().into());
        }
        if context.action == Action::Update {
            return Some(named.call(of, |path| Call::put(path, Value::Object(body))));
        }
        body.insert("key".into(), named.key.into());
        body.insert("environment_scope".into(), named.scope().into());
        if params.hides() {
            body.insert("masked_and_hidden".into(), true.into());
        }
        Some(Call::post(variables_of(of), Value::Object(body)))
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        serde_json::from_slice::<serde::de::IgnoredAny>(body).ok()?;
        context.object().map(Named::result)
    }

    /// A variable carries no mark of who made it: what is there with everything that was sent is as wanted. A value
    /// that GitLab hides cannot be compared; changing it once more does no harm.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let call = &context.call;
        let Some(of) = call.object() else {
            return Ok(Settlement::Absent);
        };
        let Some(found) = params.named().look(context.gitlab, of).await? else {
            return Ok(Settlement::Absent);
        };
        let is_new = call.action == Action::Create;
        let same_value = params
            .value
            .as_ref()
            .is_none_or(|value| found.has_value(value).unwrap_or(is_new));
        let present = Named::result(of);
        if same_value && params.differences(&found).is_empty() {
            return Ok(Settlement::Adopted(present));
        }
        if !is_new {
            return Ok(Settlement::Absent);
        }
        let look_at = LookAt {
            url: present.web_url.clone(),
            message: format!(
                "GitLab's answer was lost and `{}` has a variable {} now that is not as it was sent. Compare it, and settle the item as succeeded if it is right.",
                of.full_path, params.key
            ),
        };
        Ok(Settlement::Undecided { present, look_at })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let named = params.named();
        let mut again = named.again(context.object());
        if context.action == Action::Create {
            return Undo::by("delete_variable", again.into());
        }
        if context.changes.iter().any(|change| change.field == "value") {
            return Undo::impossible(format!(
                "the value that {} had before is kept nowhere; set it again by hand, and its other fields with it",
                params.key
            ));
        }
        for change in context.changes {
            let before = match &change.from {
                // An empty description is none.
                Value::Null => Value::String(String::new()),
                value => value.clone(),
            };
            again.insert(change.field.clone(), before);
        }
        Undo::by("set_variable", again.into())
    }
}

fn create(params: &Params) -> Planned {
    if params.value.is_none() {
        return Planned::conflict(
            "VALUE_MISSING",
            format!(
                "there is no variable {} for `{}` yet, and a new one needs a value",
                params.key,
                params.named().scope()
            ),
        );
    }
    let new = |name: &str| {
        Some(Change {
            field: name.to_owned(),
            from: Value::Null,
            to: params.attribute(name)?,
        })
    };
    let mut changes = vec![another_value(Value::Null)];
    changes.extend(ATTRIBUTES.into_iter().filter_map(new));
    if params.hides() {
        changes.push(Change {
            field: "masked_and_hidden".to_owned(),
            from: Value::Null,
            to: true.into(),
        });
    }
    Planned::create(changes)
}

fn change(params: &Params, of: &crate::estate::Known, present: &Variable) -> Planned {
    let key = &params.key;
    if params.hides() && !present.hidden {
        return Planned::conflict(
            "CANNOT_HIDE",
            format!("{key} is there already, and GitLab hides a value only when it is made; delete it first"),
        );
    }
    if present.hidden && params.masked == Some(false) {
        return Planned::conflict(
            "CANNOT_UNHIDE",
            format!("{key} is hidden, and GitLab never shows such a value again; delete it first"),
        );
    }
    let mut changes = Vec::new();
    let compared = params.value.as_ref().map(|value| present.has_value(value));
    if matches!(compared, Some(Some(false) | None)) {
        changes.push(another_value(Secret::SHOWN.into()));
    }
    changes.extend(params.differences(present));
    let planned = Planned::update(Named::result(of), changes);
    if compared == Some(None) {
        return planned.note(format!(
            "GitLab hides the value of {key}: it cannot be compared, and is sent whether or not it differs"
        ));
    }
    planned
}
