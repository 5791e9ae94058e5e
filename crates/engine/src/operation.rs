//! What an operation is: one kind of change to one object, declared once.
//!
//! API, OpenAPI, CSV columns, templates, command line and console forms all follow from
//! [`Operation::Params`]: a struct whose serde names are GitLab's parameter names, whose doc comments
//! are the help texts, and whose JSON Schema carries, as extensions, what a schema has no word for:
//!
//! - `x-kind`: how text in a file is read (see [`FieldKind`](crate::field::FieldKind)); without it the
//!   JSON type decides;
//! - `x-choices`: the values of a `choice` or `feature`;
//! - `x-aliases`: other column names for the same field;
//! - `x-example`: the value shown in a template.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemError, ItemResult, JobOptions, LookAt, Problem, Timestamp};
use gitlab_client::{Gitlab, GitlabError, WriteMethod};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::estate::{Estate, Known};
use crate::field::{self, Field};

/// A group or project, as a person names it: GitLab's number or a full path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ObjectRef {
    /// GitLab's number.
    Id(u64),
    /// Full path: `acme/platform`.
    Path(String),
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Path(path) => f.write_str(path),
        }
    }
}

/// Groups and projects have separate numbers but share one space of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectKind {
    /// A group or subgroup.
    Group,
    /// A project.
    Project,
}

impl ObjectKind {
    /// GitLab's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Project => "project",
        }
    }
}

/// An object that has to exist before an item can run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// What it has to be.
    pub kind: ObjectKind,
    /// Which one.
    pub object: ObjectRef,
    /// The field that names it, for messages.
    pub field: &'static str,
}

/// What an item is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A group or project that is to be made below `parent` (`None`: at the top).
    New {
        /// What it will be.
        kind: ObjectKind,
        /// Below what.
        parent: Option<ObjectRef>,
        /// Its own path segment.
        path: String,
    },
    /// A membership of `who` in a group or project.
    Member {
        /// What the membership is of.
        kind: ObjectKind,
        /// Which one.
        of: ObjectRef,
        /// Whose.
        who: Who,
    },
}

/// A person, as named in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// By user name.
    Username(String),
    /// By GitLab's number.
    Id(u64),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Username(name) => f.write_str(name),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

/// What an item would do, as [`Operation::plan`] found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The action.
    pub action: Action,
    /// Field by field, from what GitLab has to what is wanted.
    pub changes: Vec<Change>,
    /// Why it is a conflict.
    pub error: Option<ItemError>,
    /// The object that is there already.
    pub present: Option<ItemResult>,
}

impl Planned {
    /// Nothing is there; it will be made.
    pub fn create(changes: Vec<Change>) -> Self {
        Self {
            action: Action::Create,
            changes,
            error: None,
            present: None,
        }
    }

    /// Something is there that `options` and `changes` decide about: skipped, unchanged, updated or a conflict.
    pub fn existing(options: &JobOptions, present: ItemResult, changes: Vec<Change>, what: &str) -> Self {
        if changes.is_empty() {
            return Self {
                action: Action::Unchanged,
                changes,
                error: None,
                present: Some(present),
            };
        }
        if options.update_existing {
            return Self {
                action: Action::Update,
                changes,
                error: None,
                present: Some(present),
            };
        }
        if options.skip_existing {
            return Self {
                action: Action::Skip,
                changes,
                error: None,
                present: Some(present),
            };
        }
        let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
        Self::conflict(
            "ALREADY_EXISTS",
            format!(
                "{what} exists already with another {}; set skipExisting or updateExisting",
                fields.join(", ")
            ),
        )
    }

    /// Something stands in the way.
    pub fn conflict(code: &str, message: String) -> Self {
        Self {
            action: Action::Conflict,
            changes: Vec::new(),
            error: Some(ItemError {
                code: code.to_owned(),
                message,
                gitlab_status: None,
                details: None,
            }),
            present: None,
        }
    }
}

/// A write to be sent to GitLab.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: WriteMethod,
    /// Where to.
    pub path: gitlab_api::ApiPath,
    /// The JSON body.
    pub body: serde_json::Value,
}

/// What a call may look at when it is made.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// What the plan decided.
    pub action: Action,
    /// The objects that were needed, in the order of [`Operation::needs`].
    pub needs: &'a [Known],
    /// The object that is there already (updates).
    pub present: Option<&'a ItemResult>,
    /// What the plan wants changed (updates).
    pub changes: &'a [Change],
}

/// What became of a write whose answer was lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Settlement {
    /// It is there and it is ours: done.
    Adopted(ItemResult),
    /// It is not there; whether that means "not done" depends on how long ago it was sent.
    Absent,
    /// It is there, but it cannot be told whether we did it.
    Undecided {
        /// What is there.
        present: ItemResult,
        /// What a person should compare.
        look_at: LookAt,
    },
}

