//! The requests.

use async_stream::try_stream;
use futures::{Stream, TryStreamExt};
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::SelectError;
use super::narrow::Narrowed;
use super::places::{Holder, Place};
use crate::operation::ObjectKind;
use crate::selector::Kinds;
use crate::selector::field::Body;
use crate::selector::row::Row;

/// What is read of an object in a list.
pub(super) trait Listed: DeserializeOwned + Send + 'static {
    /// What is asked of it, and its whole body where that is kept.
    fn parts(self) -> (Row, Option<Box<RawValue>>);
}

impl Listed for Row {
    fn parts(self) -> (Row, Option<Box<RawValue>>) {
        (self, None)
    }
}

/// A row with the body that it was read from.
pub(super) struct WithBody(Row, Box<RawValue>);

impl Listed for WithBody {
    fn parts(self) -> (Row, Option<Box<RawValue>>) {
        (self.0, Some(self.1))
    }
}

impl<'de> Deserialize<'de> for WithBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = Box::<RawValue>::deserialize(deserializer)?;
        let row = serde_json::from_str(body.get()).map_err(serde::de::Error::custom)?;
        Ok(Self(row, body))
    }
}

/// The lists of one kind of object.
#[derive(Clone, Copy)]
pub(super) struct Lists<'g> {
    pub(super) gitlab: &'g Gitlab,
    pub(super) kind: ObjectKind,
    pub(super) body: Body,
    pub(super) administrator: bool,
    /// Everything that is looked for: what is no project may be a group.
    pub(super) wanted: Kinds,
}

