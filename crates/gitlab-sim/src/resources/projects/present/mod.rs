//! What a project looks like, and which of its keys are for whom (GitLab API facts §7.2.1).

mod basic;
mod full;
mod parts;
mod statistics;

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use self::parts::{Access, Permissions, SharedGroup};
use self::statistics::Statistics;
use crate::Tier;
use crate::access::AccessLevel;
use crate::http::Call;
use crate::instance::Site;
use crate::resources::custom_attributes::{AttributeBody, attributes_of};
use crate::resources::namespaces::present::NamespaceBasic;
use crate::resources::users::present::UserBasic;
use crate::state::{Holder, Namespace, Project, Source, State};

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
    project: Arc<Project>,
    namespace: Option<NamespaceBasic>,
    namespace_name: String,
    forks_count: usize,
    readme: Option<String>,
    /// The viewer may look into the repository.
    reads_code: bool,
    administrator: bool,
    /// The licence may be shown.
    license: bool,
    custom_attributes: Option<Vec<AttributeBody>>,
    more: Option<Box<More<'a>>>,
}

/// What only the longer bodies need.
#[derive(Debug)]
struct More<'a> {
    archived: bool,
    closed: bool,
    signed_in: bool,
    level: Option<AccessLevel>,
    /// The viewer is maintainer or more.
    maintainer: bool,
    owner: Option<UserBasic>,
    forked_from: Option<ProjectView<'a>>,
    shared_with: Vec<SharedGroup>,
    permissions: Option<Permissions>,
    statistics: Option<Statistics>,
}

impl<'a> ProjectView<'a> {
    pub(crate) fn of(call: &Call<'a>, state: &State, project: &Arc<Project>, shape: Shape) -> Self {
        let site = &call.instance.site;
        let level = call.viewer.level_on_project(state, project);
        let reads_code = call.viewer.can_read_code(project, level);
        Self {
            site,
            namespace: NamespaceBasic::of(site, state, project.namespace),
            namespace_name: state.full_name(project.namespace),
            forks_count: state.tree.forks_count(project.id),
            readme: if reads_code {
                state.readme_of(project)
            } else {
                None
            },
            reads_code,
            administrator: call.viewer.is_admin(),
            license: false,
            custom_attributes: None,
            more: (shape != Shape::Basic).then(|| Box::new(More::of(call, state, project, shape, level))),
            project: Arc::clone(project),
        }
    }

    /// Adds how large things are, for those who may know.
    pub(crate) fn with_statistics(mut self, state: &State, wanted: bool) -> Self {
        if let Some(more) = self.more.as_deref_mut()
            && wanted
            && (self.administrator || more.level >= Some(AccessLevel::Reporter))
        {
            more.statistics = Some(Statistics::of(state, &self.project));
        }
        self
    }

    /// Adds the notes of administrators, for administrators.
    pub(crate) fn with_custom_attributes(mut self, state: &State, wanted: bool) -> Self {
        if wanted && self.administrator {
            self.custom_attributes = Some(attributes_of(state, Holder::Project(self.project.id)));
        }
        self
    }

    /// Adds the licence of the contents, of which no project here has one that GitLab would know.
    pub(crate) fn with_license(mut self, wanted: bool) -> Self {
        self.license = wanted && self.reads_code;
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

    fn licensed(&self) -> bool {
        self.site.tier >= Tier::Premium
    }
}

impl<'a> More<'a> {
    fn of(
        call: &Call<'a>,
        state: &State,
        project: &Project,
        shape: Shape,
        level: Option<AccessLevel>,
    ) -> Self {
        let site = &call.instance.site;
        let owner = match state.tree.namespace(project.namespace) {
            Some(Namespace::Personal(user)) => state.users.get(*user).map(|user| UserBasic::of(site, user)),
            _ => None,
        };
        let above = state
            .tree
            .any_in_lineage(project.namespace, |group| group.archived);
        let origin = project.forked_from.and_then(|id| state.tree.project(id));
        Self {
            archived: project.archived || project.marked_on.is_some() || above,
            closed: state.is_closed(project),
            signed_in: call.viewer.user().is_some(),
            level,
            maintainer: call.viewer.is_admin() || level >= Some(AccessLevel::Maintainer),
            owner,
            forked_from: origin
                .filter(|origin| call.viewer.can_read_project(state, origin))
                .map(|origin| ProjectView::of(call, state, origin, Shape::Basic)),
            shared_with: SharedGroup::all(state, project.id),
            permissions: (shape == Shape::WithAccess).then(|| {
                let user = call.viewer.id();
                let member = user.and_then(|user| state.members.get(Source::Project(project.id), user));
                Permissions {
                    project_access: member.map(|member| Access::of(member.level)),
                    group_access: call
                        .viewer
                        .level_on_group(state, project.namespace)
                        .map(Access::of),
                }
            }),
            statistics: None,
        }
    }
}

impl Serialize for ProjectView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        self.basic(&mut body)?;
        if let Some(more) = &self.more {
            self.full(&mut body, more)?;
            if let Some(permissions) = &more.permissions {
                body.serialize_entry("permissions", permissions)?;
            }
        }
        body.end()
    }
}