/// What settling may look at.
pub struct SettleContext<'a> {
    /// Reads only; nothing is written while settling.
    pub gitlab: &'a Gitlab,
    /// The same as for the call.
    pub call: CallContext<'a>,
    /// When the intent was committed, in our clock.
    pub intent_at: Timestamp,
    /// GitLab's number of the user whose token was used.
    pub user_id: u64,
}

impl SettleContext<'_> {
    /// The earliest moment that GitLab's clock may have shown when the intent was committed.
    /// Sharpest after a read, since every answer tells GitLab's time.
    pub fn intent_in_gitlabs_clock(&self) -> Timestamp {
        /// Without any answer yet, clocks that are kept at all differ by less than this.
        const UNKNOWN_OFFSET_MILLIS: i64 = 5_000;
        match self.gitlab.instance_clock_offset() {
            Some(offset) => offset.earliest_in_gitlab(self.intent_at),
            None => Timestamp::from_millis(self.intent_at.as_millis() - UNKNOWN_OFFSET_MILLIS),
        }
    }
}

/// One kind of change to one object. Adding one is a file, a line in the registry, and tests.
#[async_trait]
pub trait Operation: Send + Sync + 'static {
    /// Its parameters: see the module's text.
    type Params: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// Verb and noun in the singular: `create_group`.
    const NAME: &'static str;
    /// For people: "Create a group".
    const TITLE: &'static str;
    /// The name a list of its items may have in JSON (`groups`), and the kind of file it reads.
    const ITEMS: &'static str;
    /// Whether it removes something; such jobs ask for a typed confirmation.
    const DESTRUCTIVE: bool = false;
    /// Whether `undo` can reverse it.
    const UNDOABLE: bool = false;
    /// The level one has to have on what it needs.
    const PERMISSION: AccessLevel;

    /// The rules that can be checked without asking GitLab. Every problem names its `column`.
    fn check(params: &Self::Params, today: Timestamp, problems: &mut Vec<Problem>);

    /// What the item is about.
    fn target(params: &Self::Params) -> Target;

    /// Objects that have to exist first.
    fn needs(params: &Self::Params) -> Vec<Need>;

    /// Compares what is wanted with what GitLab has. Pure.
    fn plan(params: &Self::Params, needs: &[Option<Known>], estate: &Estate, options: &JobOptions)
    -> Planned;

    /// The one write that does it.
    fn call(params: &Self::Params, context: CallContext<'_>) -> Call;

    /// Reads the body of GitLab's answer to a successful call. `None` when it is not what it should be:
    /// then nobody knows what became of the call, and it is settled by looking.
    fn result(params: &Self::Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult>;

    /// Looks what became of a call whose answer was lost. Reads only; may be repeated.
    async fn settle(params: &Self::Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError>;
}

/// An item whose parameters have passed every rule that needs no GitLab.
#[derive(Clone, Debug)]
pub struct ValidItem {
    /// `create_group` …
    pub operation: &'static str,
    /// What it is about.
    pub target: Target,
    /// What has to exist first.
    pub needs: Vec<Need>,
    /// The parameters as JSON, in the operation's own form.
    pub params: Box<RawValue>,
    /// Where it came from.
    pub source: domain::Source,
}

/// An [`Operation`] without its parameter type, so that a registry can hold many.
#[async_trait]
pub trait AnyOperation: Send + Sync {
    /// `create_group`.
    fn name(&self) -> &'static str;
    /// "Create a group".
    fn title(&self) -> &'static str;
    /// `groups`.
    fn items(&self) -> &'static str;
    /// Whether it removes something.
    fn destructive(&self) -> bool;
    /// Whether `undo` can reverse it.
    fn undoable(&self) -> bool;
    /// The level one has to have.
    fn permission(&self) -> AccessLevel;
    /// JSON Schema of one item, with the extensions of this module.
    fn schema(&self) -> Schema;
    /// Its parameters as people meet them, in the order of their declaration.
    fn fields(&self) -> &[Field];
    /// Reads parameters that have GitLab's names and JSON types, and checks them.
    ///
    /// # Errors
    /// Everything that is wrong, each problem with its `column`.
    fn validate(
        &self,
        params: serde_json::Map<String, serde_json::Value>,
        source: domain::Source,
        today: Timestamp,
    ) -> Result<ValidItem, Vec<Problem>>;
    /// As [`Operation::target`] and [`Operation::needs`], of stored parameters.
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn read(&self, params: &RawValue) -> serde_json::Result<(Target, Vec<Need>)>;
    /// As [`Operation::plan`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn plan(
        &self,
        params: &RawValue,
        needs: &[Option<Known>],
        estate: &Estate,
        options: &JobOptions,
    ) -> serde_json::Result<Planned>;
    /// As [`Operation::call`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn call(&self, params: &RawValue, context: CallContext<'_>) -> serde_json::Result<Call>;
    /// As [`Operation::result`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn result(
        &self,
        params: &RawValue,
        context: CallContext<'_>,
        body: &[u8],
    ) -> serde_json::Result<Option<ItemResult>>;
    /// As [`Operation::settle`].
    ///
    /// # Errors
    /// GitLab could not be asked.
    async fn settle(&self, params: &RawValue, context: SettleContext<'_>) -> Result<Settlement, GitlabError>;
}

struct Erased<O> {
    fields: Vec<Field>,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Erased<O> {
    fn new() -> Self {
        Self {
            fields: field::derive::<O::Params>(&schema::<O::Params>()),
            operation: PhantomData,
        }
    }
}

fn schema<P: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<P>()
}

#[async_trait]
impl<O: Operation> AnyOperation for Erased<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }
    fn title(&self) -> &'static str {
        O::TITLE
    }
    fn items(&self) -> &'static str {
        O::ITEMS
    }
    fn destructive(&self) -> bool {
        O::DESTRUCTIVE
    }
    fn undoable(&self) -> bool {
        O::UNDOABLE
    }
    fn permission(&self) -> AccessLevel {
        O::PERMISSION
    }
    fn schema(&self) -> Schema {
        schema::<O::Params>()
    }
    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn validate(
        &self,
        params: serde_json::Map<String, serde_json::Value>,
        source: domain::Source,
        today: Timestamp,
    ) -> Result<ValidItem, Vec<Problem>> {
        let params: O::Params = serde_json::from_value(serde_json::Value::Object(params))
            .map_err(|error| vec![Problem::new(error.to_string())])?;
        let mut problems = Vec::new();
        O::check(&params, today, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let stored = serde_json::value::to_raw_value(&params)
            .map_err(|error| vec![Problem::new(error.to_string())])?;
        Ok(ValidItem {
            operation: O::NAME,
            target: O::target(&params),
            needs: O::needs(&params),
            params: stored,
            source,
        })
    }

    fn read(&self, params: &RawValue) -> serde_json::Result<(Target, Vec<Need>)> {
        let params: O::Params = serde_json::from_str(params.get())?;
        Ok((O::target(&params), O::needs(&params)))
    }

    fn plan(
        &self,
        params: &RawValue,
        needs: &[Option<Known>],
        estate: &Estate,
        options: &JobOptions,
    ) -> serde_json::Result<Planned> {
        Ok(O::plan(
            &serde_json::from_str(params.get())?,
            needs,
            estate,
            options,
        ))
    }

    fn call(&self, params: &RawValue, context: CallContext<'_>) -> serde_json::Result<Call> {
        Ok(O::call(&serde_json::from_str(params.get())?, context))
    }

    fn result(
        &self,
        params: &RawValue,
        context: CallContext<'_>,
        body: &[u8],
    ) -> serde_json::Result<Option<ItemResult>> {
        Ok(O::result(&serde_json::from_str(params.get())?, context, body))
    }

    async fn settle(&self, params: &RawValue, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let params: O::Params = serde_json::from_str(params.get())
            .map_err(|error| GitlabError::InvalidBody(error.to_string()))?;
        O::settle(&params, context).await
    }
}

