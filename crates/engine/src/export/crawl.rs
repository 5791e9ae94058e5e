use std::collections::BTreeMap;
use std::vec::IntoIter;

use futures::TryStreamExt;
use gitlab_api::ApiPath;
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde_json::{Map, Value};

use super::ExportError;

/// What GitLab says of a group or project.
pub(super) type Body = Map<String, Value>;

/// A group with all that is below it.
pub(super) struct Root {
    /// The group that it lies in, which is not exported.
    pub(super) above: Option<String>,
    /// The groups, the outermost first, by full path.
    pub(super) groups: Vec<Body>,
    /// The projects, by full path.
    pub(super) projects: Vec<Body>,
}

/// Goes through an estate, one outermost group after the other.
pub(super) struct Crawl<'a> {
    gitlab: &'a Gitlab,
    roots: IntoIter<Vec<Body>>,
}

impl<'a> Crawl<'a> {
    /// Lists the groups: all that the token sees, or one and those below it.
    ///
    /// # Errors
    /// GitLab could not be asked; there is no such group.
    pub(super) async fn begin(gitlab: &'a Gitlab, group: Option<&str>) -> Result<Self, ExportError> {
        let groups = match group {
            None => list(gitlab, &ApiPath::new("groups"), &IN_ORDER).await?,
            Some(group) => {
                let object = match group.parse::<u64>() {
                    Ok(id) => gitlab_api::ObjectRef::from(id),
                    Err(_) => group.into(),
                };
                let only = [("with_projects", "false")];
                let found = gitlab
                    .find::<Body>(&ApiPath::group(object), &only, Lane::People)
                    .await?;
                let Some(found) = found else {
                    return Err(ExportError::NoGroup(group.to_owned()));
                };
                let below = ApiPath::group(id_of(&found)).join("descendant_groups");
                let query = [IN_ORDER[0], IN_ORDER[1], ("all_available", "true")];
                let mut groups = list(gitlab, &below, &query).await?;
                groups.push(found);
                groups
            }
        };
        Ok(Self {
            gitlab,
            roots: by_root(groups).into_iter(),
        })
    }

    /// The next outermost group; `None` after the last.
    ///
    /// # Errors
    /// GitLab could not be asked.
    pub(super) async fn next(&mut self) -> Result<Option<Root>, GitlabError> {
        let Some(groups) = self.roots.next() else {
            return Ok(None);
        };
        let Some(first) = groups.first() else {
            return Ok(None);
        };
        let path = ApiPath::group(id_of(first)).join("projects");
        let query = [
            IN_ORDER[0],
            IN_ORDER[1],
            ("include_subgroups", "true"),
            ("with_shared", "false"),
        ];
        let mut projects = list(self.gitlab, &path, &query).await?;
        projects.sort_by_cached_key(path_of);
        let above = path_of(first).rsplit_once('/').map(|_| {
            text(first, "full_path")
                .rsplit_once('/')
                .map_or("", |(above, _)| above)
                .to_owned()
        });
        Ok(Some(Root {
            above,
            groups,
            projects,
        }))
    }
}

const IN_ORDER: [(&str, &str); 2] = [("order_by", "id"), ("sort", "asc")];

async fn list(gitlab: &Gitlab, path: &ApiPath, query: &[(&str, &str)]) -> Result<Vec<Body>, GitlabError> {
    gitlab
        .pages::<Body>(path, query, Lane::People)
        .map_ok(|page| page.items)
        .try_concat()
        .await
}

/// Groups by the outermost group that they are seen below, each lot and the lots by path.
fn by_root(groups: Vec<Body>) -> Vec<Vec<Body>> {
    let mut by_path: BTreeMap<Vec<String>, Body> = BTreeMap::new();
    for group in groups {
        by_path.insert(path_of(&group).split('/').map(str::to_owned).collect(), group);
    }
    let mut roots: Vec<(Vec<String>, Vec<Body>)> = Vec::new();
    for (path, group) in by_path {
        match roots.last_mut() {
            Some((root, lot)) if path.starts_with(root) => lot.push(group),
            _ => roots.push((path, vec![group])),
        }
    }
    roots.into_iter().map(|(_, lot)| lot).collect()
}

/// The full path without regard to case: what everything is ordered by.
pub(super) fn path_of(body: &Body) -> String {
    let path = match body.get("path_with_namespace") {
        Some(Value::String(path)) => path,
        _ => text(body, "full_path"),
    };
    path.to_lowercase()
}

/// GitLab's number.
pub(super) fn id_of(body: &Body) -> u64 {
    body.get("id").and_then(Value::as_u64).unwrap_or_default()
}

/// A text; empty when there is none.
pub(super) fn text<'b>(body: &'b Body, field: &str) -> &'b str {
    body.get(field).and_then(Value::as_str).unwrap_or_default()
}
