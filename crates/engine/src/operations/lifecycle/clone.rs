use std::collections::BTreeMap;
use std::marker::PhantomData;

use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemResult, Problem, Timestamp, Visibility};
use gitlab_api::{ApiPath, names};
use gitlab_client::{GitlabError, Lane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::copy::{
    self, BRANCHES, LABELS, LABELS_OF_GROUP, Part, Piece, VARIABLES, last_segment, needs_a_path,
};
use super::seen::path;
use super::whole::{self, Standing, Whole};
use crate::estate::{Known, same};
use crate::operation::{
    Call, CallContext, Collection, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read,
    SettleContext, Settlement, Target, Undo, parameters,
};
use crate::operations::settle_created;
use crate::settings::{self, Settable, Setting};

/// What is compared besides settings, to tell whose copy it is.
const NAME: &[&Setting] = &[&settings::group::NAME];
/// What is appended to path and name of a copy when nothing else is said.
const SUFFIX: &str = "_copy";

/// A copy of a group: its settings and, as chosen, labels, keys of variables and members. What is in it is not
/// copied.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupParams {
    /// Group that is copied: full path or number.
    #[schemars(transform = parameters::group, extend("x-example" = "acme/platform"))]
    pub group: ObjectRef,
    /// Group that the copy is made in: full path or number; beside the original when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "object", "x-aliases" = ["parent_id", "parent_path", "namespace", "namespace_id"]))]
    pub parent: Option<ObjectRef>,
    /// Name shown to people; that of the original and the suffix when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Path segment in its address; that of the original and the suffix when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 255))]
    pub path: Option<String>,
    /// What is appended to the original's name and path; `_copy` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub suffix: Option<String>,
    /// What comes with the settings, of `labels`, `variables` (without values) and `members`; labels when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list", "x-example" = "labels,variables"))]
    pub include: Option<Vec<String>>,
}

/// A copy of a project: its settings and, as chosen, labels, protected branches, keys of variables and members.
/// To copy the repository as well, fork it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectParams {
    /// Project that is copied: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/web"))]
    pub project: ObjectRef,
    /// Group that the copy is made in: full path or number; beside the original when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["namespace_id", "group", "group_id", "group_path", "target_namespace_id"]
    ))]
    pub namespace: Option<ObjectRef>,
    /// Name shown to people; that of the original and the suffix when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Path segment in its address; that of the original and the suffix when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub path: Option<String>,
    /// What is appended to the original's name and path; `_copy` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub suffix: Option<String>,
    /// What comes with the settings, of `labels`, `protected_branches`, `variables` (without values) and `members`;
    /// labels and protected branches when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "list", "x-example" = "labels,protected_branches"))]
    pub include: Option<Vec<String>>,
}

/// What is copied, and to where.
pub trait Copied: Whole {
    /// What can come with the settings.
    const PARTS: &'static [&'static str];
    /// What does when nothing is said.
    const USUALLY: &'static [&'static str];
    /// GitLab's names of the settings that are copied.
    const SETTINGS: &'static [&'static str];
    /// The group it is made in, as far as it is said; and the field that says it.
    fn into(&self) -> (Option<&ObjectRef>, &'static str);
    /// Name, path and suffix, as far as they are said.
    fn called(&self) -> [Option<&str>; 3];
    /// What is to come with the settings.
    fn include(&self) -> Option<&[String]>;
    /// What is wrong with a name, and with a path.
    fn mistakes(name: Option<&str>, path: &str) -> Vec<Problem>;
}

impl Whole for GroupParams {
    const KIND: ObjectKind = ObjectKind::Group;
    fn object(&self) -> &ObjectRef {
        &self.group
    }
}

