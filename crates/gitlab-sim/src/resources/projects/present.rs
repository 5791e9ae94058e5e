use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::access::AccessLevel;
use crate::http::Call;
use crate::instance::Site;
use crate::resources::namespaces::present::NamespaceBasic;
use crate::resources::users::present::UserBasic;
use crate::state::{Namespace, Project, Source, State};

/// How much of a project a body shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `simple=true`, and lists for people who are not signed in.
    Basic,
    /// Answers to writes, and the lists of groups.
    Full,
    /// With the viewer's own levels.
    WithAccess,
}

/// A project copied out of the state, ready to be written without it.
#[derive(Debug)]
pub(crate) struct ProjectView<'a> {
    site: &'a Site,
    shape: Shape,
    project: Arc<Project>,
    namespace: Option<NamespaceBasic>,
    namespace_name: String,
    archived: bool,
    /// The viewer is maintainer or more.
    administered: bool,
    owner: Option<UserBasic>,
    project_access: Option<AccessLevel>,
    group_access: Option<AccessLevel>,
    statistics: bool,
}

impl<'a> ProjectView<'a> {
    pub(crate) fn of(call: &Call<'a>, state: &State, project: &Arc<Project>, shape: Shape) -> Self {
        let site = &call.instance.site;
        let full = shape != Shape::Basic;
        let owner = match state.tree.namespace(project.namespace) {
            Some(Namespace::Personal(user)) if full => {
                state.users.get(*user).map(|user| UserBasic::of(site, user))
            }
            _ => None,
        };
        let (mut project_access, mut group_access) = (None, None);
        if shape == Shape::WithAccess
            && let Some(user) = call.viewer.id()
        {
            project_access = state
                .members
                .get(Source::Project(project.id), user)
                .map(|member| member.level);
            group_access = call.viewer.level_on_group(state, project.namespace);
        }
        let above = state
            .tree
            .any_in_lineage(project.namespace, |group| group.archived);
        Self {
            site,
            shape,
            namespace: NamespaceBasic::of(site, state, project.namespace),
            namespace_name: state.full_name(project.namespace),
            archived: project.archived || project.marked_on.is_some() || above,
            administered: full && call.viewer.can_admin_project(state, project),
            owner,
            project_access,
            group_access,
            statistics: false,
            project: Arc::clone(project),
        }
    }

    pub(crate) fn with_statistics(mut self, wanted: bool) -> Self {
        self.statistics = wanted && self.administered;
        self
    }

    /// `acme/platform/ledger`, written when asked for.
    fn full_path(&self) -> impl std::fmt::Display {
        let namespace = self
            .namespace
            .as_ref()
            .map_or("", |namespace| namespace.full_path.as_str());
        std::fmt::from_fn(move |f| write!(f, "{namespace}/{}", self.project.path))
    }

