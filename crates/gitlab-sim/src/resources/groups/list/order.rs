use crate::params::Ask;
use crate::state::{Group, Search};

/// How a list of groups is sorted.
#[derive(Debug, Clone)]
pub(in crate::resources::groups) struct Order {
    pub(super) by: By,
    pub(super) descending: bool,
}

#[derive(Debug, Clone)]
pub(super) enum By {
    Name,
    Path,
    Id,
    /// The best match first.
    Similarity(Search),
}

impl Order {
    /// Reads `order_by` and `sort`. Similarity counts with a search only.
    pub(in crate::resources::groups) fn read(ask: &mut Ask<'_>) -> Self {
        let by = ask.choice("order_by", &["name", "path", "id", "similarity"]);
        let searched = ask.filled("search");
        Self {
            by: match (by, searched) {
                (Some("path"), _) => By::Path,
                (Some("id"), _) => By::Id,
                (Some("similarity"), Some(text)) => By::Similarity(Search::new(&text)),
                _ => By::Name,
            },
            descending: ask.choice("sort", &["asc", "desc"]) == Some("desc"),
        }
    }

    pub(in crate::resources::groups) fn sort<G: AsRef<Group>>(&self, groups: &mut [G]) {
        match &self.by {
            By::Name => groups.sort_by_cached_key(|group| {
                let group = group.as_ref();
                (group.name.to_lowercase(), group.id)
            }),
            By::Path => groups.sort_by_cached_key(|group| {
                let group = group.as_ref();
                (group.path.to_lowercase(), group.id)
            }),
            By::Id => groups.sort_unstable_by_key(|group| group.as_ref().id),
            By::Similarity(search) => groups.sort_by_cached_key(|group| {
                let group = group.as_ref();
                let distance = search.distance(&group.path).min(search.distance(&group.name));
                (distance, group.name.to_lowercase(), group.id)
            }),
        }
        // The direction says nothing about what is alike: the best match always comes first.
        if self.descending && !matches!(self.by, By::Similarity(_)) {
            groups.reverse();
        }
    }
}
