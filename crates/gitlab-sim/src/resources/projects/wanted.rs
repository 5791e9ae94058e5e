use std::ops::Bound;

use gitlab_api::resources::Visibility;

use crate::access::AccessLevel;
use crate::http::{Offset, Refusal, refuse};
use crate::ids::ProjectId;
use crate::params::Ask;
use crate::resources::groups::list::{LEVELS, visibility};
use crate::state::Search;
use crate::time_text::{Day, Moment};

/// What a list of projects can be asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(super) archived: Option<bool>,
    pub(super) visibility: Option<Visibility>,
    pub(super) search: Option<Search>,
    /// The search as it was written.
    pub(super) searched: Option<String>,
    pub(super) search_namespaces: bool,
    pub(super) owned: bool,
    pub(super) starred: bool,
    pub(super) imported: bool,
    pub(super) membership: bool,
    pub(super) with_issues: bool,
    pub(super) with_merge_requests: bool,
    pub(super) min_level: Option<AccessLevel>,
    pub(super) id_after: Option<u64>,
    pub(super) id_before: Option<u64>,
    pub(super) activity_after: Option<Moment>,
    pub(super) activity_before: Option<Moment>,
    pub(super) updated_after: Option<Moment>,
    pub(super) updated_before: Option<Moment>,
    pub(super) topics: Vec<String>,
    pub(super) marked_on: Option<Day>,
    pub(super) active: Option<bool>,
    pub(crate) simple: bool,
    pub(super) statistics: bool,
    pub(super) topic_id: Option<u64>,
    pub(super) language: Option<String>,
    /// For administrators; others see the list as if they had not asked.
    pub(super) storage: Option<String>,
    /// For administrators.
    pub(super) pending_delete: bool,
    /// Where Geo found something wrong, which it never does here.
    pub(super) checksum_failed: bool,
    /// Key and value; for administrators.
    pub(super) custom_attributes: Vec<(String, String)>,
    pub(super) with_custom_attributes: bool,
    pub(super) order: Order,
    /// `order_by=id` was said; only then can one go by keyset.
    pub(super) by_id: bool,
    pub(super) ascending: bool,
    pub(super) keyset: bool,
    pub(super) offset: Offset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Id,
    Name,
    Path,
    Updated,
    Activity,
    Stars,
    /// How well the names fit the search; only with one.
    Similarity,
    /// For administrators; the others' is by id.
    Size(Size),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Storage and repository.
    Repository,
    /// Wiki and packages, of which there are none.
    Other,
}

