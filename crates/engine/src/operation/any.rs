use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::{AccessLevel, ItemResult, Problem, Timestamp};
use gitlab_api::Tier;
use gitlab_client::GitlabError;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::value::RawValue;

use super::{
    Call, CallContext, Followed, Need, Operation, Outline, PlanContext, Planned, Section, SettleContext,
    Settlement, Target, Undo, ValidItem,
};
use crate::field::{self, Field};

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
    /// From how many of its items a job asks for a typed confirmation.
    fn confirm_from(&self) -> Option<u32>;
    /// Whether GitLab goes on after its answer.
    fn follows(&self) -> bool;
    /// The level one has to have.
    fn permission(&self) -> AccessLevel;
    /// The tier from which on GitLab can do it.
    fn tier(&self) -> Tier;
    /// The section of a manifest that it serves.
    fn section(&self) -> Option<Section>;
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
    /// What planning has to know of stored parameters before it compares.
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn outline(&self, params: &RawValue) -> serde_json::Result<Outline>;
    /// As [`Operation::refused`].
    fn refused(&self, body: &[u8]) -> Option<String>;
    /// As [`Operation::plan`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn plan(&self, params: &RawValue, context: &PlanContext<'_>) -> serde_json::Result<Planned>;
    /// As [`Operation::call`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn call(&self, params: &RawValue, context: CallContext<'_>) -> serde_json::Result<Option<Call>>;
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
    /// As [`Operation::done_if_refused`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn done_if_refused(
        &self,
        params: &RawValue,
        context: CallContext<'_>,
        status: u16,
    ) -> serde_json::Result<bool>;
    /// As [`Operation::under_way_if_refused`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn under_way_if_refused(&self, params: &RawValue, status: u16) -> serde_json::Result<bool>;
    /// As [`Operation::follow`].
    ///
    /// # Errors
    /// GitLab could not be asked.
    async fn follow(&self, params: &RawValue, context: SettleContext<'_>) -> Result<Followed, GitlabError>;
    /// As [`Operation::undo`].
    ///
    /// # Errors
    /// The stored parameters are not this operation's: a defect.
    fn undo(&self, params: &RawValue, context: CallContext<'_>) -> serde_json::Result<Undo>;
}

pub(super) struct Erased<O: Operation> {
    fields: Vec<Field>,
    read: Mutex<VecDeque<Kept<O::Params>>>,
}

/// Parameters that were read lately.
struct Kept<P> {
    /// Where their text was. Others may be there by now, but only there can it be the same item's.
    at: usize,
    text: Box<str>,
    params: Arc<P>,
}

/// Parameters that are kept as they were read: an item is asked several things in a row, and between its call and
/// GitLab's answer those of all items under way. Reading the hundred settings of a project takes longer than looking
/// here.
const KEPT: usize = 128;

impl<O: Operation> Erased<O> {
    pub(super) fn new() -> Self {
        Self {
            fields: field::derive::<O::Params>(&schema::<O::Params>()),
            read: Mutex::default(),
        }
    }

    fn params(&self, stored: &RawValue) -> serde_json::Result<Arc<O::Params>> {
        if self.fields.iter().any(|field| field.secret) {
            return Ok(Arc::new(serde_json::from_str(stored.get())?));
        }
        let (text, at) = (stored.get(), stored.get().as_ptr().addr());
        let kept = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |kept: &&Kept<O::Params>| kept.at == at && *kept.text == *text;
        if let Some(found) = kept().iter().rev().find(is_it) {
            return Ok(Arc::clone(&found.params));
        }
        // Without the lock: many items are read at a time, on all cores.
        let params = Arc::new(serde_json::from_str(text)?);
        let new = Kept {
            at,
            text: text.into(),
            params: Arc::clone(&params),
        };
        let mut kept = kept();
        // Dropped when nobody waits any more.
        let _oldest = if kept.len() >= KEPT {
            kept.pop_front()
        } else {
            None
        };
        kept.push_back(new);
        drop(kept);
        Ok(params)
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
    fn confirm_from(&self) -> Option<u32> {
        O::CONFIRM_FROM
    }
    fn follows(&self) -> bool {
        O::FOLLOWS
    }
    fn permission(&self) -> AccessLevel {
        O::PERMISSION
    }
    fn tier(&self) -> Tier {
        O::TIER
    }
    fn section(&self) -> Option<Section> {
        O::SECTION
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
        let params: O::Params =
            serde_json::from_value(serde_json::Value::Object(params)).map_err(|error| {
                // What is wrong is quoted in the error, also when it is a secret.
                let is_secret = self.fields.iter().any(|field| field.secret);
                vec![if is_secret {
                    Problem::new(format!("not the parameters of {}", O::NAME))
                } else {
                    Problem::new(error.to_string())
                }]
            })?;
        let mut problems = Vec::new();
        O::check(&params, today, &mut problems);
        let target = O::target(&params);
        if target.to_string().contains('\0') {
            // Rows of files are refused before, field by field; a text of YAML may hold one.
            problems.push(Problem::new("a name cannot hold the NUL character"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let stored = serde_json::value::to_raw_value(&params)
            .map_err(|error| vec![Problem::new(error.to_string())])?;
        Ok(ValidItem {
            operation: O::NAME,
            target,
            needs: O::needs(&params),
            params: stored,
            source,
            expects: None,
            label: None,
            input: None,
        })
    }

    fn read(&self, params: &RawValue) -> serde_json::Result<(Target, Vec<Need>)> {
        let params = self.params(params)?;
        Ok((O::target(&params), O::needs(&params)))
    }

    fn outline(&self, params: &RawValue) -> serde_json::Result<Outline> {
        let params = self.params(params)?;
        Ok(Outline {
            target: O::target(&params),
            needs: O::needs(&params),
            level: O::level(&params),
            reads: O::reads(&params),
        })
    }

    fn refused(&self, body: &[u8]) -> Option<String> {
        O::refused(body)
    }

    fn plan(&self, params: &RawValue, context: &PlanContext<'_>) -> serde_json::Result<Planned> {
        Ok(O::plan(&*self.params(params)?, context))
    }

    fn call(&self, params: &RawValue, context: CallContext<'_>) -> serde_json::Result<Option<Call>> {
        Ok(O::call(&*self.params(params)?, context))
    }

    fn result(
        &self,
        params: &RawValue,
        context: CallContext<'_>,
        body: &[u8],
    ) -> serde_json::Result<Option<ItemResult>> {
        Ok(O::result(&*self.params(params)?, context, body))
    }

    async fn settle(&self, params: &RawValue, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let params = self
            .params(params)
            .map_err(|error| GitlabError::InvalidBody(error.to_string()))?;
        O::settle(&params, context).await
    }

    fn done_if_refused(
        &self,
        params: &RawValue,
        context: CallContext<'_>,
        status: u16,
    ) -> serde_json::Result<bool> {
        Ok(O::done_if_refused(&*self.params(params)?, context, status))
    }

    fn under_way_if_refused(&self, params: &RawValue, status: u16) -> serde_json::Result<bool> {
        Ok(O::under_way_if_refused(&*self.params(params)?, status))
    }

    async fn follow(&self, params: &RawValue, context: SettleContext<'_>) -> Result<Followed, GitlabError> {
        let params = self
            .params(params)
            .map_err(|error| GitlabError::InvalidBody(error.to_string()))?;
        O::follow(&params, context).await
    }

    fn undo(&self, params: &RawValue, context: CallContext<'_>) -> serde_json::Result<Undo> {
        Ok(O::undo(&*self.params(params)?, context))
    }
}
