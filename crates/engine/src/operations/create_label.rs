use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, JobOptions, LookAt, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::label::{self, Place, Wanted};
use crate::operation::{
    Call, CallContext, Need, ObjectRef, Operation, PlanContext, Planned, Read, Section, SectionRows,
    SettleContext, Settlement, Target, Undo, parameters,
};

/// A label to be made in a group or project.
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
    /// Its title; two colons make it one of a set: `priority::high`.
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["label", "title"], "x-example" = "priority::high"))]
    pub name: String,
    /// Its colour, as `#` and six hexadecimal digits.
    #[schemars(extend("x-aliases" = ["colour"], "x-example" = "#d9534f"))]
    pub color: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-example" = "Handle first"))]
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

    fn wanted(&self) -> Wanted {
        [
            ("color", Some(self.color.as_str().into())),
            ("description", self.description.as_deref().map(Value::from)),
            ("priority", self.priority.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .collect()
    }
}

/// `create_label`
pub struct CreateLabel;

#[async_trait]
impl Operation for CreateLabel {
    type Params = Params;
    const NAME: &'static str = "create_label";
    const TITLE: &'static str = "Create a label";
    const ITEMS: &'static str = "labels";
    const SECTION: Option<Section> =
        Some(Section::list("labels", SectionRows::Of(&label::OWN), label::entry).removed_by("delete_label"));
    const UNDOABLE: bool = true;
    const PERMISSION: AccessLevel = AccessLevel::Reporter;

    fn check(params: &Params, _today: Timestamp, problems: &mut Vec<Problem>) {
        params.place().check(problems);
        label::check_color(Some(&params.color), problems);
        label::check_priority(&params.place(), params.priority, problems);
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
        let wanted = params.wanted();
        let new = || {
            let change = |(field, to): &(&str, Value)| Change {
                field: (*field).to_owned(),
                from: Value::Null,
                to: to.clone(),
            };
            Planned::create(wanted.iter().map(change).collect())
        };
        let Some(of) = context.object() else {
            return new();
        };
        let title = params.name.as_str();
        if let Some(row) = label::find(context, of, title) {
            let what = format!("label `{title}` of `{}`", of.full_path);
            let changes = label::differences(&wanted, row);
            return Planned::existing(context.options, label::result(row, Some(of)), changes, &what);
        }
        match label::above(context, of, title) {
            Some(group) => inherited(title, &group.full_path, of.result(), context.options),
            None => new(),
        }
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        if context.step > 0 {
            return None;
        }
        if context.action == Action::Update {
            let body: Map<String, Value> = context
                .changes
                .iter()
                .map(|change| (change.field.clone(), change.to.clone()))
                .collect();
            return Some(Call::put(label::one(&context, &params.name), Value::Object(body)));
        }
        let mut body = Map::from_iter([("name".to_owned(), Value::from(params.name.trim()))]);
        body.extend(
            params
                .wanted()
                .into_iter()
                .map(|(field, value)| (field.to_owned(), value)),
        );
        Some(Call::post(label::labels_of(&context), Value::Object(body)))
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        label::read(&context, body)
    }

    /// A label carries no mark of who made it. It was absent when the plan looked, so finding it now with the very
    /// values that were sent means that what was wanted is so: it is adopted.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let found = label::look_for(context.gitlab, &context.call, &params.name).await?;
        let Some(row) = found else {
            return Ok(Settlement::Absent);
        };
        let present = label::result(&row, context.call.object());
        let different = label::differences(&params.wanted(), &row);
        if different.is_empty() {
            return Ok(Settlement::Adopted(present));
        }
        if context.call.action == Action::Update {
            return Ok(Settlement::Absent);
        }
        let fields: Vec<&str> = different.iter().map(|change| change.field.as_str()).collect();
        let look_at = LookAt {
            url: present.web_url.clone(),
            message: format!(
                "GitLab's answer was lost and label `{}` exists now, but its {} differ from what was sent. Settle \
                 the item as succeeded if that is right.",
                params.name,
                fields.join(", ")
            ),
        };
        Ok(Settlement::Undecided { present, look_at })
    }

    fn undo(params: &Params, context: CallContext<'_>) -> Undo {
        let Some(mut reverse) = label::naming(&context, &params.name) else {
            return Undo::impossible("nobody knows any more where the label is");
        };
        if context.action != Action::Update {
            return Undo::by("delete_label", Value::Object(reverse));
        }
        reverse.extend(super::update_label::back(context.changes));
        Undo::by("update_label", Value::Object(reverse))
    }
}

/// The title is taken by a label that applies here already (GitLab API facts §5.4).
fn inherited(title: &str, group: &str, of: ItemResult, options: &JobOptions) -> Planned {
    let message = format!("label `{title}` applies here already: group `{group}` has it");
    let conflict = Planned::conflict("INHERITED", message);
    if !options.skip_existing {
        return conflict;
    }
    Planned {
        action: Action::Skip,
        present: Some(of),
        ..conflict
    }
}