type Query = Vec<(&'static str, String)>;

impl<'g> Lists<'g> {
    /// The same with rows as short as they come.
    pub(super) fn short(self) -> Self {
        Self {
            body: Body::Simple,
            ..self
        }
    }

    /// Page by page, everything that may be selected. An object may come more than once.
    pub(super) fn rows<R: Listed>(
        self,
        narrowed: &Narrowed,
    ) -> impl Stream<Item = Result<Vec<R>, SelectError>> + use<'g, R> {
        let narrowed = narrowed.clone();
        try_stream! {
            match &narrowed.places {
                // Statistics are in the list of all projects only.
                Some(places) if self.body < Body::Statistics || places.iter().all(Place::is_single) => {
                    for place in places {
                        let rows = self.place(place.clone(), narrowed.clone());
                        futures::pin_mut!(rows);
                        while let Some(page) = rows.try_next().await? {
                            yield page;
                        }
                    }
                }
                _ => {
                    let rows = self.everywhere(&narrowed);
                    futures::pin_mut!(rows);
                    while let Some(page) = rows.try_next().await? {
                        yield page;
                    }
                }
            }
        }
    }

    fn place<R: Listed>(
        self,
        place: Place,
        narrowed: Narrowed,
    ) -> impl Stream<Item = Result<Vec<R>, SelectError>> + use<'g, R> {
        try_stream! {
            match place {
                Place::Path(path) | Place::Itself(path) => yield self.one_at(&path).await?,
                Place::Id(id) => yield self.one_numbered(id).await?,
                Place::In(ref holder) | Place::Below(ref holder) => {
                    let deep = matches!(place, Place::Below(_));
                    let query = self.query(&narrowed, false, deep);
                    let rows = self.pages(self.below(holder, deep), query);
                    futures::pin_mut!(rows);
                    loop {
                        match rows.try_next().await {
                            Ok(Some(page)) => yield page,
                            Ok(None) => break,
                            Err(GitlabError::NotFound(_)) => {
                                yield self.of_user(holder, &narrowed).await?;
                                break;
                            }
                            Err(error) => Err(error)?,
                        }
                    }
                }
            }
        }
    }

    fn everywhere<R: Listed>(
        self,
        narrowed: &Narrowed,
    ) -> impl Stream<Item = Result<Vec<R>, GitlabError>> + use<'g, R> {
        let path = match self.kind {
            ObjectKind::Group => ApiPath::new("groups"),
            ObjectKind::Project => ApiPath::new("projects"),
        };
        self.pages(path, self.query(narrowed, true, true))
    }

    fn below(self, holder: &Holder, deep: bool) -> ApiPath {
        let group = ApiPath::group(&holder.path);
        match (self.kind, deep) {
            (ObjectKind::Project, _) => group.join("projects"),
            (ObjectKind::Group, true) => group.join("descendant_groups"),
            (ObjectKind::Group, false) => group.join("subgroups"),
        }
    }

    fn query(self, narrowed: &Narrowed, everywhere: bool, deep: bool) -> Query {
        let mut query = narrowed.conditions.parameters(self.kind, everywhere);
        let mut ask = |name, value: &str| query.push((name, value.to_owned()));
        ask("order_by", "id");
        ask("sort", "asc");
        match self.kind {
            // By default people see only the groups that they belong to, also below one that they can read.
            ObjectKind::Group => ask(
                "all_available",
                if everywhere && !self.administrator {
                    "false"
                } else {
                    "true"
                },
            ),
            ObjectKind::Project => {
                match self.body {
                    Body::Simple => ask("simple", "true"),
                    Body::Full => {}
                    Body::Statistics => ask("statistics", "true"),
                }
                if everywhere {
                    ask("pagination", "keyset");
                    // Else it would be every project that is open to anyone.
                    if !self.administrator {
                        ask("membership", "true");
                    }
                } else {
                    ask("include_subgroups", if deep { "true" } else { "false" });
                    ask("with_shared", "false");
                }
            }
        }
        query
    }

    fn pages<R: Listed>(
        self,
        path: ApiPath,
        query: Query,
    ) -> impl Stream<Item = Result<Vec<R>, GitlabError>> + use<'g, R> {
        try_stream! {
            let pages = self.gitlab.pages::<R>(path, &query, Lane::People);
            futures::pin_mut!(pages);
            while let Some(page) = pages.try_next().await? {
                yield page.items;
            }
        }
    }

    /// What a holder has that is no group: the projects of a user of that name.
    async fn of_user<R: Listed>(self, holder: &Holder, narrowed: &Narrowed) -> Result<Vec<R>, SelectError> {
        let missing = || SelectError::NoGroup(holder.path.clone());
        if !holder.user || holder.path.contains('/') {
            return Err(missing());
        }
        if self.kind == ObjectKind::Group {
            // Where projects are looked for as well, they say whether there is such a user.
            return if self.wanted.include(ObjectKind::Project) {
                Ok(Vec::new())
            } else {
                Err(missing())
            };
        }
        let mut query = narrowed.conditions.parameters(self.kind, false);
        query.extend([("order_by", "id".to_owned()), ("sort", "asc".to_owned())]);
        if self.body == Body::Simple {
            query.push(("simple", "true".to_owned()));
        }
        let path = ApiPath::new("users").segment(&holder.path).join("projects");
        match self.pages(path, query).try_concat().await {
            Err(GitlabError::NotFound(_)) => Err(missing()),
            rows => Ok(rows?),
        }
    }

    async fn one_at<R: Listed>(self, path: &str) -> Result<Vec<R>, SelectError> {
        let object = match self.kind {
            ObjectKind::Group => ApiPath::group(path),
            // GitLab looks for no project by a path without a slash.
            ObjectKind::Project if !path.contains('/') => return Ok(Vec::new()),
            ObjectKind::Project => ApiPath::project(path),
        };
        self.one(object).await
    }

    async fn one_numbered<R: Listed>(self, id: u64) -> Result<Vec<R>, SelectError> {
        let object = match self.kind {
            ObjectKind::Group => ApiPath::group(id),
            ObjectKind::Project => ApiPath::project(id),
        };
        self.one(object).await
    }

    async fn one<R: Listed>(self, object: ApiPath) -> Result<Vec<R>, SelectError> {
        let query: &[(&str, &str)] = match (self.kind, self.body) {
            (ObjectKind::Group, _) => &[("with_projects", "false")],
            (ObjectKind::Project, Body::Statistics) => &[("statistics", "true")],
            (ObjectKind::Project, _) => &[],
        };
        let row: Option<R> = self.gitlab.find(&object, query, Lane::People).await?;
        Ok(row.into_iter().collect())
    }
}
