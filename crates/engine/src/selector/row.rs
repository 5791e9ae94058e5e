//! A group or project as a list shows it, as far as a selector asks.

use std::borrow::Cow;

use domain::{Timestamp, Visibility};
use serde::{Deserialize, Deserializer};

use super::field::Field;
use crate::operation::ObjectKind;

/// What is read of a row; everything else is passed over without being kept.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: u64,
    #[serde(alias = "path_with_namespace")]
    pub(crate) full_path: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    pub(crate) visibility: Option<Visibility>,
    #[serde(default)]
    pub(crate) archived: Option<bool>,
    #[serde(default)]
    pub(crate) marked_for_deletion_on: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    last_activity_at: Option<String>,
    #[serde(default)]
    topics: Option<Vec<String>>,
    /// Of groups.
    #[serde(default)]
    parent_id: Option<u64>,
    /// Of projects.
    #[serde(default)]
    namespace: Option<Namespace>,
    #[serde(default)]
    empty_repo: Option<bool>,
    #[serde(default)]
    default_branch: Option<String>,
    #[serde(default, deserialize_with = "presence")]
    forked_from_project: bool,
    #[serde(default)]
    forks_count: Option<u64>,
    #[serde(default)]
    star_count: Option<u64>,
    #[serde(default)]
    open_issues_count: Option<u64>,
    #[serde(default)]
    shared_with_groups: Option<Vec<Invited>>,
    #[serde(default)]
    request_access_enabled: Option<bool>,
    #[serde(default)]
    require_two_factor_authentication: Option<bool>,
    #[serde(default)]
    shared_runners_enabled: Option<bool>,
    #[serde(default)]
    statistics: Option<Statistics>,
}

#[derive(Debug, Deserialize)]
struct Namespace {
    id: u64,
    #[serde(default)]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Invited {
    #[serde(default)]
    group_full_path: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Statistics {
    commit_count: Option<u64>,
    storage_size: Option<u64>,
    repository_size: Option<u64>,
    lfs_objects_size: Option<u64>,
    job_artifacts_size: Option<u64>,
    packages_size: Option<u64>,
}

/// What a row says of a field.
#[derive(Debug)]
pub(crate) enum Fact<'r> {
    Text(Cow<'r, str>),
    Texts(Vec<&'r str>),
    /// The path of the group that it lies in, and that group's number.
    Within(&'r str, Option<u64>),
    Flag(bool),
    Number(u64),
    Moment(Timestamp),
    Visibility(Visibility),
    Kind(ObjectKind),
    /// Nobody can say.
    Unknown,
}

impl Row {
    /// What is known of a field. A kind that does not have it knows nothing. `my_role` no row tells.
    pub(crate) fn fact(&self, field: Field, kind: ObjectKind) -> Fact<'_> {
        if !field.definition().kinds.include(kind) {
            return Fact::Unknown;
        }
        let text = |text: &'_ Option<String>| Fact::Text(Cow::Owned(text.clone().unwrap_or_default()));
        let flag = |flag: Option<bool>| Fact::Flag(flag.unwrap_or(false));
        let size = |size: fn(&Statistics) -> Option<u64>| number(self.statistics.as_ref().and_then(size));
        match field {
            Field::Kind => Fact::Kind(kind),
            Field::Path => Fact::Text(Cow::Borrowed(&self.full_path)),
            Field::Group => self.within(kind),
            Field::Name => Fact::Text(Cow::Borrowed(&self.name)),
            Field::Id => Fact::Number(self.id),
            Field::Visibility => self.visibility.map_or(Fact::Unknown, Fact::Visibility),
            Field::Archived => flag(self.archived),
            Field::PendingDeletion => Fact::Flag(self.marked_for_deletion_on.is_some()),
            Field::Created => moment(self.created_at.as_deref()),
            Field::LastActivity => moment(self.last_activity_at.as_deref()),
            Field::Description => text(&self.description),
            Field::Topic => {
                let topics = self.topics.as_deref().unwrap_or_default();
                Fact::Texts(topics.iter().map(String::as_str).collect())
            }
            Field::TopLevel => Fact::Flag(self.parent_id.is_none()),
            Field::Personal => Fact::Flag(self.is_personal()),
            Field::EmptyRepo => flag(self.empty_repo),
            Field::DefaultBranch => text(&self.default_branch),
            Field::Fork => Fact::Flag(self.forked_from_project),
            Field::Forks => number(self.forks_count),
            Field::Stars => number(self.star_count),
            Field::OpenIssues => number(self.open_issues_count),
            Field::SharedWith => {
                let groups = self.shared_with_groups.as_deref().unwrap_or_default();
                Fact::Texts(
                    groups
                        .iter()
                        .map(|group| group.group_full_path.as_str())
                        .collect(),
                )
            }
            Field::RequestAccess => flag(self.request_access_enabled),
            Field::TwoFactor => flag(self.require_two_factor_authentication),
            Field::SharedRunners => flag(self.shared_runners_enabled),
            Field::Storage => size(|statistics| statistics.storage_size),
            Field::RepositorySize => size(|statistics| statistics.repository_size),
            Field::LfsSize => size(|statistics| statistics.lfs_objects_size),
            Field::ArtifactsSize => size(|statistics| statistics.job_artifacts_size),
            Field::PackagesSize => size(|statistics| statistics.packages_size),
            Field::Commits => size(|statistics| statistics.commit_count),
            Field::MyRole => Fact::Unknown,
        }
    }

    /// A group at the top, and a project in a user's own namespace, lie in no group.
    fn within(&self, kind: ObjectKind) -> Fact<'_> {
        let id = match kind {
            ObjectKind::Group => self.parent_id,
            ObjectKind::Project => self.namespace.as_ref().map(|namespace| namespace.id),
        };
        match self.full_path.rsplit_once('/') {
            Some((path, _)) if !self.is_personal() => Fact::Within(path, id),
            _ => Fact::Texts(Vec::new()),
        }
    }

    fn is_personal(&self) -> bool {
        self.namespace
            .as_ref()
            .is_some_and(|namespace| namespace.kind == "user")
    }
}

fn number(number: Option<u64>) -> Fact<'static> {
    number.map_or(Fact::Unknown, Fact::Number)
}

fn moment(text: Option<&str>) -> Fact<'static> {
    text.and_then(|text| Timestamp::parse(text).ok())
        .map_or(Fact::Unknown, Fact::Moment)
}

/// Whether there is something, whatever it is.
fn presence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(deserializer)?.is_some())
}
