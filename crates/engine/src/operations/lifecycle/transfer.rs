use std::marker::PhantomData;

use async_trait::async_trait;
use domain::{AccessLevel, Change, ItemError, ItemResult, Problem, Timestamp, Visibility};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::seen::{look, path};
use super::whole::{self, Standing, Whole};
use crate::estate::Known;
use crate::operation::{
    Call, CallContext, Destination, Followed, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned,
    Read, Reverse, SettleContext, Settlement, Target, Undo, parameters,
};

/// A group to be moved, with everything in it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupParams {
    /// Group: full path or number.
    #[schemars(transform = parameters::group, extend("x-example" = "acme/platform"))]
    pub group: ObjectRef,
    /// Group that it moves into: full path or number. Either this or `top_level`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["parent_id", "parent_path", "namespace", "namespace_id", "target_namespace_id", "to"],
        "x-example" = "holding"
    ))]
    pub parent: Option<ObjectRef>,
    /// Whether it becomes a top-level group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_level: Option<bool>,
}

/// A project to be moved.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectParams {
    /// Project: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/web"))]
    pub project: ObjectRef,
    /// Group that it moves into: full path or number.
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = [
            "namespace_id", "group", "group_id", "group_path", "parent", "parent_id", "target_namespace_id", "to"
        ],
        "x-example" = "acme/platform"
    ))]
    pub namespace: ObjectRef,
}

/// What is to be moved, and where to.
pub trait Moving: Whole {
    /// GitLab's word for what it is in.
    const PLACE: &'static str;
    /// The group that it moves into; `None`: to the top level.
    fn to(&self) -> Option<&ObjectRef>;
    /// Rules that need no GitLab.
    fn mistake(&self) -> Option<Problem>;
}

impl Whole for GroupParams {
    const KIND: ObjectKind = ObjectKind::Group;
    fn object(&self) -> &ObjectRef {
        &self.group
    }
}

impl Moving for GroupParams {
    const PLACE: &'static str = "parent";
    fn to(&self) -> Option<&ObjectRef> {
        self.parent.as_ref()
    }
    // An empty cell must not send a group to the top level.
    fn mistake(&self) -> Option<Problem> {
        match (&self.parent, self.top_level == Some(true)) {
            (None, false) => Some(
                Problem::new("a transfer needs the group to move into, or `top_level`")
                    .column("parent")
                    .allowed("GitLab's number or a full path like acme/platform"),
            ),
            (Some(parent), true) => Some(
                Problem::new("give either parent or top_level, not both")
                    .column("top_level")
                    .value(&parent.to_string())
                    .allowed("nothing where there is a parent"),
            ),
            _ => None,
        }
    }
}

impl Whole for ProjectParams {
    const KIND: ObjectKind = ObjectKind::Project;
    fn object(&self) -> &ObjectRef {
        &self.project
    }
}

impl Moving for ProjectParams {
    const PLACE: &'static str = "namespace";
    fn to(&self) -> Option<&ObjectRef> {
        Some(&self.namespace)
    }
    fn mistake(&self) -> Option<Problem> {
        None
    }
}

/// Moves a group or project. Its address changes, and that of everything in it.
pub struct Transfer<P>(PhantomData<fn() -> P>);

/// `transfer_group`
pub type TransferGroup = Transfer<GroupParams>;
/// `transfer_project`
pub type TransferProject = Transfer<ProjectParams>;

/// What the undo has to know.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    /// GitLab's number of the group it was in; `None`: at the top, or in a personal namespace.
    parent: Option<u64>,
    /// Its path.
    path: Option<String>,
    /// How it could be seen, where GitLab lowers that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visibility: Option<String>,
}