    fn basic<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let Self { site, project, .. } = self;
        let path = self.full_path();
        body.serialize_entry("id", &project.id)?;
        body.serialize_entry("description", &project.description)?;
        body.serialize_entry("name", &project.name)?;
        let name = format_args!("{} / {}", self.namespace_name, project.name);
        body.serialize_entry("name_with_namespace", &name)?;
        body.serialize_entry("path", &project.path)?;
        body.serialize_entry("path_with_namespace", &format_args!("{path}"))?;
        body.serialize_entry("created_at", &project.created_at)?;
        body.serialize_entry("default_branch", &project.default_branch)?;
        body.serialize_entry("tag_list", &project.topics)?;
        body.serialize_entry("topics", &project.topics)?;
        body.serialize_entry("ssh_url_to_repo", &format_args!("git@{}:{path}.git", site.host))?;
        body.serialize_entry("http_url_to_repo", &format_args!("{}/{path}.git", site.url))?;
        body.serialize_entry("web_url", &format_args!("{}/{path}", site.url))?;
        match &project.default_branch {
            Some(branch) if !project.empty => {
                let readme = format_args!("{}/{path}/-/blob/{branch}/README.md", site.url);
                body.serialize_entry("readme_url", &readme)?;
            }
            _ => body.serialize_entry("readme_url", &())?,
        }
        body.serialize_entry("forks_count", &0)?;
        body.serialize_entry("avatar_url", &())?;
        body.serialize_entry("star_count", &project.star_count)?;
        body.serialize_entry("last_activity_at", &project.updated_at)?;
        body.serialize_entry("visibility", &project.visibility)?;
        body.serialize_entry("namespace", &self.namespace)
    }

    fn full<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
        let Self { site, project, .. } = self;
        let settings = &project.settings;
        let on = |level: &str| level != "disabled";
        let registry = format_args!("registry.{}/{}", site.host, self.full_path());
        body.serialize_entry("container_registry_image_prefix", &registry)?;
        body.serialize_entry("_links", &Links { site, project })?;
        body.serialize_entry("marked_for_deletion_at", &project.marked_on)?;
        body.serialize_entry("marked_for_deletion_on", &project.marked_on)?;
        body.serialize_entry("empty_repo", &project.empty)?;
        body.serialize_entry("archived", &self.archived)?;
        if let Some(owner) = &self.owner {
            body.serialize_entry("owner", owner)?;
        }
        body.serialize_entry("container_expiration_policy", &ExpirationPolicy)?;
        body.serialize_entry("repository_object_format", "sha1")?;
        body.serialize_entry("issues_enabled", &on(&settings.issues_access_level))?;
        body.serialize_entry(
            "merge_requests_enabled",
            &on(&settings.merge_requests_access_level),
        )?;
        body.serialize_entry("wiki_enabled", &on(&settings.wiki_access_level))?;
        body.serialize_entry("jobs_enabled", &on(&settings.builds_access_level))?;
        body.serialize_entry("snippets_enabled", &on(&settings.snippets_access_level))?;
        let registry = on(&settings.container_registry_access_level);
        body.serialize_entry("container_registry_enabled", &registry)?;
        body.serialize_entry("can_create_merge_request_in", &true)?;
        settings.write(body)?;
        body.serialize_entry("emails_disabled", &!settings.emails_enabled)?;
        body.serialize_entry("creator_id", &project.creator)?;
        body.serialize_entry("import_status", "none")?;
        body.serialize_entry("open_issues_count", &0)?;
        match project.description.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => {
                let html = format!("<p dir=\"auto\">{}</p>", escape(text));
                body.serialize_entry("description_html", &html)?;
            }
            None => body.serialize_entry("description_html", "")?,
        }
        body.serialize_entry("updated_at", &project.updated_at)?;
        body.serialize_entry("shared_with_groups", &[(); 0])?;
        if self.administered {
            body.serialize_entry("import_url", &())?;
            body.serialize_entry("import_type", &())?;
            body.serialize_entry("import_error", &())?;
            body.serialize_entry("service_desk_address", &())?;
            body.serialize_entry("runners_token", &())?;
            body.serialize_entry("runner_token_expiration_interval", &())?;
            body.serialize_entry(
                "ci_id_token_sub_claim_components",
                &["project_path", "ref_type", "ref"],
            )?;
            project.pipelines.write(body)?;
        }
        if self.statistics {
            body.serialize_entry("statistics", &no_statistics())?;
        }
        Ok(())
    }
}

impl Serialize for ProjectView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        self.basic(&mut body)?;
        if self.shape != Shape::Basic {
            self.full(&mut body)?;
        }
        if self.shape == Shape::WithAccess {
            body.serialize_entry(
                "permissions",
                &Permissions {
                    project_access: self.project_access.map(Access::of),
                    group_access: self.group_access.map(Access::of),
                },
            )?;
        }
        body.end()
    }
}

#[derive(Debug, serde::Serialize)]
struct Permissions {
    project_access: Option<Access>,
    group_access: Option<Access>,
}

#[derive(Debug, serde::Serialize)]
struct Access {
    access_level: AccessLevel,
    notification_level: u8,
}

impl Access {
    fn of(access_level: AccessLevel) -> Self {
        Self {
            access_level,
            notification_level: 3,
        }
    }
}

struct Links<'a> {
    site: &'a Site,
    project: &'a Project,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (url, id) = (&self.site.url, self.project.id);
        let link =
            |below: &'static str| std::fmt::from_fn(move |f| write!(f, "{url}/api/v4/projects/{id}{below}"));
        let mut body = serializer.serialize_map(None)?;
        let mut add = |key, below| body.serialize_entry(key, &format_args!("{}", link(below)));
        add("self", "")?;
        if self.project.settings.issues_access_level != "disabled" {
            add("issues", "/issues")?;
        }
        if self.project.settings.merge_requests_access_level != "disabled" {
            add("merge_requests", "/merge_requests")?;
        }
        add("repo_branches", "/repository/branches")?;
        add("labels", "/labels")?;
        add("events", "/events")?;
        add("members", "/members")?;
        add("cluster_agents", "/cluster_agents")?;
        body.end()
    }
}

struct ExpirationPolicy;

impl Serialize for ExpirationPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("cadence", "1d")?;
        body.serialize_entry("enabled", &false)?;
        body.serialize_entry("keep_n", &10)?;
        body.serialize_entry("older_than", "90d")?;
        body.serialize_entry("name_regex", ".*")?;
        body.serialize_entry("name_regex_keep", &())?;
        body.serialize_entry("next_run_at", &())?;
        body.end()
    }
}

fn no_statistics() -> serde_json::Value {
    json!({
        "commit_count": 0, "storage_size": 0, "repository_size": 0, "wiki_size": 0, "lfs_objects_size": 0,
        "job_artifacts_size": 0, "pipeline_artifacts_size": 0, "packages_size": 0, "snippets_size": 0,
        "uploads_size": 0, "container_registry_size": 0,
    })
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
