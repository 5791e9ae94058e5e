use std::marker::PhantomData;

use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_client::GitlabError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::seen::{Link, look, path};
use super::whole::{self, Standing, Whole};
use crate::estate::Known;
use crate::operation::{
    Call, CallContext, ITSELF, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, Section,
    SectionRows, SettleContext, Settlement, Target, Undo, parameters,
};

/// Where a group or project shows with whom it is shared; lists of groups do not.
const LINKS: &str = "shared_with_groups";

/// A share as an entry of a manifest, with the path of the invited group; `None` for one with a role of the instance's own.
fn by_path(link: &Map<String, Value>) -> Option<Map<String, Value>> {
    entry(link, "group_full_path")
}

/// The same with the number of the invited group.
fn by_number(link: &Map<String, Value>) -> Option<Map<String, Value>> {
    entry(link, "group_id")
}

fn entry(link: &Map<String, Value>, invited: &str) -> Option<Map<String, Value>> {
    let level = AccessLevel::from_number(link.get("group_access_level")?.as_u64()?)?;
    if link.get("member_role_id").is_some_and(|role| !role.is_null()) {
        return None;
    }
    let mut entry = Map::from_iter([
        ("invited_group".to_owned(), link.get(invited)?.clone()),
        ("group_access".to_owned(), level.name().into()),
    ]);
    if let Some(day @ Value::String(_)) = link.get("expires_at") {
        entry.insert("expires_at".to_owned(), day.clone());
    }
    Some(entry)
}

/// A group that is invited to a group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupParams {
    /// Group that is shared: full path or number.
    #[schemars(transform = parameters::group, extend("x-example" = "acme/platform"))]
    pub group: ObjectRef,
    /// Group whose members are invited: full path or number.
    #[schemars(extend("x-kind" = "object", "x-aliases" = ["shared_with", "with_group"], "x-example" = "partners"))]
    pub invited_group: ObjectRef,
    /// What they may do at most.
    #[schemars(
        with = "String",
        transform = parameters::access_level,
        extend("x-aliases" = ["access_level"], "x-example" = "developer")
    )]
    pub group_access: AccessLevel,
    /// Day on which it ends, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::expiry, extend("x-example" = "2031-12-31"))]
    pub expires_at: Option<String>,
}

/// A group that is invited to a project.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectParams {
    /// Project that is shared: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/web"))]
    pub project: ObjectRef,
    /// Group whose members are invited: full path or number.
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["group_id", "group", "group_path", "shared_with", "with_group"],
        "x-example" = "partners"
    ))]
    pub invited_group: ObjectRef,
    /// What they may do at most.
    #[schemars(
        with = "String",
        transform = parameters::access_level,
        extend("x-aliases" = ["access_level"], "x-example" = "developer")
    )]
    pub group_access: AccessLevel,
    /// Day on which it ends, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = parameters::expiry, extend("x-example" = "2031-12-31"))]
    pub expires_at: Option<String>,
}

/// A group that is no longer invited to a group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupEndParams {
    /// Group that is shared: full path or number.
    #[schemars(transform = parameters::group, extend("x-example" = "acme/platform"))]
    pub group: ObjectRef,
    /// Group that is invited: full path or number.
    #[schemars(extend("x-kind" = "object", "x-aliases" = ["shared_with", "with_group"], "x-example" = "partners"))]
    pub invited_group: ObjectRef,
}

/// A group that is no longer invited to a project.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectEndParams {
    /// Project that is shared: full path or number.
    #[schemars(transform = parameters::project, extend("x-example" = "acme/web"))]
    pub project: ObjectRef,
    /// Group that is invited: full path or number.
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["group_id", "group", "group_path", "shared_with", "with_group"],
        "x-example" = "partners"
    ))]
    pub invited_group: ObjectRef,
}

/// What is shared, and with whom.
pub trait Shared: Whole {
    /// The group that is invited.
    fn invited(&self) -> &ObjectRef;
    /// What its members may do, and until when. `None`: nothing any more.
    fn wanted(&self) -> Option<(AccessLevel, Option<&str>)>;
}

macro_rules! shared {
    ($params:ty, $kind:expr, $object:ident, $wanted:expr) => {
        impl Whole for $params {
            const KIND: ObjectKind = $kind;
            fn object(&self) -> &ObjectRef {
                &self.$object
            }
        }

        impl Shared for $params {
            fn invited(&self) -> &ObjectRef {
                &self.invited_group
            }
            fn wanted(&self) -> Option<(AccessLevel, Option<&str>)> {
                let wanted: fn(&Self) -> Option<(AccessLevel, Option<&str>)> = $wanted;
                wanted(self)
            }
        }
    };
}

shared!(GroupParams, ObjectKind::Group, group, |it| Some((
    it.group_access,
    it.expires_at.as_deref()
)));
shared!(ProjectParams, ObjectKind::Project, project, |it| Some((
    it.group_access,
    it.expires_at.as_deref()
)));
shared!(GroupEndParams, ObjectKind::Group, group, |_| None);
shared!(ProjectEndParams, ObjectKind::Project, project, |_| None);

