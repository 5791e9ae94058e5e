//! What setting and deleting a CI/CD variable have in common: which one, and what GitLab says of it.

use domain::{AccessLevel, ItemResult, Problem};
use gitlab_api::{ApiPath, Tier};
use gitlab_client::{Gitlab, GitlabError, Lane};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::estate::{Estate, Known, Rows};
use crate::operation::{
    Call, Collection, Need, ObjectKind, ObjectRef, PlanContext, Planned, Read, Secret, Target,
};
use crate::preflight::tier_too_low;

pub(super) static VARIABLES: Collection = Collection::list("variables");

/// The scope of a variable that is there for every environment.
pub(super) const EVERYWHERE: &str = "*";

/// The attributes of a variable that can be read and changed, under GitLab's names.
pub(super) const ATTRIBUTES: [&str; 5] = ["variable_type", "protected", "masked", "raw", "description"];

/// Which variable of what an item is about. Key and scope together are its identity; keys are case-sensitive.
#[derive(Clone, Copy)]
pub(super) struct Named<'p> {
    pub(super) group: Option<&'p ObjectRef>,
    pub(super) project: Option<&'p ObjectRef>,
    pub(super) key: &'p str,
    pub(super) scope: Option<&'p str>,
}

impl<'p> Named<'p> {
    pub(super) fn scope(&self) -> &'p str {
        self.scope.filter(|scope| !scope.is_empty()).unwrap_or(EVERYWHERE)
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let fits = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
        if self.key.is_empty() || !self.key.bytes().all(fits) {
            problems.push(
                Problem::new("a key has only letters, digits and _")
                    .column("key")
                    .value(self.key)
                    .allowed("letters, digits and _, like DEPLOY_TOKEN"),
            );
        }
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_/\\${}. -*".contains(letter);
        if !self.scope().chars().all(fits) {
            problems.push(
                Problem::new("not an environment scope")
                    .column("environment_scope")
                    .value(self.scope())
                    .allowed("letters, digits, spaces and - _ / $ { } . *, like production or review/*"),
            );
        }
        match (self.group, self.project) {
            (None, None) => problems.push(
                Problem::new("a variable needs a project or a group")
                    .column("project")
                    .allowed("GitLab's number or a full path like acme/platform/web"),
            ),
            (Some(_), Some(project)) => problems.push(
                Problem::new("give either group or project, not both")
                    .column("project")
                    .value(&project.to_string())
                    .allowed("nothing where there is a group"),
            ),
            _ => {}
        }
    }

    pub(super) fn place(&self) -> (ObjectKind, &'p ObjectRef) {
        const NOWHERE: &ObjectRef = &ObjectRef::Id(0);
        match (self.group, self.project) {
            (Some(group), _) => (ObjectKind::Group, group),
            (None, Some(project)) => (ObjectKind::Project, project),
            (None, None) => (ObjectKind::Project, NOWHERE),
        }
    }

    pub(super) fn target(&self) -> Target {
        let (kind, of) = self.place();
        Target::Part {
            kind,
            of: of.clone(),
            what: "variable",
            name: format!("{}@{}", self.key, self.scope()),
            field: "key",
        }
    }

    pub(super) fn needs(&self) -> Vec<Need> {
        let (kind, object) = self.place();
        vec![Need {
            kind,
            object: object.clone(),
            field: kind.name(),
        }]
    }

    pub(super) fn reads(&self) -> Vec<Read> {
        let (kind, of) = self.place();
        vec![Read::Rows(kind, of.clone(), &VARIABLES)]
    }

    /// Owners have a group's variables, maintainers a project's (GitLab API facts §7.11).
    pub(super) fn level(&self) -> AccessLevel {
        match self.place().0 {
            ObjectKind::Group => AccessLevel::Owner,
            ObjectKind::Project => AccessLevel::Maintainer,
        }
    }

    /// The variable as GitLab has it; an error where its reader is not allowed to know.
    pub(super) fn find(&self, of: &Known, estate: &Estate) -> Result<Option<Variable>, Planned> {
        match estate.rows(of, &VARIABLES) {
            Some(Rows::Forbidden) => Err(Planned::conflict(
                "INSUFFICIENT_ACCESS",
                format!(
                    "the variables of `{}` are for its {}s; ask one of them",
                    of.full_path,
                    self.level()
                ),
            )),
            rows => Ok(rows
                .map(Rows::list)
                .unwrap_or_default()
                .iter()
                .filter_map(|row| Variable::deserialize(row).ok())
                .find(|row| self.is(row))),
        }
    }

    fn is(&self, row: &Variable) -> bool {
        row.key == self.key && row.environment_scope.as_deref().unwrap_or(EVERYWHERE) == self.scope()
    }

    /// Groups have variables for some environments only from Premium on.
    pub(super) fn obstacle(&self, context: &PlanContext<'_>) -> Option<Planned> {
        let tier = context.me.tier.filter(|tier| *tier < Tier::Premium)?;
        let scoped = self.place().0 == ObjectKind::Group && self.scope() != EVERYWHERE;
        scoped.then(|| {
            tier_too_low(
                "A group's variable for some environments only",
                Tier::Premium,
                tier,
            )
        })
    }

    /// The variable as it is now.
    pub(super) async fn look(&self, gitlab: &Gitlab, of: &Known) -> Result<Option<Variable>, GitlabError> {
        let query = [(FILTER, self.scope())];
        let found: Option<Variable> = gitlab.find(self.path(of), &query, Lane::Jobs).await?;
        Ok(found.filter(|row| self.is(row)))
    }

    /// A write to the variable that is there already.
    pub(super) fn call(&self, of: &Known, write: impl FnOnce(ApiPath) -> Call) -> Call {
        write(self.path(of)).query(FILTER, self.scope())
    }

    fn path(&self, of: &Known) -> ApiPath {
        variables_of(of).segment(self.key)
    }

    pub(super) fn result(of: &Known) -> ItemResult {
        ItemResult {
            id: None,
            full_path: Some(of.full_path.clone()),
            web_url: of.web_url.as_ref().map(|url| format!("{url}/-/settings/ci_cd")),
        }
    }

    /// The parameters that name the same again.
    pub(super) fn again(&self, of: Option<&Known>) -> Map<String, Value> {
        let (kind, object) = self.place();
        let object = of.map_or_else(|| object.clone(), |of| ObjectRef::Id(of.id));
        Map::from_iter([
            (
                kind.name().to_owned(),
                serde_json::to_value(object).unwrap_or_default(),
            ),
            ("key".to_owned(), self.key.into()),
            ("environment_scope".to_owned(), self.scope().into()),
        ])
    }
}

/// Tells variables of one key apart.
const FILTER: &str = "filter[environment_scope]";

pub(super) fn variables_of(of: &Known) -> ApiPath {
    match of.kind {
        ObjectKind::Group => ApiPath::group(of.id),
        ObjectKind::Project => ApiPath::project(of.id),
    }
    .join("variables")
}

/// What GitLab says of a variable.
#[derive(Debug, Deserialize)]
pub(super) struct Variable {
    key: String,
    environment_scope: Option<String>,
    /// None once it is hidden.
    value: Option<Secret>,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Variable {
    /// An attribute's value; null where GitLab has none.
    pub(super) fn attribute(&self, name: &str) -> Value {
        self.rest.get(name).cloned().unwrap_or_default()
    }

    /// Whether its value is this; `None` when GitLab hides it.
    pub(super) fn has_value(&self, wanted: &Secret) -> Option<bool> {
        self.value.as_ref().map(|value| value == wanted)
    }
}
