use serde_json::{Map, Value};

use super::{Collection, ObjectKind, ObjectRef, Read};

/// The section of a manifest that an operation serves: what the manifest lists there becomes items of this
/// operation.
///
/// Its entries take the operation's parameters, without `group` and `project`, which name the object that the
/// section stands in. The kinds of objects that have the section are those that the operation has a parameter for.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its key, in camelCase: `protectedBranches`.
    pub name: &'static str,
    /// Whether an object has a list of entries there, rather than one at most.
    pub is_list: bool,
    /// Where GitLab has what is there already.
    pub rows: SectionRows,
    /// What GitLab says of one, as an entry of the section; never with a secret. `None` for what does not belong
    /// to the object itself (an inherited label) or cannot be said here: an export leaves it out, and an exact
    /// section leaves it alone.
    pub entry: fn(&Map<String, Value>) -> Option<Map<String, Value>>,
    /// The same entry with GitLab's number instead of the name that tells it apart, where a manifest may give either.
    pub by_number: Option<fn(&Map<String, Value>) -> Option<Map<String, Value>>>,
    /// The operation that takes an entry away again, where GitLab has one. Its parameters are among those of an
    /// entry.
    pub removal: Option<&'static str>,
    /// Whether its entries hold secrets, so that no message may show a value.
    pub has_secrets: bool,
}

/// Where GitLab has the entries of a section.
#[derive(Clone, Copy, Debug)]
pub enum SectionRows {
    /// The direct members of the object.
    Members,
    /// A collection below the object.
    Of(&'static Collection),
    /// A list in the body of the object itself, which is read as a collection of one: the name of its field.
    In(&'static Collection, &'static str),
}

impl SectionRows {
    /// What has to be read of an object to know its entries.
    pub fn read(self, kind: ObjectKind, of: ObjectRef) -> Read {
        match self {
            Self::Members => Read::Members(kind, of),
            Self::Of(collection) | Self::In(collection, _) => Read::Rows(kind, of, collection),
        }
    }

    /// The rows of the entries, from those of the collection.
    pub(crate) fn of(self, rows: &[Map<String, Value>]) -> Vec<&Map<String, Value>> {
        let Self::In(_, field) = self else {
            return rows.iter().collect();
        };
        let lists = rows.iter().filter_map(|row| row.get(field)?.as_array());
        lists.flatten().filter_map(Value::as_object).collect()
    }
}

impl Section {
    /// A list of entries that nothing takes away, without secrets.
    pub const fn list(
        name: &'static str,
        rows: SectionRows,
        entry: fn(&Map<String, Value>) -> Option<Map<String, Value>>,
    ) -> Self {
        Self {
            name,
            is_list: true,
            rows,
            entry,
            by_number: None,
            removal: None,
            has_secrets: false,
        }
    }

    /// The same, with the operation that takes an entry away.
    #[must_use]
    pub const fn removed_by(self, operation: &'static str) -> Self {
        Self {
            removal: Some(operation),
            ..self
        }
    }

    /// The same, with entries that may be told apart by a number as well.
    #[must_use]
    pub const fn also_by_number(self, entry: fn(&Map<String, Value>) -> Option<Map<String, Value>>) -> Self {
        Self {
            by_number: Some(entry),
            ..self
        }
    }

    /// The same, with secrets in its entries.
    #[must_use]
    pub const fn with_secrets(self) -> Self {
        Self {
            has_secrets: true,
            ..self
        }
    }

    /// The same, with one entry at most.
    #[must_use]
    pub const fn single(self) -> Self {
        Self {
            is_list: false,
            ..self
        }
    }
}
