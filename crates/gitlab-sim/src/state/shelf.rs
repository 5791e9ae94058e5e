//! Rows that hang on something: the labels of a group, the keys of a user.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{NamespaceId, ProjectId, UserId};
use crate::state::Source;

/// Rows of one kind, each on an owner and with an id that no other row of the shelf ever gets.
///
/// An owner's rows come oldest first; adding, finding and removing one costs O(log n).
#[derive(Debug, Clone)]
pub(crate) struct Shelf<O, T> {
    last: u64,
    of_owner: HashMap<O, BTreeMap<u64, Arc<T>>>,
    owners: BTreeMap<u64, O>,
}

impl<O, T> Default for Shelf<O, T> {
    fn default() -> Self {
        Self {
            last: 0,
            of_owner: HashMap::new(),
            owners: BTreeMap::new(),
        }
    }
}

impl<O: Copy + Eq + Hash, T> Shelf<O, T> {
    /// The rows of one owner, oldest first.
    pub(crate) fn of(&self, owner: O) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.of_owner.get(&owner).into_iter().flat_map(BTreeMap::values)
    }

    /// How many rows an owner has.
    pub(crate) fn count(&self, owner: O) -> usize {
        self.of_owner.get(&owner).map_or(0, BTreeMap::len)
    }

    /// One row, if it is that owner's.
    pub(crate) fn get(&self, owner: O, id: u64) -> Option<&Arc<T>> {
        self.of_owner.get(&owner)?.get(&id)
    }

    /// One row, whoever has it.
    pub(crate) fn find(&self, id: u64) -> Option<(O, &Arc<T>)> {
        let owner = *self.owners.get(&id)?;
        Some((owner, self.get(owner, id)?))
    }

    /// All rows by ascending id.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (O, &Arc<T>)> {
        self.owners.iter().filter_map(|(id, owner)| {
            let row = self.of_owner.get(owner)?.get(id)?;
            Some((*owner, row))
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.owners.len()
    }

    /// Adds a row, made from the id it gets.
    pub(crate) fn add(&mut self, owner: O, row: impl FnOnce(u64) -> T) -> Arc<T> {
        self.last += 1;
        let row = Arc::new(row(self.last));
        self.put(owner, self.last, Arc::clone(&row));
        row
    }

    /// Puts a row in the place of the one with that id.
    pub(crate) fn put(&mut self, owner: O, id: u64, row: Arc<T>) {
        self.last = self.last.max(id);
        if let Some(before) = self.owners.insert(id, owner).filter(|before| *before != owner) {
            self.take(before, id);
        }
        self.of_owner.entry(owner).or_default().insert(id, row);
    }

    /// Takes one row away.
    pub(crate) fn remove(&mut self, owner: O, id: u64) -> Option<Arc<T>> {
        let row = self.take(owner, id)?;
        self.owners.remove(&id);
        Some(row)
    }

    /// Takes away everything an owner has.
    pub(crate) fn clear(&mut self, owner: O) {
        for id in self.of_owner.remove(&owner).unwrap_or_default().into_keys() {
            self.owners.remove(&id);
        }
    }

    fn take(&mut self, owner: O, id: u64) -> Option<Arc<T>> {
        let rows = self.of_owner.get_mut(&owner)?;
        let row = rows.remove(&id)?;
        if rows.is_empty() {
            self.of_owner.remove(&owner);
        }
        Some(row)
    }
}

/// What went for good, with everything that hung on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    Group(NamespaceId),
    Project(ProjectId),
    User(UserId),
}

/// A store that lets go of what hung on something gone.
pub(crate) trait Forget {
    fn forget(&mut self, gone: Gone);
}

impl<T> Forget for Shelf<Source, T> {
    fn forget(&mut self, gone: Gone) {
        match gone {
            Gone::Group(id) => self.clear(Source::Group(id)),
            Gone::Project(id) => self.clear(Source::Project(id)),
            Gone::User(_) => {}
        }
    }
}

impl<T> Forget for Shelf<ProjectId, T> {
    fn forget(&mut self, gone: Gone) {
        if let Gone::Project(id) = gone {
            self.clear(id);
        }
    }
}

impl<T> Forget for Shelf<NamespaceId, T> {
    fn forget(&mut self, gone: Gone) {
        if let Gone::Group(id) = gone {
            self.clear(id);
        }
    }
}

impl<T> Forget for Shelf<UserId, T> {
    fn forget(&mut self, gone: Gone) {
        if let Gone::User(id) = gone {
            self.clear(id);
        }
    }
}

/// What belongs to the instance stays.
impl<T> Forget for Shelf<(), T> {
    fn forget(&mut self, _: Gone) {}
}

/// As it is kept in a file: by ascending id.
#[derive(Serialize, Deserialize)]
struct Kept<O, T> {
    last: u64,
    rows: Vec<(u64, O, Arc<T>)>,
}

impl<O: Copy + Eq + Hash + Serialize, T: Serialize> Serialize for Shelf<O, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |(id, owner): (&u64, &O)| Some((*id, *owner, Arc::clone(self.get(*owner, *id)?)));
        let kept = Kept {
            last: self.last,
            rows: self.owners.iter().filter_map(row).collect(),
        };
        kept.serialize(serializer)
    }
}

impl<'de, O, T> Deserialize<'de> for Shelf<O, T>
where
    O: Copy + Eq + Hash + Deserialize<'de>,
    T: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kept = Kept::deserialize(deserializer)?;
        let mut shelf = Self::default();
        for (id, owner, row) in kept.rows {
            shelf.put(owner, id, row);
        }
        shelf.last = shelf.last.max(kept.last);
        Ok(shelf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(shelf: &Shelf<u8, String>, owner: u8) -> Vec<&str> {
        shelf.of(owner).map(|row| row.as_str()).collect()
    }

    #[test]
    fn an_id_is_never_given_twice_not_even_after_a_restart() {
        let mut shelf = Shelf::<u8, String>::default();
        shelf.add(1, |id| format!("first {id}"));
        shelf.add(2, |id| format!("second {id}"));
        shelf.remove(2, 2);
        let text = serde_json::to_string(&shelf).unwrap();
        let mut again: Shelf<u8, String> = serde_json::from_str(&text).unwrap();
        again.add(2, |id| format!("third {id}"));
        assert_eq!(rows(&again, 1), ["first 1"]);
        assert_eq!(rows(&again, 2), ["third 3"]);
    }

    #[test]
    fn a_row_is_found_under_its_owner_only_and_moves_as_a_whole() {
        let mut shelf = Shelf::<u8, String>::default();
        shelf.add(1, |_| "row".to_owned());
        assert!(shelf.get(2, 1).is_none());
        shelf.put(2, 1, Arc::new("moved".to_owned()));
        assert!(shelf.get(1, 1).is_none());
        assert_eq!(shelf.find(1).map(|(owner, _)| owner), Some(2));
        assert_eq!(shelf.len(), 1);
        shelf.clear(2);
        assert_eq!((shelf.len(), shelf.count(2)), (0, 0));
    }
}