impl Copied for GroupParams {
    const PARTS: &'static [&'static str] = &["labels", "variables", "members"];
    const USUALLY: &'static [&'static str] = &["labels"];
    const SETTINGS: &'static [&'static str] = &[
        "request_access_enabled",
        "lfs_enabled",
        "project_creation_level",
        "subgroup_creation_level",
        "auto_devops_enabled",
        "emails_enabled",
        "mentions_disabled",
        "require_two_factor_authentication",
        "two_factor_grace_period",
        "share_with_group_lock",
        "default_branch",
    ];
    fn into(&self) -> (Option<&ObjectRef>, &'static str) {
        (self.parent.as_ref(), "parent")
    }
    fn called(&self) -> [Option<&str>; 3] {
        [self.name.as_deref(), self.path.as_deref(), self.suffix.as_deref()]
    }
    fn include(&self) -> Option<&[String]> {
        self.include.as_deref()
    }
    fn mistakes(name: Option<&str>, path: &str) -> Vec<Problem> {
        let name = name.and_then(|name| crate::operations::broken("name", name, &names::group_name(name)));
        let rules = names::group_path(path, names::Place::BelowAGroup);
        let path = crate::operations::broken("path", path, &rules);
        name.into_iter().chain(path).collect()
    }
}

impl Whole for ProjectParams {
    const KIND: ObjectKind = ObjectKind::Project;
    fn object(&self) -> &ObjectRef {
        &self.project
    }
}

impl Copied for ProjectParams {
    const PARTS: &'static [&'static str] = &["labels", "protected_branches", "variables", "members"];
    const USUALLY: &'static [&'static str] = &["labels", "protected_branches"];
    const SETTINGS: &'static [&'static str] = &[
        "topics",
        "issues_access_level",
        "repository_access_level",
        "merge_requests_access_level",
        "forking_access_level",
        "wiki_access_level",
        "builds_access_level",
        "snippets_access_level",
        "pages_access_level",
        "analytics_access_level",
        "container_registry_access_level",
        "security_and_compliance_access_level",
        "releases_access_level",
        "environments_access_level",
        "feature_flags_access_level",
        "infrastructure_access_level",
        "monitor_access_level",
        "lfs_enabled",
        "packages_enabled",
        "request_access_enabled",
        "shared_runners_enabled",
        "merge_method",
        "squash_option",
        "only_allow_merge_if_pipeline_succeeds",
        "only_allow_merge_if_all_discussions_are_resolved",
        "allow_merge_on_skipped_pipeline",
        "remove_source_branch_after_merge",
        "printing_merge_request_link_enabled",
        "resolve_outdated_diff_discussions",
        "autoclose_referenced_issues",
        "suggestion_commit_message",
        "merge_commit_template",
        "squash_commit_template",
        "ci_config_path",
        "ci_default_git_depth",
        "ci_forward_deployment_enabled",
        "build_timeout",
        "build_git_strategy",
        "auto_cancel_pending_pipelines",
        "auto_devops_enabled",
        "auto_devops_deploy_strategy",
        "public_jobs",
    ];
    fn into(&self) -> (Option<&ObjectRef>, &'static str) {
        (self.namespace.as_ref(), "namespace")
    }
    fn called(&self) -> [Option<&str>; 3] {
        [self.name.as_deref(), self.path.as_deref(), self.suffix.as_deref()]
    }
    fn include(&self) -> Option<&[String]> {
        self.include.as_deref()
    }
    fn mistakes(name: Option<&str>, path: &str) -> Vec<Problem> {
        let name = name.and_then(|name| crate::operations::broken("name", name, &names::project_name(name)));
        let path = crate::operations::broken("path", path, &names::project_path(path));
        name.into_iter().chain(path).collect()
    }
}

/// Makes a group or project like another: first the thing itself, then its settings, then piece by piece what comes
/// with it.
pub struct CloneOf<P>(PhantomData<fn() -> P>);

/// `clone_group`
pub type CloneGroup = CloneOf<GroupParams>;
/// `clone_project`
pub type CloneProject = CloneOf<ProjectParams>;

/// What was found to be copied.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Copy {
    /// Body of the creation, without the group it is made in.
    create: BTreeMap<String, Value>,
    /// Body of the update after it.
    settings: BTreeMap<String, Value>,
    pieces: Vec<Piece>,
}

