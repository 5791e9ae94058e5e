use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::label::{self, Place, Wanted};
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, SettleContext, Settlement,
    Target, Undo, parameters,
};

/// A label and what it is to be.
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
    /// Its title now.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["label", "title"], "x-example" = "priority::high"))]
    pub name: String,
    /// Its title from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["new_title"]))]
    pub new_name: Option<String>,
    /// Its colour, as `#` and six hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-aliases" = ["colour"], "x-example" = "#d9534f"))]
    pub color: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its rank among the labels of a project; 0 is the highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u64>,
}

impl Params {
    fn place(&self) -> Place<'_> {
        Place {
            group: self.group.as_ref(),
            project: self.project.as_ref(),
            name: &self.name,
        }
    }

    /// Under the names that the label's row has.
    fn wanted(&self) -> Wanted {
        [
            ("name", self.new_name.as_deref().map(|name| name.trim().into())),
            ("color", self.color.as_deref().map(Value::from)),
            ("description", self.description.as_deref().map(Value::from)),
            ("priority", self.priority.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .collect()
    }
}

/// The parameter that sets a field of a label's row.
fn parameter(field: &str) -> &str {
    if field == "name" { "new_name" } else { field }
}

/// The parameters that take changes back. A label that had no priority keeps the new one: no number says "none".
pub(super) fn back(changes: &[Change]) -> Map<String, Value> {
    changes
        .iter()
        .filter_map(|change| {
            let from = match &change.from {
                Value::Null if change.field == "description" => "".into(),
                Value::Null => return None,
                from => from.clone(),
            };
            Some((parameter(&change.field).to_owned(), from))
        })
        .collect()
}

/// `update_label`
pub struct UpdateLabel;

#[async_trait]
impl Operation for UpdateLabel {
    type Params = Params;
    const NAME: &'static str = "update_label";
    const TITLE: &'static str = "Change a label";
    const ITEMS: &'static str = "labels";
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Reporter;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check(problems);
        label::check_color(params.color.as_deref(), problems);
        label::check_priority(&params.place(), params.priority, problems);
        if let Some(title) = &params.new_name {
            label::check_title("new_name", title, problems);
        }
        if params.wanted().is_empty() {
            problems.push(
                Problem::new("nothing is to be changed")
                    .column("new_name")
                    .allowed("at least one of new_name, color, description, priority"),
            );
        }
    }

    fn target(params: &Params) -> Target {
        params.place().target()
    }

    fn needs(params: &Params) -> Vec<Need> {
        params.place().needs()
    }

    fn reads(params: &Params) -> Vec<Read> {
        params.place().reads_above()
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let Some(of) = context.object() else {
            return Planned::conflict(
                "NOT_FOUND",
                format!(
                    "label `{}` cannot be there yet: this job makes what it is in",
                    params.name
                ),
            );
        };
        let renamed = params.new_name.as_deref().filter(|new| *new != params.name);
        let there = renamed.and_then(|new| label::find(context, of, new));
        // Renamed already, by an earlier run.
        let row = label::find(context, of, &params.name).or(there);
        let Some(row) = row else {
            let advice = match label::above(context, of, &params.name) {
                Some(group) => format!("; group `{}` has it: change it there", group.full_path),
                None => String::new(),
            };
            return Planned::conflict(
                "NOT_FOUND",
                format!(
                    "`{}` has no label `{}` of its own{advice}",
                    of.full_path, params.name
                ),
            );
        };
        if let Some(new) = renamed
            && there.is_some_and(|there| label::number(there) != label::number(row))
        {
            return Planned::conflict(
                "NAME_TAKEN",
                format!(
                    "`{}` has a label `{new}` already; give another title",
                    of.full_path
                ),
            );
        }
        let changes = label::differences(&params.wanted(), row);
        let unranked = changes
            .iter()
            .any(|change| change.field == "priority" && change.from.is_null());
        let planned = Planned::update(label::result(row, Some(of)), changes);
        if unranked {
            return planned.note("undo cannot take the priority away again");
        }
        planned
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        if context.step > 0 {
            return None;
        }
        let body: Map<String, Value> = context
            .changes
            .iter()
            .map(|change| (parameter(&change.field).to_owned(), change.to.clone()))
            .collect();
        Some(Call::put(label::one(&context, &params.name), Value::Object(body)))
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        label::read(&context, body)
    }

    /// Sending it again does no harm.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let number = context.call.present.and_then(|present| present.id);
        let is_it = |row: &label::Row| number.is_some() && label::number(row) == number;
        let found = label::look(context.gitlab, &context.call, is_it).await?;
        let done = found.filter(|row| label::differences(&params.wanted(), row).is_empty());
        Ok(done.map_or(Settlement::Absent, |row| {
            Settlement::Adopted(label::result(&row, context.call.object()))
        }))
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let title = params.new_name.as_deref().unwrap_or(&params.name);
        let back = back(context.changes);
        match label::naming(&context, title) {
            Some(mut reverse) if !back.is_empty() => {
                reverse.extend(back);
                Undo::by(Self::NAME, Value::Object(reverse))
            }
            Some(_) => Undo::impossible("a priority that was not there before cannot be taken away"),
            None => Undo::impossible("nobody knows any more where the label is"),
        }
    }
}