#[async_trait]
impl<P: Moving> Operation for Transfer<P> {
    type Params = P;
    const NAME: &'static str = match P::KIND {
        ObjectKind::Group => "transfer_group",
        ObjectKind::Project => "transfer_project",
    };
    const TITLE: &'static str = match P::KIND {
        ObjectKind::Group => "Transfer a group",
        ObjectKind::Project => "Transfer a project",
    };
    const ITEMS: &'static str = match P::KIND {
        ObjectKind::Group => "groups",
        ObjectKind::Project => "projects",
    };
    const PERMISSION: AccessLevel = AccessLevel::Owner;
    const UNDOABLE: bool = true;
    const FOLLOWS: bool = true;

    fn check(params: &P, _: Timestamp, problems: &mut Vec<Problem>) {
        problems.extend(params.mistake());
    }

    fn target(params: &P) -> Target {
        whole::target(params)
    }

    fn needs(params: &P) -> Vec<Need> {
        let to = params.to().map(|to| Need {
            kind: ObjectKind::Group,
            object: to.clone(),
            field: P::PLACE,
        });
        std::iter::once(whole::need(params)).chain(to).collect()
    }

    fn reads(params: &P) -> Vec<Read> {
        let mut reads = whole::around(params);
        let object = || params.object().clone();
        if P::KIND == ObjectKind::Group {
            reads.push(Read::Below(object()));
        }
        match params.to() {
            None => reads.push(Read::Destination(P::KIND, object(), Destination::Top)),
            Some(to) => {
                reads.push(Read::Destination(P::KIND, object(), Destination::In(to.clone())));
                reads.push(Read::Above(ObjectKind::Group, to.clone()));
                reads.push(Read::Level(ObjectKind::Group, to.clone()));
            }
        }
        reads
    }

    fn plan(params: &P, context: &PlanContext<'_>) -> Planned {
        let wanted = |from: Value, to: Value| Change {
            field: P::PLACE.into(),
            from,
            to,
        };
        let to = params.to().map_or(Value::Null, |to| to.to_string().into());
        let Some(known) = context.object() else {
            return Planned::update(whole::to_be_made(), vec![wanted(Value::Null, to)]);
        };
        let into = context.needs.get(1).and_then(Option::as_ref);
        let parent = known.full_path.rsplit_once('/').map(|(parent, _)| parent);
        let is_there = match (params.to(), into) {
            (None, _) => parent.is_none(),
            (Some(_), Some(into)) => {
                parent.is_some_and(|parent| parent.eq_ignore_ascii_case(&into.full_path))
            }
            (Some(_), None) => false,
        };
        if is_there {
            return Planned::unchanged(Some(known.result()));
        }
        if let Some(conflict) =
            stays::<P>(known, context).or_else(|| may_not_come(params, known, into, context))
        {
            return conflict;
        }
        let to = into.map_or(to, |into| into.full_path.as_str().into());
        let mut changes = vec![wanted(parent.map_or(Value::Null, Value::from), to)];
        let lowered = lowered(known, into);
        changes.extend(lowered.clone());
        let before = Before {
            parent: number_of_parent(known),
            path: parent.map(str::to_owned),
            visibility: lowered.and_then(|change| Some(change.from.as_str()?.to_owned())),
        };
        let mut planned = Planned::update(known.result(), changes).remember(json!(before));
        if before.visibility.is_some() && P::KIND == ObjectKind::Group {
            planned =
                planned.note("GitLab lowers the visibility of everything in it that is more open as well.");
        }
        if let Some(contents) = whole::contents(known, context) {
            planned = planned.note(format!("{contents} move with it: their addresses change, too."));
        }
        planned
    }

    fn call(params: &P, context: CallContext<'_>) -> Option<Call> {
        let known = context.object().filter(|_| context.step == 0)?;
        let transfer = path(P::KIND, known.id).join("transfer");
        let to = params.to().and_then(|_| context.needs.get(1));
        Some(match (P::KIND, to) {
            (ObjectKind::Group, Some(to)) => Call::post(transfer, json!({ "group_id": to.id })),
            (ObjectKind::Group, None) => Call::post(transfer, json!({})),
            (ObjectKind::Project, to) => Call::put(transfer, json!({ "namespace": to?.id })),
        })
    }

    fn result(_: &P, _: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        crate::operations::read_result(body)
    }

    async fn settle(params: &P, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(known) = context.call.object() else {
            return Ok(Settlement::Absent);
        };
        let to = destination(params, &context.call);
        Ok(match look(context.gitlab, P::KIND, known.id).await? {
            Some(seen) if seen.parent() == to => Settlement::Adopted(seen.result()),
            _ => Settlement::Absent,
        })
    }

    /// "Is already in this namespace" (GitLab API facts §5.4).
    fn done_if_refused(_: &P, _: CallContext<'_>, status: u16) -> bool {
        status == 400
    }

    /// A queued transfer is refused until the worker is done with it, with the status of any other refusal (GitLab API
    /// facts §7.1.9).
    fn under_way_if_refused(_: &P, status: u16) -> bool {
        status == 400
    }

    /// GitLab 19 may queue a transfer; it then answers with the old place, and tells only by mail when the move
    /// fails later (GitLab API facts §7.1.9). Of the reasons, one can be seen: something else took the place.
    async fn follow(params: &P, context: SettleContext<'_>) -> Result<Followed, GitlabError> {
        let Some(known) = context.call.object() else {
            return Ok(Followed::Done(None));
        };
        let segment = known.full_path.rsplit('/').next().unwrap_or_default();
        let place = match params.to().and_then(|_| context.call.needs.get(1)) {
            Some(into) => format!("{}/{segment}", into.full_path),
            None => segment.to_owned(),
        };
        let answered = context
            .call
            .present
            .and_then(|present| present.full_path.as_deref());
        if answered.is_some_and(|path| path.eq_ignore_ascii_case(&place)) {
            return Ok(Followed::Done(None));
        }
        let failed = |message: String| {
            Ok(Followed::Failed(ItemError {
                code: "TRANSFER_FAILED".into(),
                message,
                gitlab_status: None,
                details: None,
            }))
        };
        match look(context.gitlab, P::KIND, known.id).await? {
            None => failed(format!("`{}` is gone, or can no longer be seen", known.full_path)),
            Some(seen) if seen.parent() == destination(params, &context.call) => {
                Ok(Followed::Done(Some(seen.result())))
            }
            Some(_) => {
                for kind in [ObjectKind::Group, ObjectKind::Project] {
                    let there = look(context.gitlab, kind, place.as_str()).await?;
                    if there.is_some_and(|there| kind != P::KIND || there.id != known.id) {
                        return failed(format!("something else stands at `{place}` by now"));
                    }
                }
                Ok(Followed::Pending)
            }
        }
    }

    fn undo(_: &P, context: CallContext<'_>) -> Undo {
        let Some(known) = context.object() else {
            return Undo::Nothing;
        };
        let before: Option<Before> = context
            .remembered
            .and_then(|before| serde_json::from_value(before.clone()).ok());
        let Some(before) = before else {
            return Undo::impossible("it is not known where it was");
        };
        let mut back = whole::named(known);
        match (P::KIND, before.parent) {
            (_, Some(parent)) => {
                back.insert(P::PLACE.to_owned(), parent.into());
            }
            (ObjectKind::Group, None) if before.path.is_none() => {
                back.insert("top_level".to_owned(), true.into());
            }
            _ => {
                let path = before.path.unwrap_or_default();
                return Undo::impossible(format!(
                    "it was in the personal namespace `{path}`; transfer it back in GitLab"
                ));
            }
        }
        let mut items = vec![Reverse {
            operation: Self::NAME,
            params: Value::Object(back),
        }];
        if let Some(visibility) = before.visibility {
            let mut more_open = whole::named(known);
            more_open.insert("visibility".to_owned(), visibility.into());
            items.push(Reverse {
                operation: match P::KIND {
                    ObjectKind::Group => "update_group",
                    ObjectKind::Project => "update_project",
                },
                params: Value::Object(more_open),
            });
        }
        Undo::Items(items)
    }
}

