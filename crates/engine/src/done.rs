//! What a job has done: its items with what met their needs, for undoing and verifying.

use std::collections::BTreeMap;

use domain::{Action, Change, ItemResult, ItemStatus};
use serde_json::Value;
use storage::StoredItem;

use crate::estate::Known;
use crate::operation::{CallContext, ObjectKind, ObjectRef, Registry, Target};
use crate::plan::{Found, Met, Place, PlanError};

/// All items of a job. `items[i].index` is `i`.
pub(crate) struct Done<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) items: &'a [StoredItem],
}

/// An item that is over, as its last call saw it.
pub(crate) struct Finished<'a> {
    pub(crate) item: &'a StoredItem,
    pub(crate) needs: Vec<Known>,
    /// What it changed.
    pub(crate) changes: Vec<Change>,
    remembered: Option<Value>,
}

impl<'a> Done<'a> {
    /// What is known of an item. `None` when something that it needs never came to be.
    pub(crate) fn finished(&self, item: &'a StoredItem) -> Result<Option<Finished<'a>>, PlanError> {
        let broken = |source| PlanError::Parameters {
            index: item.index,
            source,
        };
        let found: Found = match &item.found {
            Some(found) => serde_json::from_str(found.get()).map_err(broken)?,
            None => Found::default(),
        };
        let remembered = found
            .remember
            .map(|remember| serde_json::from_str(remember.get()));
        let needs = found.needs.into_iter().map(|met| match met {
            Met::Known(place) => Some(Known::from(Place::clone(&place))),
            Met::Item(maker) => self.made_by(maker),
        });
        let Some(needs) = needs.collect() else {
            return Ok(None);
        };
        Ok(Some(Finished {
            item,
            needs,
            changes: item.changes().map_err(broken)?,
            remembered: remembered.transpose().map_err(broken)?,
        }))
    }

    /// The group or project that an item has made.
    fn made_by(&self, maker: u32) -> Option<Known> {
        let maker = self.items.get(maker as usize)?;
        let operation = self.registry.get(&maker.operation)?;
        let Target::New { kind, .. } = operation.read(&maker.params).ok()?.0 else {
            return None;
        };
        let result = maker.result.as_ref()?;
        Some(Known::from(Place {
            kind,
            id: result.id?,
            path: result.full_path.clone().unwrap_or_else(|| maker.target.clone()),
            url: result.web_url.clone(),
        }))
    }

    /// Where groups and projects have gone that this job moved or renamed: paths (lower case) as they were
    /// and as they are.
    pub(crate) fn moves(&self) -> Result<Moves, PlanError> {
        let mut moves = Moves::default();
        for item in self
            .items
            .iter()
            .filter(|item| item.status == ItemStatus::Succeeded)
        {
            let Some(operation) = self.registry.get(&item.operation) else {
                continue;
            };
            let target = operation.read(&item.params).map(|(target, _)| target);
            if let (Ok(Target::Object { .. }), Some(now)) = (target, path_of(item.result.as_ref()))
                && item.action != Some(Action::Delete)
                && let Some(finished) = self.finished(item)?
                && let Some(before) = finished.needs.first().map(|known| known.full_path.to_lowercase())
                && before != now.to_lowercase()
            {
                moves.0.insert(before, now.to_owned());
            }
        }
        Ok(moves)
    }
}

fn path_of(result: Option<&ItemResult>) -> Option<&str> {
    result?.full_path.as_deref()
}

impl Finished<'_> {
    /// What undoing may look at.
    pub(crate) fn context(&self) -> CallContext<'_> {
        CallContext {
            step: self.item.step,
            action: self.item.action.unwrap_or(Action::Conflict),
            needs: &self.needs,
            present: self.item.result.as_ref(),
            changes: &self.changes,
            remembered: self.remembered.as_ref(),
        }
    }

    /// The full path of an object that the item knows of.
    pub(crate) fn path_of(&self, kind: ObjectKind, id: u64) -> Option<&str> {
        let known = self
            .needs
            .iter()
            .find(|known| known.kind == kind && known.id == id);
        known.map(|known| known.full_path.as_str()).or_else(|| {
            let made = self.item.result.as_ref().filter(|made| made.id == Some(id));
            path_of(made)
        })
    }
}

/// Groups and projects that a job moved.
#[derive(Debug, Default)]
pub(crate) struct Moves(BTreeMap<String, String>);

impl Moves {
    /// Nothing was moved.
    pub(crate) const NONE: &Self = &Self(BTreeMap::new());

    /// The same object, where it is now.
    pub(crate) fn follow(&self, object: ObjectRef) -> ObjectRef {
        match object {
            ObjectRef::Path(path) => ObjectRef::Path(self.now(&path).unwrap_or(path)),
            ObjectRef::Id(id) => ObjectRef::Id(id),
        }
    }

    /// Where what was at this path is now: it or one of the groups above it may have moved.
    pub(crate) fn now(&self, path: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let lower = path.to_lowercase();
        if let Some(now) = self.0.get(&lower) {
            return Some(now.clone());
        }
        let above = lower
            .rmatch_indices('/')
            .find_map(|(at, _)| Some((at, self.0.get(&lower[..at])?)));
        above.map(|(at, now)| format!("{now}{}", &lower[at..]))
    }
}

#[cfg(test)]
mod tests {
    use super::Moves;

    #[test]
    fn what_is_below_something_that_moved_has_moved_with_it() {
        let moves = Moves([("acme/old".to_owned(), "acme/New".to_owned())].into());
        assert_eq!(moves.now("Acme/Old").as_deref(), Some("acme/New"));
        assert_eq!(moves.now("acme/old/web").as_deref(), Some("acme/New/web"));
        assert_eq!(moves.now("acme/older"), None);
        assert_eq!(moves.now("acme"), None);
    }
}