impl Copy {
    fn of(context: &CallContext<'_>) -> Self {
        let remembered = context.remembered.cloned();
        remembered
            .and_then(|remembered| serde_json::from_value(remembered).ok())
            .unwrap_or_default()
    }

    /// The piece that this step makes.
    fn piece(&self, step: u32) -> Option<&Piece> {
        let before = 1 + usize::from(!self.settings.is_empty());
        self.pieces.get((step as usize).checked_sub(before)?)
    }
}

/// The group that it is made in: as said, else that of the original.
fn parent<P: Copied>(params: &P) -> Option<ObjectRef> {
    match (params.into().0, params.object()) {
        (Some(parent), _) => Some(parent.clone()),
        (None, ObjectRef::Path(path)) => path
            .rsplit_once('/')
            .map(|(parent, _)| ObjectRef::Path(parent.to_owned())),
        (None, ObjectRef::Id(_)) => None,
    }
}

fn new_path<P: Copied>(params: &P) -> String {
    let [_, path, suffix] = params.called();
    match path {
        Some(path) => path.to_owned(),
        None => format!("{}{}", last_segment(params.object()), suffix.unwrap_or(SUFFIX)),
    }
}

fn parts<P: Copied>(params: &P) -> Vec<Part> {
    match params.include() {
        Some(names) => names.iter().filter_map(|name| Part::named(name)).collect(),
        None => P::USUALLY.iter().filter_map(|name| Part::named(name)).collect(),
    }
}

