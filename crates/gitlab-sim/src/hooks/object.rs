//! JSON objects that keep the order of their keys.

use serde::Serialize;

/// An object being written.
#[derive(Debug, Clone)]
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    /// Adds a key.
    pub(super) fn put(self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned());
        self.put_json(key, &value)
    }

    /// Adds a key whose value is JSON already.
    pub(super) fn put_json(mut self, key: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        // Keys are ours: plain words.
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
        self.0.push_str(json);
        self
    }

    /// Adds a list of objects.
    pub(super) fn put_all(self, key: &str, objects: impl IntoIterator<Item = Self>) -> Self {
        let objects: Vec<String> = objects.into_iter().map(Self::end).collect();
        self.put_json(key, &format!("[{}]", objects.join(",")))
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_their_order() {
        let inner = || Object::new().put("z", "a\"b").put("a", 1);
        let object = Object::new().put_all("list", [inner(), inner()]).put("b", ());
        assert_eq!(
            object.end(),
            r#"{"list":[{"z":"a\"b","a":1},{"z":"a\"b","a":1}],"b":null}"#
        );
    }
}
