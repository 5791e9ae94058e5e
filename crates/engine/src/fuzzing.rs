//! Doors for `crates/fuzzing` to what is read back from the database.

use std::collections::HashMap;

use domain::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use storage::{NewItem, StoredItem};

use crate::done::Done;
use crate::expand::Request;
use crate::expectation::Expectation;
use crate::inputs::{InputRow, Inputs};
use crate::operation::{Registry, ValidItem};
use crate::plan::Found;
use crate::runner;
use crate::secrets::Secrets;
use crate::vault::Vault;

/// Something that is stored as JSON.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    /// What planning remembers of an item.
    Found,
    /// What an item expects of its target.
    Expectation,
    /// What a job is made from.
    Request,
    /// The tables that a job was read from.
    Inputs,
    /// What a row of one of them said.
    InputRow,
}

/// The text as it would be stored again; `None` when it is refused.
pub fn stored_again(kind: Stored, text: &str) -> Option<String> {
    match kind {
        Stored::Found => again::<Found>(text),
        Stored::Expectation => again::<Expectation>(text),
        Stored::Request => again::<Request>(text),
        Stored::Inputs => again::<Inputs>(text),
        Stored::InputRow => again::<InputRow>(text),
    }
}

fn again<T: DeserializeOwned + Serialize>(text: &str) -> Option<String> {
    serde_json::to_string(&serde_json::from_str::<T>(text).ok()?).ok()
}

/// The items that a job's request of a desired state stands for; `None` when it is no such request.
///
/// # Errors
/// They are refused, for this reason.
pub fn wanted(registry: &Registry, request: &str) -> Option<Result<Vec<ValidItem>, String>> {
    let Ok(Request::Manifest { desired }) = serde_json::from_str(request) else {
        return None;
    };
    let items = desired.items(registry, &HashMap::new());
    Some(items.map_err(|error| error.to_string()))
}

/// Parameters whose secrets were sealed to be stored, and were opened when they were read; `None` when they hold none
/// that could be sealed.
pub fn opened_again(registry: &Registry, item: &StoredItem) -> Option<Box<RawValue>> {
    let secrets = secrets(registry);
    let sealed = NewItem {
        index: item.index,
        operation: registry.get(&item.operation)?.name(),
        target: item.target.clone(),
        source: item.source.clone(),
        params: item.params.clone(),
        expects: None,
        input: None,
    };
    let sealed = secrets.seal(sealed).ok()?;
    let stored = StoredItem {
        params: sealed.params,
        ..item.clone()
    };
    let opened = secrets.open(stored);
    Some(opened.expect("what was sealed is opened").params)
}

/// Items as whoever runs their job reads them, each asked for its next write; returns how many there are.
///
/// # Errors
/// They are refused, for this reason.
pub fn run_again(registry: &Registry, items: Vec<StoredItem>) -> Result<usize, String> {
    runner::read_again(registry, &secrets(registry), items).map_err(|error| error.to_string())
}

/// What undoes these items. Only of those that [`run_again`] takes.
///
/// # Errors
/// They are refused, for this reason.
pub fn undone(registry: &Registry, items: &[StoredItem], today: Timestamp) -> Result<Vec<ValidItem>, String> {
    let done = Done { registry, items };
    done.moves().map_err(|error| error.to_string())?;
    crate::undo::reverse(&done, today).map_err(|error| error.to_string())
}

fn secrets(registry: &Registry) -> Secrets {
    let vault = Vault::new(vec![7; 32], None).expect("the secret is long enough");
    Secrets::new(vault, registry.clone())
}