/// GitLab's number of the group it is to be in.
fn destination<P: Moving>(params: &P, context: &CallContext<'_>) -> Option<u64> {
    params.to().and_then(|_| context.needs.get(1)).map(|into| into.id)
}

/// What keeps it where it is.
fn stays<P: Moving>(known: &Known, context: &PlanContext<'_>) -> Option<Planned> {
    Standing::of(known, context.estate)
        .is_going(known, "transfer")
        .or_else(|| whole::not_permitted(known, AccessLevel::Owner, "transfer", context))
        .or_else(|| whole::protected(known, "transfer", context))
        .or_else(|| {
            let ties = context.estate.ties(known);
            let what = match (ties.images, ties.npm_packages) {
                (true, _) => "images in its container registry",
                (false, true) => "npm packages whose scope is its top-level group",
                (false, false) => return None,
            };
            Some(Planned::conflict(
                "TIED_TO_ITS_PATH",
                format!(
                    "`{}` has {what}: GitLab does not move it; remove or move those first",
                    known.full_path
                ),
            ))
        })
}

/// What keeps it out of where it is to go.
fn may_not_come<P: Moving>(
    params: &P,
    known: &Known,
    into: Option<&Known>,
    context: &PlanContext<'_>,
) -> Option<Planned> {
    let segment = known.full_path.rsplit('/').next().unwrap_or_default();
    let place = match (params.to(), into) {
        // Made earlier in the same job: empty, and its maker's.
        (Some(_), None) => return None,
        (None, _) if context.me.can_create_group == Some(false) && !context.me.administrator => {
            return Some(Planned::conflict(
                "NOT_PERMITTED",
                "you may not make top-level groups",
            ));
        }
        (None, _) => segment.to_owned(),
        (Some(_), Some(into)) => {
            let path = |known: &Known| format!("{}/", known.full_path.to_lowercase());
            if P::KIND == ObjectKind::Group && path(into).starts_with(&path(known)) {
                return Some(Planned::conflict(
                    "TRANSFER_INTO_ITSELF",
                    format!("`{}` is `{}` itself or in it", into.full_path, known.full_path),
                ));
            }
            let standing = Standing::of(into, context.estate);
            if let Some(conflict) = standing.is_going(into, "move something into") {
                return Some(conflict);
            }
            if standing.archived {
                return Some(Planned::conflict(
                    "ARCHIVED",
                    format!("`{}` is archived: nothing can be moved into it", into.full_path),
                ));
            }
            if let Some(conflict) = not_welcome::<P>(into, context) {
                return Some(conflict);
            }
            format!("{}/{segment}", into.full_path)
        }
    };
    let taken = context
        .estate
        .at(&place)
        .filter(|there| (there.kind, there.id) != (P::KIND, known.id))?;
    Some(Planned::conflict(
        "PATH_TAKEN",
        format!(
            "`{place}` is another {} already; rename one of them first",
            taken.kind.name()
        ),
    ))
}

