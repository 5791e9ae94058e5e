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
//! - `x-example`: the value shown in a template;
//! - `x-secret`: the value is shown nowhere and is sealed wherever it is stored;
//! - `x-several`: one row or object may name several, and stands for an item of each.
//!
//! What many operations name (a group, a project, people, a level, a day) is declared once, in [`parameters`].

mod any;
mod call;
mod description;
mod me;
mod outline;
pub mod parameters;
mod planned;
mod read;
mod registry;
mod secret;
mod section;
mod target;
mod undo;

use async_trait::async_trait;
use domain::{AccessLevel, ItemResult, JobOptions, Problem, Timestamp};
use gitlab_api::Tier;
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use any::AnyOperation;
pub use call::{Call, CallContext, Followed, SettleContext, Settlement};
pub use description::Description;
pub use me::Me;
pub use outline::Outline;
pub use planned::Planned;
pub use read::{Collection, Destination, ITSELF, Read};
pub use registry::Registry;
pub use secret::Secret;
pub use section::{Section, SectionRows};
pub use target::{Need, ObjectKind, ObjectRef, Target, Who};
pub use undo::{Reverse, Undo};

use crate::estate::{Estate, Known};
use crate::protected::ProtectedPaths;

/// What a plan compares with.
#[derive(Clone, Copy, Debug)]
pub struct PlanContext<'a> {
    /// What meets the operation's needs, in their order; `None` for what an earlier item of the job makes.
    pub needs: &'a [Option<Known>],
    /// What GitLab has.
    pub estate: &'a Estate,
    /// How the job is to be run.
    pub options: &'a JobOptions,
    /// Whose token it is, and what kind of instance.
    pub me: &'a Me,
    /// What no job may delete, transfer or archive.
    pub protected: &'a ProtectedPaths,
}

impl<'a> PlanContext<'a> {
    /// The first of the needed objects, unless the job makes it itself.
    pub fn object(&self) -> Option<&'a Known> {
        self.needs.first()?.as_ref()
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
    /// Whether it removes something that people would miss; such jobs ask for a typed confirmation.
    const DESTRUCTIVE: bool = false;
    /// From how many items of it a job asks for a typed confirmation; `None`: never.
    const CONFIRM_FROM: Option<u32> = if Self::DESTRUCTIVE { Some(1) } else { None };
    /// Whether `undo` can reverse it.
    const UNDOABLE: bool = false;
    /// Whether GitLab goes on with it after it has answered, so that [`Operation::follow`] has to look.
    const FOLLOWS: bool = false;
    /// The level one has to have on what it needs.
    const PERMISSION: AccessLevel;
    /// The tier from which on GitLab can do it.
    const TIER: Tier = Tier::Free;
    /// The section of a manifest that it serves.
    const SECTION: Option<Section> = None;

    /// The rules that can be checked without asking GitLab. Every problem names its `column`.
    fn check(params: &Self::Params, today: Timestamp, problems: &mut Vec<Problem>);

    /// What the item is about.
    fn target(params: &Self::Params) -> Target;

    /// Objects that have to exist first. An operation on something that exists needs that first of all.
    fn needs(params: &Self::Params) -> Vec<Need>;

    /// The level one has to have on the first of the needs, where these parameters ask for more than
    /// [`Operation::PERMISSION`].
    fn level(_params: &Self::Params) -> AccessLevel {
        Self::PERMISSION
    }

    /// What has to be read to plan, besides the needs and the fields that the parameters name.
    fn reads(_params: &Self::Params) -> Vec<Read> {
        Vec::new()
    }

    /// Compares what is wanted with what GitLab has. Pure.
    fn plan(params: &Self::Params, context: &PlanContext<'_>) -> Planned;

    /// The write of step `context.step`; `None` when there are no more. An operation of one write
    /// gives it for step 0 only. The same plan gives the same writes, also in another process.
    fn call(params: &Self::Params, context: CallContext<'_>) -> Option<Call>;

    /// Reads the body of GitLab's answer to a successful call. `None` when it is not what it should be, or does
    /// not say what the next call has to know: then the call is settled by looking.
    fn result(params: &Self::Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult>;

    /// What GitLab says in the body of a successful answer when it has not done what was asked (a 201 of
    /// invitations with `"status":"error"`); `None` when it has.
    fn refused(_body: &[u8]) -> Option<String> {
        None
    }

    /// Looks what became of the call of `context.call.step`, whose answer was lost. Reads only; may be repeated.
    async fn settle(params: &Self::Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError>;

    /// Whether a refusal with this status may mean that it is so already (404 to a deletion, 409 to a share):
    /// then it is looked for, and is done when [`Operation::settle`] adopts what it finds.
    fn done_if_refused(_params: &Self::Params, _context: CallContext<'_>, _status: u16) -> bool {
        false
    }

    /// Whether GitLab refuses with this status what it has begun already and is not done with (400 to a transfer that
    /// is queued). After a lost answer such a refusal is no word: the item is followed as if it had been accepted.
    fn under_way_if_refused(_params: &Self::Params, _status: u16) -> bool {
        false
    }

    /// Looks how far GitLab has come with what it does after its last answer. Reads only; asked again and
    /// again until it is done.
    async fn follow(_params: &Self::Params, _context: SettleContext<'_>) -> Result<Followed, GitlabError> {
        Ok(Followed::Done(None))
    }

    /// What reverses it, once it has succeeded: `context` is as its last call saw it, `present` is its result.
    fn undo(_params: &Self::Params, _context: CallContext<'_>) -> Undo {
        Undo::impossible(format!("{} cannot be undone by this program", Self::NAME))
    }
}

/// An item whose parameters have passed every rule that needs no GitLab.
#[derive(Clone)]
pub struct ValidItem {
    /// `create_group` …
    pub operation: &'static str,
    /// What it is about.
    pub target: Target,
    /// What has to exist first.
    pub needs: Vec<Need>,
    /// The parameters as JSON, in the operation's own form. May hold a secret, so `Debug` does not show them.
    pub params: Box<RawValue>,
    /// Where it came from.
    pub source: domain::Source,
    /// What else it depends on (`expectation::Expectation`).
    pub expects: Option<Box<RawValue>>,
    /// What its target is called for people, when that is not what its parameters say.
    pub label: Option<String>,
    /// What its row of the job's inputs said that its parameters do not tell, as JSON.
    pub input: Option<Box<RawValue>>,
}

impl std::fmt::Debug for ValidItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ValidItem")
            .field("operation", &self.operation)
            .field("target", &self.target)
            .field("source", &self.source)
            .finish_non_exhaustive()
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
