use gitlab_api::resources::Visibility;

use super::order::Order;
use super::{LEVELS, visibility};
use crate::access::AccessLevel;
use crate::http::page::Offset;
use crate::params::{Ask, Params};
use crate::state::{Group, Search, State};
use crate::time_text::Day;

/// What a list of groups can be asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    archived: Option<bool>,
    skip: Vec<u64>,
    pub(super) all_available: Option<bool>,
    visibility: Option<Visibility>,
    pub(super) search: Option<Search>,
    pub(super) owned: bool,
    pub(super) order: Order,
    pub(super) min_level: Option<AccessLevel>,
    top_level_only: bool,
    marked_on: Option<Day>,
    active: Option<bool>,
    pub(super) statistics: bool,
    pub(super) with_custom_attributes: bool,
    /// Pairs that a group has to have, for administrators.
    pub(super) custom_attributes: Vec<(String, String)>,
    pub(super) keyset: bool,
    pub(super) cursor: Option<String>,
    pub(super) offset: Offset,
}

impl Wanted {
    pub(super) fn read(ask: &mut Ask<'_>) -> Self {
        ask.ignored(&["repository_storage"]);
        let pairs = ask.map("custom_attributes");
        Self {
            archived: ask.flag("archived"),
            skip: ask.ids("skip_groups").unwrap_or_default(),
            all_available: ask.flag("all_available"),
            visibility: visibility(ask),
            search: ask.filled("search").map(|text| Search::new(&text)),
            owned: ask.flag("owned").unwrap_or(false),
            order: Order::read(ask),
            min_level: ask
                .number_of("min_access_level", &LEVELS)
                .and_then(AccessLevel::from_number),
            top_level_only: ask.flag("top_level_only").unwrap_or(false),
            marked_on: ask.day("marked_for_deletion_on").flatten(),
            active: ask.flag("active"),
            statistics: ask.flag("statistics").unwrap_or(false),
            with_custom_attributes: ask.flag("with_custom_attributes").unwrap_or(false),
            custom_attributes: pairs
                .into_iter()
                .flat_map(Params::iter)
                .filter_map(|(key, value)| Some((key.to_owned(), value.text()?)))
                .collect(),
            keyset: ask.choice("pagination", &["keyset", "offset"]) == Some("keyset"),
            cursor: ask.filled("cursor"),
            offset: Offset::read(ask),
        }
    }

    /// Whether it leaves any group out, whoever asks.
    pub(super) fn narrows(&self) -> bool {
        self.archived.is_some()
            || !self.skip.is_empty()
            || self.visibility.is_some()
            || self.search.is_some()
            || self.top_level_only
            || self.marked_on.is_some()
            || self.active.is_some()
    }

    /// Whether a group fits, whoever asks.
    pub(super) fn matches(&self, state: &State, group: &Group) -> bool {
        let archived = || state.tree.any_in_lineage(group.id, |above| above.archived);
        let marked = || {
            state
                .tree
                .any_in_lineage(group.id, |above| above.marked_on.is_some())
        };
        (!self.top_level_only || group.parent.is_none())
            && !self.skip.contains(&group.id.0)
            && self
                .visibility
                .is_none_or(|visibility| group.visibility == visibility)
            && self.marked_on.is_none_or(|day| group.marked_on == Some(day))
            && self
                .search
                .as_ref()
                .is_none_or(|search| search.finds(&group.name) || search.finds(&group.path))
            && self.archived.is_none_or(|wish| archived() == wish)
            && self.active.is_none_or(|wish| (archived() || marked()) != wish)
    }
}
