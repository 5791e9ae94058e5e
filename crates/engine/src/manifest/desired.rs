//! What a manifest wants, as it is stored with a job until the plan makes items of it.

use std::collections::HashMap;

use domain::Source;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::words::place_of;
use crate::operation::{ObjectKind, ObjectRef, Registry, ValidItem};

/// Groups and projects with what belongs to them; every object after the one that it lies in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Desired {
    /// In the order of the text.
    pub objects: Vec<Object>,
}

/// Objects as they are stored, in whatever order.
#[derive(Deserialize)]
struct Stored {
    objects: Vec<Object>,
}

/// An object lies in one that does not come before it.
#[derive(Debug, thiserror::Error)]
#[error("object {0} lies in one that does not come before it")]
struct OutOfOrder(usize);

impl TryFrom<Stored> for Desired {
    type Error = OutOfOrder;

    fn try_from(Stored { objects }: Stored) -> Result<Self, OutOfOrder> {
        let misplaced = objects
            .iter()
            .enumerate()
            .position(|(place, object)| match object.within {
                Within::Object(above) => above >= place,
                Within::Top | Within::Existing(_) => false,
            });
        match misplaced {
            Some(place) => Err(OutOfOrder(place)),
            None => Ok(Self { objects }),
        }
    }
}

/// A group or project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Which of the two.
    pub kind: ObjectKind,
    /// What it lies in.
    pub within: Within,
    /// Its own path segment.
    pub path: String,
    /// What is to be done about it: first that it is there, then its further settings, then what belongs to it.
    pub wants: Vec<Want>,
    /// The sections of which nothing may be there but what is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exact: Vec<String>,
    /// Where the text speaks of it.
    pub source: Source,
}

/// What an object lies in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    /// Nothing: a top-level group.
    Top,
    /// A group that the manifest does not speak of, and that has to exist.
    Existing(ObjectRef),
    /// Another object of the manifest, by its place in [`Desired::objects`].
    Object(usize),
}

/// One operation about an object; its parameters do not name the object itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Want {
    /// `add_member` …
    pub operation: String,
    /// Its parameters, without the one that names the object.
    pub params: Map<String, Value>,
    /// Where the text speaks of it.
    pub source: Source,
}

/// The desired state cannot be turned into items: it was stored by another version of this program.
#[derive(Debug, thiserror::Error)]
pub enum NotItems {
    /// An operation that this version does not have.
    #[error("the manifest wants `{0}`, which this version does not know")]
    UnknownOperation(String),
    /// The parameters are not those of the operation.
    #[error("the parameters of `{operation}` cannot be read")]
    Parameters {
        /// The operation.
        operation: String,
        /// What is wrong with them.
        #[source]
        source: serde_json::Error,
    },
}

impl Desired {
    /// The numbers of the groups that objects lie in. A plan needs their paths, since only a path says what an
    /// object further below is called.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.objects.iter().filter_map(|object| match object.within {
            Within::Existing(ObjectRef::Id(id)) => Some(id),
            _ => None,
        })
    }

    /// How many items it makes, removals not counted.
    pub fn len(&self) -> usize {
        self.objects.iter().map(|object| object.wants.len()).sum()
    }

    /// Whether it wants nothing.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Adds the objects of another file.
    pub(super) fn append(&mut self, mut other: Self) {
        let offset = self.objects.len();
        for object in &mut other.objects {
            if let Within::Object(above) = &mut object.within {
                *above += offset;
            }
        }
        self.objects.append(&mut other.objects);
    }

    /// The full path of every object, in their order. Where the path of a numbered group is not in `known`, its
    /// number stands for it.
    pub fn full_paths(&self, known: &HashMap<u64, String>) -> Vec<String> {
        let mut paths: Vec<String> = Vec::with_capacity(self.objects.len());
        for object in &self.objects {
            let path = match &object.within {
                Within::Top => object.path.clone(),
                Within::Existing(above) => format!("{}/{}", by_path(above, known), object.path),
                Within::Object(above) => format!("{}/{}", paths[*above], object.path),
            };
            paths.push(path);
        }
        paths
    }

    /// The items of this state: every object before what it holds and before what belongs to it.
    ///
    /// # Errors
    /// It was stored by another version of this program.
    pub fn items(
        &self,
        registry: &Registry,
        known: &HashMap<u64, String>,
    ) -> Result<Vec<ValidItem>, NotItems> {
        let paths = self.full_paths(known);
        let mut items = Vec::with_capacity(self.len());
        for (object, own_path) in self.objects.iter().zip(&paths) {
            let above = match &object.within {
                Within::Top => None,
                Within::Existing(above) => Some(by_path(above, known)),
                Within::Object(above) => Some(ObjectRef::Path(paths[*above].clone())),
            };
            for want in &object.wants {
                items.push(want.item(registry, object.kind, own_path, above.as_ref())?);
            }
        }
        Ok(items)
    }
}

fn by_path(object: &ObjectRef, known: &HashMap<u64, String>) -> ObjectRef {
    match object {
        ObjectRef::Id(id) => known
            .get(id)
            .map_or_else(|| object.clone(), |path| ObjectRef::Path(path.clone())),
        ObjectRef::Path(_) => object.clone(),
    }
}

impl Want {
    /// The item about the object at `own_path`, which lies in `above`.
    fn item(
        &self,
        registry: &Registry,
        kind: ObjectKind,
        own_path: &str,
        above: Option<&ObjectRef>,
    ) -> Result<ValidItem, NotItems> {
        let operation = registry
            .get(&self.operation)
            .ok_or_else(|| NotItems::UnknownOperation(self.operation.clone()))?;
        let broken = |source| NotItems::Parameters {
            operation: self.operation.clone(),
            source,
        };
        let creates = operation.name() == creator_of(kind);
        let mut params = self.params.clone();
        let place = if creates {
            above.cloned()
        } else {
            Some(ObjectRef::Path(own_path.to_owned()))
        };
        if let Some(place) = place {
            let place = serde_json::to_value(place).map_err(broken)?;
            params.insert(place_of(creates, kind).to_owned(), place);
        }
        let params = serde_json::value::to_raw_value(&params).map_err(broken)?;
        let (target, needs) = operation.read(&params).map_err(broken)?;
        Ok(ValidItem {
            operation: operation.name(),
            target,
            needs,
            params,
            source: self.source.clone(),
            expects: None,
            label: None,
            input: None,
        })
    }
}

/// The operation that makes objects of this kind.
pub(super) const fn creator_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "create_group",
        ObjectKind::Project => "create_project",
    }
}