#[async_trait]
impl<P: Copied> Operation for CloneOf<P> {
    type Params = P;
    const NAME: &'static str = match P::KIND {
        ObjectKind::Group => "clone_group",
        ObjectKind::Project => "clone_project",
    };
    const TITLE: &'static str = match P::KIND {
        ObjectKind::Group => "Make a group like another",
        ObjectKind::Project => "Make a project like another",
    };
    const ITEMS: &'static str = match P::KIND {
        ObjectKind::Group => "groups",
        ObjectKind::Project => "projects",
    };
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const UNDOABLE: bool = true;

    fn check(params: &P, _: Timestamp, problems: &mut Vec<Problem>) {
        let [name, path, _] = params.called();
        let no_path = needs_a_path(params.object(), path);
        if no_path.is_none() {
            problems.extend(P::mistakes(name, &new_path(params)));
        }
        problems.extend(no_path);
        if let (ObjectRef::Id(_), (None, field)) = (params.object(), params.into()) {
            problems.push(
                Problem::new("say where to, or give the original by its full path")
                    .column(field)
                    .allowed("GitLab's number or a full path like acme/platform"),
            );
        }
        let unknown = params
            .include()
            .unwrap_or_default()
            .iter()
            .filter(|name| !P::PARTS.contains(&name.as_str()));
        problems.extend(unknown.map(|name| {
            Problem::new("this cannot be copied")
                .column("include")
                .value(name)
                .allowed(P::PARTS.join(", "))
        }));
    }

    fn target(params: &P) -> Target {
        Target::New {
            kind: P::KIND,
            parent: parent(params),
            path: new_path(params),
        }
    }

    /// The group it is made in comes first, the original last.
    fn needs(params: &P) -> Vec<Need> {
        let into = parent(params).map(|object| Need {
            kind: ObjectKind::Group,
            object,
            field: params.into().1,
        });
        into.into_iter().chain([whole::need(params)]).collect()
    }

    fn reads(params: &P) -> Vec<Read> {
        let origin = || params.object().clone();
        let rows = |of: &'static Collection| Read::Rows(P::KIND, origin(), of);
        let mut reads = whole::around(params);
        reads.push(Read::Fields(P::KIND, P::SETTINGS));
        reads.push(Read::Fields(P::KIND, &["name", "description"]));
        if P::KIND == ObjectKind::Group {
            reads.push(Read::Below(origin()));
        }
        if let Some(parent) = parent(params) {
            reads.push(Read::Above(ObjectKind::Group, parent.clone()));
            reads.push(Read::Level(ObjectKind::Group, parent));
        }
        reads.extend(parts(params).into_iter().map(|part| match (part, P::KIND) {
            (Part::Members, kind) => Read::Members(kind, origin()),
            (Part::Labels, ObjectKind::Group) => rows(&LABELS_OF_GROUP),
            (Part::Labels, ObjectKind::Project) => rows(&LABELS),
            (Part::ProtectedBranches, _) => rows(&BRANCHES),
            (Part::Variables, _) => rows(&VARIABLES),
        }));
        reads
    }

    fn plan(params: &P, context: &PlanContext<'_>) -> Planned {
        let Some(origin) = context.needs.last().and_then(Option::as_ref) else {
            return Planned::conflict(
                "MADE_HERE",
                "what is to be copied is made by an earlier item of the same job; copy it afterwards",
            );
        };
        let into = match context.needs {
            [into, _] => into.as_ref(),
            _ => None,
        };
        if let Some(conflict) = stands_in_the_way(params, into, origin, context) {
            return conflict;
        }
        let value = |field: &str| origin.fields.get(field).filter(|value| !value.is_null()).cloned();
        let name = match params.called() {
            [Some(name), ..] => name.to_owned(),
            [None, _, suffix] => {
                let name = value("name").and_then(|name| Some(name.as_str()?.to_owned()));
                name.unwrap_or_else(|| last_segment(params.object()).to_owned()) + suffix.unwrap_or(SUFFIX)
            }
        };
        let mut create = BTreeMap::from([
            ("name".to_owned(), Value::from(name)),
            ("path".to_owned(), new_path(params).into()),
        ]);
        create.extend(value("visibility").map(|own| ("visibility".to_owned(), at_most_as_open(own, into))));
        create.extend(
            value("description")
                .filter(|text| text != "")
                .map(|text| ("description".to_owned(), text)),
        );
        let settings = P::SETTINGS
            .iter()
            .filter_map(|field| Some(((*field).to_owned(), value(field)?)))
            .collect();
        let (pieces, notes) = copy::pieces(origin, &parts(params), context);

        let mut changes: Vec<Change> = create
            .iter()
            .filter(|(field, _)| *field != "path")
            .map(|(field, to)| new_value(field, to.clone()))
            .collect();
        changes.push(new_value("settings_of", origin.full_path.as_str().into()));
        for part in parts(params) {
            let names = pieces
                .iter()
                .filter(|piece| piece.part == part)
                .map(|piece| piece.name.as_str());
            let names: Vec<Value> = names.map(Value::from).collect();
            if !names.is_empty() {
                changes.push(new_value(part.path(), names.into()));
            }
        }
        let copy = Copy {
            create,
            settings,
            pieces,
        };
        let mut planned = Planned::create(changes).remember(json!(copy));
        for note in notes {
            planned = planned.note(note);
        }
        match P::KIND {
            ObjectKind::Project => planned.note("The repository, issues and merge requests are not copied."),
            ObjectKind::Group => match whole::contents(origin, context) {
                Some(contents) => {
                    planned.note(format!("{contents} in it are not copied: copy them one by one."))
                }
                None => planned,
            },
        }
    }

    fn call(_: &P, context: CallContext<'_>) -> Option<Call> {
        let copy = Copy::of(&context);
        if context.step == 0 {
            let mut body: Map<String, Value> = copy.create.into_iter().collect();
            if let [into, _] = context.needs {
                let field = match P::KIND {
                    ObjectKind::Group => "parent_id",
                    ObjectKind::Project => "namespace_id",
                };
                body.insert(field.to_owned(), into.id.into());
            }
            let to = match P::KIND {
                ObjectKind::Group => ApiPath::new("groups"),
                ObjectKind::Project => ApiPath::new("projects"),
            };
            return Some(Call::post(to, body));
        }
        let made = path(P::KIND, context.present?.id?);
        if context.step == 1 && !copy.settings.is_empty() {
            let body: Map<String, Value> = copy.settings.into_iter().collect();
            return Some(Call::put(made, body));
        }
        let piece = copy.piece(context.step)?;
        Some(Call::post(made.join(piece.part.path()), piece.body.clone()))
    }

    fn result(_: &P, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        match context.step {
            0 => crate::operations::read_result(body),
            _ => context.present.cloned(),
        }
    }

    async fn settle(params: &P, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let copy = Copy::of(&context.call);
        if context.call.step == 0 {
            let into = match context.call.needs {
                [into, _] => Some(into),
                _ => None,
            };
            let full_path = crate::operations::full_path(into, &new_path(params));
            let settable = Settable {
                heads: NAME,
                settings: match P::KIND {
                    ObjectKind::Group => settings::group::SETTINGS,
                    ObjectKind::Project => settings::project::SETTINGS,
                },
            };
            let wanted = settable.wanted(&copy.create);
            return settle_created::settle(P::KIND, &full_path, &wanted, &context).await;
        }
        let Some(made) = context.call.present else {
            return Ok(Settlement::Absent);
        };
        let place = path(P::KIND, made.id.unwrap_or_default());
        let done = if let Some(piece) = copy.piece(context.call.step) {
            piece.is_there(context.gitlab, place).await?
        } else {
            // To say all settings once more does no harm.
            let query = [("with_projects", "false")];
            let seen: Map<String, Value> = context.gitlab.get(&place, &query, Lane::Jobs).await?;
            copy.settings
                .iter()
                .all(|(field, wanted)| same(seen.get(field).unwrap_or(&Value::Null), wanted))
        };
        Ok(if done {
            Settlement::Adopted(made.clone())
        } else {
            Settlement::Absent
        })
    }

    /// What the copy has already, as from the group it is in, it need not be given.
    fn done_if_refused(_: &P, context: CallContext<'_>, status: u16) -> bool {
        context.step > 0 && Copy::of(&context).piece(context.step).is_some() && matches!(status, 400 | 409)
    }

    fn undo(_: &P, context: CallContext<'_>) -> Undo {
        let Some(id) = context.present.and_then(|copy| copy.id) else {
            return Undo::Nothing;
        };
        match P::KIND {
            ObjectKind::Group => Undo::by("delete_group", json!({ "group": id })),
            ObjectKind::Project => Undo::by("delete_project", json!({ "project": id })),
        }
    }
}