/// Invites a group, or ends that. GitLab cannot change what an invited group may do: to do so, it is invited anew.
pub struct Share<P, const ON: bool>(PhantomData<fn() -> P>);

/// `share_group`
pub type ShareGroup = Share<GroupParams, true>;
/// `unshare_group`
pub type UnshareGroup = Share<GroupEndParams, false>;
/// `share_project`
pub type ShareProject = Share<ProjectParams, true>;
/// `unshare_project`
pub type UnshareProject = Share<ProjectEndParams, false>;

const fn name(kind: ObjectKind, on: bool) -> &'static str {
    match (kind, on) {
        (ObjectKind::Group, true) => "share_group",
        (ObjectKind::Group, false) => "unshare_group",
        (ObjectKind::Project, true) => "share_project",
        (ObjectKind::Project, false) => "unshare_project",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    End,
    Invite,
}

/// The write of this step.
fn write(context: &CallContext<'_>) -> Option<Write> {
    let writes: &[Write] = match context.action {
        Action::Create => &[Write::Invite],
        Action::Update => &[Write::End, Write::Invite],
        Action::Delete => &[Write::End],
        _ => &[],
    };
    writes.get(context.step as usize).copied()
}

#[async_trait]
impl<P: Shared, const ON: bool> Operation for Share<P, ON> {
    type Params = P;
    const NAME: &'static str = name(P::KIND, ON);
    const TITLE: &'static str = match (P::KIND, ON) {
        (ObjectKind::Group, true) => "Share a group with a group",
        (ObjectKind::Group, false) => "End the sharing of a group",
        (ObjectKind::Project, true) => "Share a project with a group",
        (ObjectKind::Project, false) => "End the sharing of a project",
    };
    const ITEMS: &'static str = "shares";
    const PERMISSION: AccessLevel = least(P::KIND);
    const UNDOABLE: bool = true;
    const SECTION: Option<Section> = if ON {
        Some(
            Section::list("sharedWithGroups", SectionRows::In(&ITSELF, LINKS), by_path)
                .also_by_number(by_number)
                .removed_by(name(P::KIND, false)),
        )
    } else {
        None
    };

    fn check(params: &P, today: Timestamp, problems: &mut Vec<Problem>) {
        if let Some((_, Some(day))) = params.wanted()
            && day < &today.to_string()[..10]
        {
            problems.push(
                Problem::new("it would end in the past")
                    .column("expires_at")
                    .value(day)
                    .allowed("a day from today on, like 2031-12-31"),
            );
        }
        if P::KIND == ObjectKind::Group && params.object() == params.invited() {
            problems.push(
                Problem::new("a group cannot be shared with itself")
                    .column("invited_group")
                    .value(&params.invited().to_string())
                    .allowed("another group"),
            );
        }
    }

    fn target(params: &P) -> Target {
        Target::Part {
            kind: P::KIND,
            of: params.object().clone(),
            what: "share",
            name: params.invited().to_string(),
            field: "invited_group",
        }
    }

    fn needs(params: &P) -> Vec<Need> {
        let invited = Need {
            kind: ObjectKind::Group,
            object: params.invited().clone(),
            field: "invited_group",
        };
        vec![whole::need(params), invited]
    }

    fn reads(params: &P) -> Vec<Read> {
        let mut reads = whole::around(params);
        reads.push(Read::Rows(P::KIND, params.object().clone(), &ITSELF));
        reads
    }

    fn plan(params: &P, context: &PlanContext<'_>) -> Planned {
        let link = context.object().and_then(|known| {
            let invited = context.needs.get(1)?.as_ref()?;
            let itself = context.estate.rows(known, &ITSELF)?.list().first()?;
            let links: Vec<Link> = serde_json::from_value(itself.get(LINKS)?.clone()).ok()?;
            links.into_iter().find(|link| link.group_id == invited.id)
        });
        let Some(known) = context.object() else {
            return match params.wanted() {
                Some(wanted) => Planned::create(changes(None, Some(wanted))),
                None => Planned::unchanged(None),
            };
        };
        let is_as_wanted = || changes(link.as_ref(), params.wanted()).is_empty();
        if is_as_wanted() {
            return Planned::unchanged(Some(known.result()));
        }
        if let Some(conflict) = not_possible::<P, ON>(known, context) {
            return conflict;
        }
        let differences = changes(link.as_ref(), params.wanted());
        let planned = match (&link, params.wanted()) {
            (None, _) => Planned::create(differences),
            (Some(_), None) => Planned::delete(known.result(), differences),
            (Some(_), Some(_)) => {
                let what = format!("the share of `{}` with `{}`", known.full_path, params.invited());
                Planned::existing(context.options, known.result(), differences, &what)
            }
        };
        match link {
            Some(link) => planned.remember(json!({
                "group_access": level(&link),
                "expires_at": link.expires_at,
            })),
            None => planned,
        }
    }

    fn call(params: &P, context: CallContext<'_>) -> Option<Call> {
        let (known, invited) = (context.object()?, context.needs.get(1)?);
        let share = path(P::KIND, known.id).join("share");
        match write(&context)? {
            Write::End => Some(Call::delete(share.object(invited.id))),
            Write::Invite => {
                let (level, until) = params.wanted()?;
                let mut body = Map::from_iter([
                    ("group_id".to_owned(), Value::from(invited.id)),
                    ("group_access".to_owned(), level.number().into()),
                ]);
                if let Some(day) = until {
                    body.insert("expires_at".into(), day.into());
                }
                Some(Call::post(share, body))
            }
        }
    }

    fn result(_: &P, context: CallContext<'_>, _: &[u8]) -> Option<ItemResult> {
        context.object().map(Known::result)
    }

    async fn settle(params: &P, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let (Some(known), Some(invited)) = (context.call.object(), context.call.needs.get(1)) else {
            return Ok(Settlement::Absent);
        };
        let Some(seen) = look(context.gitlab, P::KIND, known.id).await? else {
            return Ok(Settlement::Absent);
        };
        let link = seen
            .shared_with_groups
            .iter()
            .find(|link| link.group_id == invited.id);
        Ok(match (write(&context.call), link) {
            (Some(Write::End), None) => Settlement::Adopted(known.result()),
            (Some(Write::Invite), Some(link)) if changes(Some(link), params.wanted()).is_empty() => {
                Settlement::Adopted(known.result())
            }
            (Some(Write::Invite), Some(link)) => Settlement::Undecided {
                present: known.result(),
                look_at: LookAt {
                    url: seen.web_url.clone(),
                    message: format!(
                        "GitLab's answer was lost and `{}` is shared with `{}` now, but with {} instead of what was \
                         sent. Settle the item as succeeded if that is right.",
                        known.full_path,
                        invited.full_path,
                        level(link).as_str().unwrap_or("another level"),
                    ),
                },
            },
            _ => Settlement::Absent,
        })
    }

    /// 409: it is shared already. 404: it is not, or no longer.
    fn done_if_refused(_: &P, context: CallContext<'_>, status: u16) -> bool {
        match write(&context) {
            Some(Write::Invite) => status == 409,
            Some(Write::End) => status == 404,
            None => false,
        }
    }

    fn undo(_: &P, context: CallContext<'_>) -> Undo {
        let (Some(known), Some(invited)) = (context.object(), context.needs.get(1)) else {
            return Undo::Nothing;
        };
        let mut params = whole::named(known);
        params.insert("invited_group".into(), invited.id.into());
        let Some(Value::Object(before)) = context.remembered else {
            return Undo::by(name(P::KIND, false), Value::Object(params));
        };
        params.extend(before.clone().into_iter().filter(|(_, value)| !value.is_null()));
        Undo::by(name(P::KIND, true), Value::Object(params))
    }
}

