use async_trait::async_trait;
use domain::{AccessLevel, Action, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_api::ApiPath;
use gitlab_client::{GitlabError, Lane};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::estate::Known;
use crate::operation::{
    Call, CallContext, Need, ObjectKind, ObjectRef, Operation, PlanContext, Planned, Read, Section,
    SectionRows, SettleContext, Settlement, Target, Who,
};

/// A direct membership of a user in a group or project.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// User name; or give the user's number instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), extend("x-aliases" = ["user"], "x-example" = "dev-0001"))]
    pub username: Option<String>,
    /// GitLab's number of the user, instead of the user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u64>,
    /// Group: full path or number. Either this or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "x-kind" = "object",
        "x-aliases" = ["group_id", "group_path", "namespace", "namespace_id"],
        "x-example" = "acme/platform"
    ))]
    pub group: Option<ObjectRef>,
    /// Project: full path or number. Either this or a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "object", "x-aliases" = ["project_id", "project_path"]))]
    pub project: Option<ObjectRef>,
    /// What the user may do there.
    #[schemars(
        with = "String",
        extend("x-kind" = "access_level", "x-aliases" = ["role", "level"], "x-example" = "developer")
    )]
    pub access_level: AccessLevel,
    /// Day on which the membership ends, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kind" = "date", "x-aliases" = ["expiry_date"], "x-example" = "2031-12-31"))]
    pub expires_at: Option<String>,
}

impl Params {
    fn who(&self) -> Who {
        match (&self.username, self.user_id) {
            (Some(name), _) => Who::Username(name.clone()),
            (None, id) => Who::Id(id.unwrap_or_default()),
        }
    }

    fn place(&self) -> Option<(ObjectKind, &ObjectRef)> {
        self.group
            .as_ref()
            .map(|group| (ObjectKind::Group, group))
            .or_else(|| {
                self.project
                    .as_ref()
                    .map(|project| (ObjectKind::Project, project))
            })
    }
}

/// What GitLab says of a member.
#[derive(Deserialize)]
struct Member {
    id: u64,
    username: String,
    access_level: u64,
    expires_at: Option<String>,
    web_url: Option<String>,
}

fn members_of(of: &Known) -> ApiPath {
    match of.kind {
        ObjectKind::Group => ApiPath::group(of.id),
        ObjectKind::Project => ApiPath::project(of.id),
    }
    .join("members")
}

/// A member as a manifest lists one.
fn entry(row: &Map<String, Value>) -> Option<Map<String, Value>> {
    let level = AccessLevel::from_number(row.get("access_level")?.as_u64()?)?;
    let mut entry = Map::from_iter([
        ("username".to_owned(), row.get("username")?.clone()),
        ("access_level".to_owned(), level.name().into()),
    ]);
    if let Some(day @ Value::String(_)) = row.get("expires_at") {
        entry.insert("expires_at".to_owned(), day.clone());
    }
    Some(entry)
}

/// `add_member`
pub struct AddMember;

#[async_trait]
impl Operation for AddMember {
    type Params = Params;
    const NAME: &'static str = "add_member";
    const TITLE: &'static str = "Add a member";
    const ITEMS: &'static str = "members";
    const PERMISSION: AccessLevel = AccessLevel::Maintainer;
    const SECTION: Option<Section> =
        Some(Section::list("members", SectionRows::Members, entry).removed_by("remove_member"));

    fn check(params: &Params, today: Timestamp, problems: &mut Vec<Problem>) {
        match (&params.username, params.user_id) {
            (None, None) => {
                problems.push(
                    Problem::new("a member needs a username or a user_id")
                        .column("username")
                        .allowed("one user name, like dev-0001"),
                );
            }
            (Some(_), Some(id)) => {
                problems.push(
                    Problem::new("give either username or user_id, not both")
                        .column("user_id")
                        .value(&id.to_string())
                        .allowed("nothing where there is a username"),
                );
            }
            (Some(name), None) if name.contains('@') => {
                problems.push(
                    Problem::new("inviting by e-mail is not possible yet")
                        .column("username")
                        .value(name)
                        .allowed("a user name, or a number as user_id"),
                );
            }
            (Some(name), None) if name.contains([',', '/', ' ']) => {
                problems.push(
                    Problem::new("not a user name")
                        .column("username")
                        .value(name)
                        .allowed("one user name, like dev-0001"),
                );
            }
            _ => {}
        }
        match (&params.group, &params.project) {
            (None, None) => problems.push(
                Problem::new("a member needs a group or a project")
                    .column("group")
                    .allowed("GitLab's number or a full path like acme/platform"),
            ),
            (Some(_), Some(project)) => problems.push(
                Problem::new("give either group or project, not both")
                    .column("project")
                    .value(&project.to_string())
                    .allowed("nothing where there is a group"),
            ),
            _ => {}
        }
        if params.access_level == AccessLevel::MinimalAccess && params.project.is_some() {
            problems.push(
                Problem::new("minimal access is possible in groups only")
                    .column("access_level")
                    .value(params.access_level.name())
                    .allowed(AccessLevel::ALLOWED),
            );
        }
        if let Some(day) = &params.expires_at
            && day.as_str() < &today.to_string()[..10]
        {
            problems.push(
                Problem::new("the membership would end in the past")
                    .column("expires_at")
                    .value(day)
                    .allowed("a day from today on, like 2031-12-31"),
            );
        }
    }