/// The token's user may not bring it there (GitLab API facts §7.1.9, §7.2.8).
fn not_welcome<P: Moving>(into: &Known, context: &PlanContext<'_>) -> Option<Planned> {
    let says = |field: &str| into.fields.get(field).and_then(Value::as_str);
    let least = match P::KIND {
        ObjectKind::Group if says("subgroup_creation_level") == Some("owner") => AccessLevel::Owner,
        ObjectKind::Group | ObjectKind::Project => AccessLevel::Maintainer,
    };
    if P::KIND == ObjectKind::Project && says("project_creation_level") == Some("noone") {
        return Some(Planned::conflict(
            "NOT_PERMITTED",
            format!(
                "nobody may bring projects into `{}` (project_creation_level)",
                into.full_path
            ),
        ));
    }
    whole::not_permitted(into, least, "move something into it", context)
}

/// What GitLab does to the visibility of something that comes into a more closed group.
fn lowered(known: &Known, into: Option<&Known>) -> Option<Change> {
    let visibility = |known: &Known| {
        known
            .fields
            .get("visibility")?
            .as_str()?
            .parse::<Visibility>()
            .ok()
    };
    let (own, allowed) = (visibility(known)?, visibility(into?)?);
    (own > allowed).then(|| Change {
        field: "visibility".into(),
        from: own.name().into(),
        to: allowed.name().into(),
    })
}

fn number_of_parent(known: &Known) -> Option<u64> {
    match known.kind {
        ObjectKind::Group => known.fields.get("parent_id")?.as_u64(),
        ObjectKind::Project => {
            let namespace = known.fields.get("namespace")?;
            let is_group = namespace.get("kind")?.as_str()? == "group";
            namespace.get("id")?.as_u64().filter(|_| is_group)
        }
    }
}
