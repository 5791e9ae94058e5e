use engine::import::read_body;
use engine::operation::ValidItem;
use serde_json::Value;

use crate::choose;
use crate::problems::judge;
use crate::registry::{TODAY, registry};

/// The `data` of a job: an object of lists, of every kind of operation there is.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let names: Vec<&str> = registry().iter().map(|operation| operation.name()).collect();
    let kind = names.get(choice % (names.len() + 1)).copied().unwrap_or("mixed");
    match read_body(registry(), kind, &value, TODAY) {
        Ok(imported) => {
            assert!(
                !imported.items.is_empty(),
                "nothing was read, and nothing was wrong"
            );
            if let Some(operation) = of_one_kind(&imported.items) {
                let again = list(&imported.items);
                expect_same(operation, &again, &imported.items);
            }
        }
        Err(refused) => judge(&refused.0, bytes),
    }
}

/// The operation of all these items, if it is one.
pub(crate) fn of_one_kind(items: &[ValidItem]) -> Option<&'static str> {
    let first = items.first()?.operation;
    items.iter().all(|item| item.operation == first).then_some(first)
}

/// What was understood, given once more, is understood the same.
pub(crate) fn expect_same(operation: &str, data: &Value, items: &[ValidItem]) {
    let again = match read_body(registry(), operation, data, TODAY) {
        Ok(again) => again,
        Err(refused) => panic!("what was accepted is refused: {:?} in {data}", refused.0),
    };
    let params = |items: &[ValidItem]| -> Vec<String> {
        items.iter().map(|item| item.params.get().to_owned()).collect()
    };
    assert_eq!(params(&again.items), params(items));
}

fn list(items: &[ValidItem]) -> Value {
    let items = items
        .iter()
        .map(|item| serde_json::from_str(item.params.get()).expect("parameters are JSON"))
        .collect();
    Value::Object([("items".to_owned(), Value::Array(items))].into_iter().collect())
}