const fn least(kind: ObjectKind) -> AccessLevel {
    match kind {
        ObjectKind::Group => AccessLevel::Owner,
        ObjectKind::Project => AccessLevel::Maintainer,
    }
}

fn not_possible<P: Shared, const ON: bool>(known: &Known, context: &PlanContext<'_>) -> Option<Planned> {
    let standing = Standing::of(known, context.estate);
    if let Some(conflict) = standing.is_going(known, "share") {
        return Some(conflict);
    }
    if standing.archived && P::KIND == ObjectKind::Project {
        return Some(Planned::conflict(
            "ARCHIVED",
            format!(
                "`{}` is archived, and so read-only; unarchive it first",
                known.full_path
            ),
        ));
    }
    let locked = |group: &&Known| group.fields.get("share_with_group_lock") == Some(&Value::Bool(true));
    if ON
        && P::KIND == ObjectKind::Project
        && let Some(group) = context.estate.above(known).next().filter(locked)
    {
        return Some(Planned::conflict(
            "SHARING_LOCKED",
            format!(
                "projects in `{}` cannot be shared (share_with_group_lock)",
                group.full_path
            ),
        ));
    }
    whole::not_permitted(known, least(P::KIND), "share it", context)
}

fn level(link: &Link) -> Value {
    AccessLevel::from_number(link.group_access_level).map_or(Value::Null, |level| level.name().into())
}

/// From what there is to what is wanted.
fn changes(link: Option<&Link>, wanted: Option<(AccessLevel, Option<&str>)>) -> Vec<Change> {
    let from = |field: &str| {
        link.map_or(Value::Null, |link| match field {
            "group_access" => level(link),
            _ => link.expires_at.as_deref().map_or(Value::Null, Value::from),
        })
    };
    let to = |field: &str| {
        wanted.map_or(Value::Null, |(level, until)| match field {
            "group_access" => level.name().into(),
            _ => until.map_or(Value::Null, Value::from),
        })
    };
    ["group_access", "expires_at"]
        .into_iter()
        // A day that is not given is left as it is.
        .filter(|field| *field == "group_access" || wanted.is_none_or(|(_, until)| until.is_some()))
        .filter(|field| from(field) != to(field))
        .map(|field| Change {
            field: field.to_owned(),
            from: from(field),
            to: to(field),
        })
        .collect()
}
