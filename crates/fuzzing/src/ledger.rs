use domain::{Action, Change, ItemError, ItemResult, ItemStatus, JobOptions, LookAt, Source};
use engine::fuzzing::{Stored, opened_again, run_again, stored_again, undone, wanted};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use storage::StoredItem;

use crate::registry::{TODAY, registry};

/// What stands in the database as JSON, perhaps of another version or changed by hand: it is refused or read, and what
/// was read is stored again as the same. A list of `items` is a job that is run again and undone.
pub(crate) fn run(data: &[u8]) {
    let Ok(told) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    column::<JobOptions>(&told["options"]);
    for kind in [Stored::Request, Stored::Inputs] {
        let name = if matches!(kind, Stored::Request) {
            "request"
        } else {
            "inputs"
        };
        document(kind, &told[name]);
    }
    if let Some(Ok(items)) = wanted(registry(), &told["request"].to_string()) {
        for item in items {
            let operation = registry().get(item.operation).expect("one of the registry's");
            operation
                .outline(&item.params)
                .expect("what is wanted can be planned");
        }
    }
    let rows = told["items"].as_array().into_iter().flatten();
    let items: Vec<StoredItem> = (0_u32..)
        .zip(rows)
        .filter_map(|(place, row)| item(place, row))
        .collect();
    for item in &items {
        if let Some(opened) = opened_again(registry(), item) {
            let as_value = |params: &RawValue| serde_json::from_str::<Value>(params.get()).ok();
            assert_eq!(
                as_value(&opened),
                as_value(&item.params),
                "opened as something else"
            );
        }
    }
    if run_again(registry(), items.clone()).is_err() {
        return;
    }
    for undo in undone(registry(), &items, TODAY).unwrap_or_default() {
        let operation = registry().get(undo.operation).expect("one of the registry's");
        operation.read(&undo.params).expect("what undoes can be planned");
    }
}

/// A row of an item with its plan and state.
fn item(place: u32, row: &Value) -> Option<StoredItem> {
    let number = |name: &str| row[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let word = |name: &str| row[name].as_str();
    let raw = |name: &str| row.get(name).and_then(|value| to_raw_value(value).ok());
    for (kind, name) in [
        (Stored::Found, "found"),
        (Stored::Expectation, "expects"),
        (Stored::InputRow, "input"),
    ] {
        document(kind, &row[name]);
    }
    column::<ItemError>(&row["error"]);
    column::<LookAt>(&row["lookAt"]);
    column::<Vec<Change>>(&row["changes"]);
    column::<Vec<Change>>(&row["differences"]);
    Some(StoredItem {
        index: number("index").unwrap_or(place),
        operation: word("operation")?.to_owned(),
        target: word("target").unwrap_or_default().to_owned(),
        params: raw("params")?,
        expects: raw("expects"),
        found: raw("found"),
        action: word("action").and_then(Action::from_name),
        status: word("status")
            .and_then(ItemStatus::from_name)
            .unwrap_or(ItemStatus::Pending),
        attempts: number("attempts").unwrap_or_default(),
        step: number("step").unwrap_or_default(),
        finished_at: None,
        changes: raw("changes"),
        depends_on: column(&row["dependsOn"]).unwrap_or_default(),
        result: column::<ItemResult>(&row["result"]),
        source: Source::default(),
    })
}

/// What a column holds, if it is that.
fn column<T: DeserializeOwned + Serialize>(told: &Value) -> Option<T> {
    let read = T::deserialize(told).ok()?;
    let written = serde_json::to_string(&read).expect("what was read is written");
    let again: T = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(serde_json::to_string(&again).ok(), Some(written));
    Some(read)
}

fn document(kind: Stored, told: &Value) {
    if let Some(written) = stored_again(kind, &told.to_string()) {
        assert_eq!(stored_again(kind, &written), Some(written), "{kind:?}");
    }
}