impl Wanted {
    pub(crate) fn read(ask: &mut Ask<'_>) -> Self {
        ask.ignored(&["include_hidden"]);
        let search = ask.filled("search");
        let order = ask.choice(
            "order_by",
            &[
                "id",
                "name",
                "path",
                "created_at",
                "updated_at",
                "last_activity_at",
                "similarity",
                "star_count",
                "storage_size",
                "repository_size",
                "wiki_size",
                "packages_size",
            ],
        );
        Self {
            archived: ask.flag("archived"),
            visibility: visibility(ask),
            searched: search.clone(),
            search: search.as_deref().map(Search::new),
            search_namespaces: ask.flag("search_namespaces").unwrap_or(false),
            owned: ask.flag("owned").unwrap_or(false),
            starred: ask.flag("starred").unwrap_or(false),
            imported: ask.flag("imported").unwrap_or(false),
            membership: ask.flag("membership").unwrap_or(false),
            with_issues: ask.flag("with_issues_enabled").unwrap_or(false),
            with_merge_requests: ask.flag("with_merge_requests_enabled").unwrap_or(false),
            min_level: ask
                .number_of("min_access_level", &LEVELS)
                .and_then(AccessLevel::from_number),
            id_after: ask.id("id_after"),
            id_before: ask.id("id_before"),
            activity_after: ask.moment("last_activity_after"),
            activity_before: ask.moment("last_activity_before"),
            updated_after: ask.moment("updated_after"),
            updated_before: ask.moment("updated_before"),
            topics: ask.list("topic").unwrap_or_default(),
            marked_on: ask.day("marked_for_deletion_on").flatten(),
            active: ask.flag("active"),
            simple: ask.flag("simple").unwrap_or(false),
            statistics: ask.flag("statistics").unwrap_or(false),
            topic_id: ask.id("topic_id"),
            language: ask.filled("with_programming_language"),
            storage: ask.filled("repository_storage"),
            pending_delete: ask.flag("include_pending_delete").unwrap_or(false),
            checksum_failed: ["repository_checksum_failed", "wiki_checksum_failed"]
                .into_iter()
                .filter_map(|name| ask.flag(name))
                .any(|failed| failed),
            custom_attributes: ask.map("custom_attributes").map_or_else(Vec::new, |attributes| {
                let pairs = attributes.iter();
                pairs
                    .filter_map(|(key, value)| Some((key.to_owned(), value.text()?)))
                    .collect()
            }),
            with_custom_attributes: ask.flag("with_custom_attributes").unwrap_or(false),
            // `created_at` is in fact sorted by id.
            order: match order {
                Some("name") => Order::Name,
                Some("path") => Order::Path,
                Some("updated_at") => Order::Updated,
                Some("last_activity_at") => Order::Activity,
                Some("star_count") => Order::Stars,
                Some("similarity") if search.is_some() => Order::Similarity,
                Some("storage_size" | "repository_size") => Order::Size(Size::Repository),
                Some("wiki_size" | "packages_size") => Order::Size(Size::Other),
                _ => Order::Id,
            },
            by_id: order == Some("id"),
            ascending: ask.choice("sort", &["asc", "desc"]) == Some("asc"),
            keyset: ask.choice("pagination", &["keyset", "offset"]) == Some("keyset"),
            offset: Offset::read(ask),
        }
    }

    /// `updated_…` filters go with that order only, and the default is another.
    pub(super) fn check_pairs(&self) -> Result<(), Refusal> {
        if (self.updated_after.is_some() || self.updated_before.is_some()) && self.order != Order::Updated {
            return Err(refuse::bad_request(
                "400 Bad request - `updated_at` filter and `updated_at` sorting must be paired",
            ));
        }
        Ok(())
    }

    /// Only projects that the viewer is a member of; a search by likeness looks at no others.
    pub(super) fn members_only(&self) -> bool {
        self.membership || self.owned || self.min_level.is_some() || self.order == Order::Similarity
    }

    /// Only projects that are archived or scheduled for deletion, or below what is.
    pub(super) fn inactive_only(&self) -> bool {
        self.archived == Some(true) || self.active == Some(false) || self.marked_on.is_some()
    }

    pub(super) fn range(&self) -> (Bound<ProjectId>, Bound<ProjectId>) {
        // An id below the first keeps the range from ending before it begins.
        let after = self
            .id_after
            .map_or(Bound::Unbounded, |id| Bound::Excluded(ProjectId(id)));
        let before = match (self.id_before, self.id_after) {
            (Some(before), Some(after)) if before <= after => Bound::Included(ProjectId(after + 1)),
            (Some(before), _) => Bound::Excluded(ProjectId(before)),
            (None, _) => Bound::Unbounded,
        };
        (after, before)
    }

    /// Anything but order and page was asked for.
    pub(super) fn narrows(&self) -> bool {
        let flags = [
            self.owned,
            self.starred,
            self.imported,
            self.membership,
            self.with_issues,
            self.with_merge_requests,
            self.archived.is_some(),
            self.visibility.is_some(),
            self.search.is_some(),
            self.min_level.is_some(),
            self.id_after.is_some(),
            self.id_before.is_some(),
            self.activity_after.is_some(),
            self.activity_before.is_some(),
            self.updated_after.is_some(),
            self.updated_before.is_some(),
            self.marked_on.is_some(),
            self.active.is_some(),
            self.topic_id.is_some(),
            self.language.is_some(),
            self.storage.is_some(),
            self.checksum_failed,
            !self.custom_attributes.is_empty(),
            !self.topics.is_empty(),
        ];
        flags.contains(&true)
    }

    /// Nothing can be between these ids.
    pub(super) fn is_void(&self) -> bool {
        matches!((self.id_after, self.id_before), (Some(after), Some(before)) if before <= after)
    }
}