/// Every operation there is, by name.
#[derive(Clone, Default)]
pub struct Registry {
    operations: BTreeMap<&'static str, Arc<dyn AnyOperation>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.operations.keys()).finish()
    }
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// The registry with one operation more.
    #[must_use]
    pub fn with<O: Operation>(mut self) -> Self {
        self.operations.insert(O::NAME, Arc::new(Erased::<O>::new()));
        self
    }

    /// The operation with this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn AnyOperation>> {
        self.operations.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn AnyOperation>> {
        self.operations.values()
    }

    /// The operation of a job type: `bulk_create_groups` → `create_group`.
    pub fn of_job_type(&self, kind: &str) -> Option<&Arc<dyn AnyOperation>> {
        self.iter().find(|operation| job_type(operation.name()) == kind)
    }
}

/// The job type of an operation: `bulk_` and its name in the plural.
pub fn job_type(operation: &str) -> String {
    let plural = match operation.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if operation.ends_with("ch") || operation.ends_with('s') => format!("{operation}es"),
        _ => format!("{operation}s"),
    };
    format!("bulk_{plural}")
}

#[cfg(test)]
mod tests {
    use super::job_type;

    #[test]
    fn job_types_are_the_plural_of_their_operation() {
        for (operation, kind) in [
            ("create_group", "bulk_create_groups"),
            ("add_member", "bulk_add_members"),
            ("protect_branch", "bulk_protect_branches"),
        ] {
            assert_eq!(job_type(operation), kind);
        }
    }
}