fn new_value(field: &str, to: Value) -> Change {
    Change {
        field: field.to_owned(),
        from: Value::Null,
        to,
    }
}

fn stands_in_the_way<P: Copied>(
    params: &P,
    into: Option<&Known>,
    origin: &Known,
    context: &PlanContext<'_>,
) -> Option<Planned> {
    if let Some(conflict) = Standing::of(origin, context.estate).is_going(origin, "copy") {
        return Some(conflict);
    }
    let is_made_here = parent(params).is_some() && into.is_none();
    if !is_made_here {
        let place = crate::operations::full_path(into, &new_path(params));
        if let Some(present) = context.estate.at(&place) {
            return Some(Planned::conflict(
                "PATH_TAKEN",
                format!(
                    "`{place}` is a {} already; give another path",
                    present.kind.name()
                ),
            ));
        }
    }
    let into = into?;
    let standing = Standing::of(into, context.estate);
    if standing.archived {
        return Some(Planned::conflict(
            "ARCHIVED",
            format!("`{}` is archived: nothing can be made in it", into.full_path),
        ));
    }
    standing
        .is_going(into, "make something in")
        .or_else(|| whole::not_permitted(into, AccessLevel::Maintainer, "make a copy in it", context))
}

/// GitLab refuses a group that is more open than the one it is in, and lowers a project.
fn at_most_as_open(own: Value, into: Option<&Known>) -> Value {
    let read = |value: &Value| value.as_str()?.parse::<Visibility>().ok();
    let allowed = into.and_then(|into| read(into.fields.get("visibility")?));
    match (read(&own), allowed) {
        (Some(wanted), Some(allowed)) if wanted > allowed => allowed.name().into(),
        _ => own,
    }
}