    fn target(params: &Params) -> Target {
        let (kind, of) = params.place().unwrap_or((ObjectKind::Group, &ObjectRef::Id(0)));
        Target::Part {
            kind,
            of: of.clone(),
            what: "member",
            name: params.who().to_string(),
            field: match params.who() {
                Who::Username(_) => "username",
                Who::Id(_) => "user_id",
            },
        }
    }

    fn needs(params: &Params) -> Vec<Need> {
        let (kind, object) = params.place().unwrap_or((ObjectKind::Group, &ObjectRef::Id(0)));
        let field = kind.name();
        vec![Need {
            kind,
            object: object.clone(),
            field,
        }]
    }

    fn reads(params: &Params) -> Vec<Read> {
        let (kind, of) = params.place().unwrap_or((ObjectKind::Group, &ObjectRef::Id(0)));
        vec![Read::Members(kind, of.clone())]
    }

    fn plan(params: &Params, context: &PlanContext<'_>) -> Planned {
        let mut wanted = vec![("access_level", Value::from(params.access_level.name()))];
        wanted.extend(
            params
                .expires_at
                .as_deref()
                .map(|day| ("expires_at", Value::from(day))),
        );
        let present = context
            .object()
            .and_then(|of| Some((of, context.estate.member(of.kind, of.id, &params.who())?)));
        let Some((of, member)) = present else {
            let new = |(field, to): (&str, Value)| Change {
                field: field.into(),
                from: Value::Null,
                to,
            };
            return Planned::create(wanted.into_iter().map(new).collect());
        };
        let changes = wanted
            .into_iter()
            .filter_map(|(field, to)| {
                let from = match field {
                    "access_level" => member.access_level.map(|level| Value::from(level.name())),
                    _ => member.expires_at.as_deref().map(Value::from),
                };
                let from = from.unwrap_or(Value::Null);
                (from != to).then(|| Change {
                    field: field.into(),
                    from,
                    to,
                })
            })
            .collect();
        let present = ItemResult {
            id: Some(member.user_id),
            full_path: Some(of.full_path.clone()),
            web_url: None,
        };
        let what = format!("{} in `{}`", member.username, of.full_path);
        Planned::existing(context.options, present, changes, &what)
    }

    fn call(params: &Params, context: CallContext<'_>) -> Option<Call> {
        if context.step > 0 {
            return None;
        }
        let members = context
            .needs
            .first()
            .map_or_else(|| ApiPath::new("members"), members_of);
        let mut body = Map::from_iter([(
            "access_level".to_owned(),
            Value::from(params.access_level.number()),
        )]);
        if let Some(day) = &params.expires_at {
            body.insert("expires_at".into(), day.as_str().into());
        }
        if let (Action::Update, Some(user)) = (context.action, context.present.and_then(|present| present.id))
        {
            return Some(Call::put(members.object(user), Value::Object(body)));
        }
        match params.who() {
            Who::Username(name) => body.insert("username".into(), name.into()),
            Who::Id(id) => body.insert("user_id".into(), id.into()),
        };
        Some(Call::post(members, Value::Object(body)))
    }

    fn result(_: &Params, context: CallContext<'_>, body: &[u8]) -> Option<ItemResult> {
        #[derive(Deserialize)]
        struct Answer {
            id: u64,
            web_url: Option<String>,
        }
        let answer: Answer = serde_json::from_slice(body).ok()?;
        Some(ItemResult {
            id: Some(answer.id),
            full_path: context.needs.first().map(|of| of.full_path.clone()),
            web_url: answer.web_url,
        })
    }

    /// A membership carries no mark of who made it. It was absent when the plan looked, so finding
    /// it now with the very values that were sent means that what was wanted is so: it is adopted.
    async fn settle(params: &Params, context: SettleContext<'_>) -> Result<Settlement, GitlabError> {
        let Some(of) = context.call.needs.first() else {
            return Ok(Settlement::Absent);
        };
        let only = match params.who() {
            Who::Username(name) => ("query", name),
            Who::Id(id) => ("user_ids[]", id.to_string()),
        };
        let query = [("per_page", "100"), (only.0, only.1.as_str())];
        let members: Vec<Member> = context.gitlab.get(&members_of(of), &query, Lane::Jobs).await?;
        let found = members.into_iter().find(|member| match params.who() {
            Who::Username(name) => member.username.eq_ignore_ascii_case(&name),
            Who::Id(id) => member.id == id,
        });
        let Some(member) = found else {
            return Ok(Settlement::Absent);
        };
        let same_level = member.access_level == u64::from(params.access_level.number());
        let same_day = params.expires_at.is_none() || params.expires_at == member.expires_at;
        let present = ItemResult {
            id: Some(member.id),
            full_path: Some(of.full_path.clone()),
            web_url: member.web_url,
        };
        if same_level && same_day {
            return Ok(Settlement::Adopted(present));
        }
        if context.call.action == Action::Update {
            return Ok(Settlement::Absent);
        }
        let look_at = LookAt {
            url: of
                .web_url
                .as_ref()
                .map(|url| format!("{url}/-/{}_members", of.kind.name())),
            message: format!(
                "GitLab's answer was lost and {} is a member of `{}` now, with another level or end than was sent ({}). Settle the item as succeeded if that is right.",
                member.username, of.full_path, params.access_level
            ),
        };
        Ok(Settlement::Undecided { present, look_at })
    }
}
