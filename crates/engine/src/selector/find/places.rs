//! Parts of the estate that can be listed or looked up.

use std::collections::BTreeSet;

/// Single objects are looked up, and not lists read, up to this many.
const MOST_LOOK_UPS: usize = 100;

/// A part of the estate. Paths are in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Everything below a group, at any depth.
    Below(Holder),
    /// What lies directly in a group.
    In(Holder),
    /// The object of this path.
    Path(String),
    /// The same, of which it is known that there may be none.
    Itself(String),
    /// The object of this number.
    Id(u64),
}

impl Place {
    /// Whether it is looked up by itself.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::Path(_) | Self::Itself(_) | Self::Id(_))
    }
}

/// A group, or what may be a user's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    /// Full path, or a number in digits.
    pub(super) path: String,
    /// It may be a user's, too.
    pub(super) user: bool,
}

/// Roughly, how much there is to read.
pub(super) fn cost(places: &BTreeSet<Place>) -> usize {
    places
        .iter()
        .map(|place| match place {
            Place::Path(_) | Place::Itself(_) | Place::Id(_) => 1,
            Place::In(_) => 10,
            // The deeper the group, the less is below it.
            Place::Below(holder) => 1_000 / (1 + holder.path.matches('/').count()).min(10),
        })
        .sum()
}

/// Without doubles, and in lists where there are too many to be looked up.
pub(super) fn few(places: BTreeSet<Place>) -> Option<BTreeSet<Place>> {
    let places = without_doubles(places);
    if places.iter().filter(|place| place.is_single()).count() > MOST_LOOK_UPS {
        return in_lists(places).map(without_doubles);
    }
    Some(places)
}

/// What lists these places; `None`: only the list of everything.
pub(super) fn in_lists(places: BTreeSet<Place>) -> Option<BTreeSet<Place>> {
    let list = |place| match place {
        Place::Path(path) | Place::Itself(path) => {
            let (parent, _) = path.rsplit_once('/')?;
            Some(Place::In(Holder {
                path: parent.to_owned(),
                user: true,
            }))
        }
        Place::Id(_) => None,
        place => Some(place),
    };
    places.into_iter().map(list).collect()
}

/// Leaves out what lies in another one of the places.
fn without_doubles(places: BTreeSet<Place>) -> BTreeSet<Place> {
    let whole: BTreeSet<String> = places
        .iter()
        .filter_map(|place| match place {
            Place::Below(holder) => Some(holder.path.clone()),
            _ => None,
        })
        .collect();
    let above = |path: &str| {
        path.match_indices('/')
            .any(|(end, _)| whole.contains(&path[..end]))
    };
    places
        .into_iter()
        .filter(|place| match place {
            Place::Below(holder) => !above(&holder.path),
            Place::In(holder) => !above(&holder.path) && !whole.contains(&holder.path),
            Place::Path(path) | Place::Itself(path) => !above(path),
            Place::Id(_) => true,
        })
        .collect()
}
