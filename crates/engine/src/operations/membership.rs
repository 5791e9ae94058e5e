//! What adding, updating and removing a member have in common: who, where, and what GitLab says of it.

use domain::{AccessLevel, Change, ItemResult, LookAt, Problem, Timestamp};
use gitlab_api::{ApiPath, Tier};
use gitlab_client::{Gitlab, GitlabError, Lane, NO_QUERY};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::estate::{Estate, Known, KnownMember};
use crate::operation::{
    CallContext, Collection, ITSELF, Need, ObjectKind, ObjectRef, PlanContext, Planned, Read, Settlement,
    Target, Who,
};
use crate::preflight::tier_too_low;

pub(super) static INVITATIONS: Collection = Collection::list("invitations");

pub(super) const LEVEL: &str = "access_level";
pub(super) const EXPIRES: &str = "expires_at";

/// The fields of an item that say whose membership of what it is about.
#[derive(Clone, Copy)]
pub(super) struct Named<'p> {
    pub(super) username: Option<&'p String>,
    pub(super) user_id: Option<u64>,
    pub(super) email: Option<&'p String>,
    pub(super) group: Option<&'p ObjectRef>,
    pub(super) project: Option<&'p ObjectRef>,
}

impl<'p> Named<'p> {
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        match (self.username, self.user_id, self.email) {
            (None, None, None) => problems.push(
                Problem::new("a member needs a username, a user_id or an email")
                    .column("username")
                    .allowed("one user name, like dev-0001"),
            ),
            (Some(_), Some(id), _) => problems.push(
                Problem::new("give either username or user_id, not both")
                    .column("user_id")
                    .value(&id.to_string())
                    .allowed("nothing where there is a username"),
            ),
            (Some(name), None, _) if name.contains('@') && !is_address(name) => problems.push(
                Problem::new("neither a user name nor an e-mail address")
                    .column("username")
                    .value(name)
                    .allowed("one user name, like dev-0001, or one address, like lee@example.com"),
            ),
            (Some(name), None, _) if name.contains([',', ';', '/', ' ']) => problems.push(
                Problem::new("not a user name")
                    .column("username")
                    .value(name)
                    .allowed("one user name, like dev-0001"),
            ),
            (None, None, Some(address)) if !is_address(address) => problems.push(
                Problem::new("not an e-mail address")
                    .column("email")
                    .value(address)
                    .allowed("one address, like lee@example.com"),
            ),
            _ => {}
        }
        match (self.group, self.project) {
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
    }

    /// The user name or number counts before an address that stands beside it. No user name has an `@`.
    pub(super) fn who(&self) -> Who {
        match (self.username, self.user_id, self.email) {
            (Some(name), ..) if name.contains('@') => Who::Email(name.trim().to_owned()),
            (Some(name), ..) => Who::Username(name.clone()),
            (None, Some(id), _) => Who::Id(id),
            (None, None, Some(address)) => Who::Email(address.trim().to_owned()),
            (None, None, None) => Who::Id(0),
        }
    }

    pub(super) fn place(&self) -> (ObjectKind, &'p ObjectRef) {
        const NOWHERE: &ObjectRef = &ObjectRef::Id(0);
        match (self.group, self.project) {
            (Some(group), _) => (ObjectKind::Group, group),
            (None, Some(project)) => (ObjectKind::Project, project),
            (None, None) => (ObjectKind::Group, NOWHERE),
        }
    }

    pub(super) fn target(&self) -> Target {
        let (kind, of) = self.place();
        let who = self.who();
        Target::Part {
            kind,
            of: of.clone(),
            what: "member",
            name: who.to_string(),
            field: match who {
                Who::Username(_) => "username",
                Who::Id(_) => "user_id",
                Who::Email(_) if self.username.is_some() => "username",
                Who::Email(_) => "email",
            },
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

    /// What has to be read to change or end a membership; with `level`, nothing more than the members of the place
    /// where that is so already.
    pub(super) fn reads(&self, level: Option<AccessLevel>) -> Vec<Read> {
        self.membership(level, false)
    }

    /// What has to be read to make somebody a member on this level.
    pub(super) fn reads_to_join(&self, level: AccessLevel) -> Vec<Read> {
        self.membership(Some(level), true)
    }

    fn membership(&self, level: Option<AccessLevel>, joins: bool) -> Vec<Read> {
        let (kind, of) = self.place();
        let who = self.who();
        let invited = matches!(who, Who::Email(_)).then(|| Read::Rows(kind, of.clone(), &INVITATIONS));
        let membership = Read::Membership {
            kind,
            of: of.clone(),
            who,
            level,
            joins,
        };
        let ldap = (kind == ObjectKind::Group).then_some(Read::Fields(kind, &LDAP));
        std::iter::once(membership).chain(invited).chain(ldap).collect()
    }

    /// Owners manage the members of groups; maintainers those of projects, up to their own level (GitLab API facts
    /// §5.4).
    pub(super) fn level(&self, gives: Option<AccessLevel>) -> AccessLevel {
        match self.place().0 {
            ObjectKind::Group => AccessLevel::Owner,
            ObjectKind::Project => gives
                .unwrap_or(AccessLevel::Maintainer)
                .max(AccessLevel::Maintainer),
        }
    }

    /// The parameters that name the same again: by numbers, which a transfer or a new name does not change.
    pub(super) fn again(&self, context: &CallContext<'_>) -> Map<String, Value> {
        let mut params = Map::new();
        let (kind, of) = self.place();
        let of = context
            .object()
            .map_or_else(|| of.clone(), |of| ObjectRef::Id(of.id));
        params.insert(kind.name().into(), serde_json::to_value(of).unwrap_or_default());
        match (context.present.and_then(|present| present.id), self.who()) {
            (Some(id), _) | (None, Who::Id(id)) => params.insert("user_id".into(), id.into()),
            (None, Who::Username(name)) => params.insert("username".into(), name.into()),
            (None, Who::Email(address)) => params.insert("email".into(), address.into()),
        };
        params
    }
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains([',', ';', ' ', '/'])
    })
}

/// A day that has not passed.
pub(super) fn check_day(day: Option<&String>, today: Timestamp, problems: &mut Vec<Problem>) {
    if let Some(day) = day
        && day.as_str() < &today.to_string()[..10]
    {
        problems.push(
            Problem::new("the membership would end in the past")
                .column(EXPIRES)
                .value(day)
                .allowed("a day from today on, like 2031-12-31"),
        );
    }
}

/// Minimal access is for groups.
pub(super) fn check_level(level: Option<AccessLevel>, named: &Named<'_>, problems: &mut Vec<Problem>) {
    if level == Some(AccessLevel::MinimalAccess) && named.project.is_some() {
        problems.push(
            Problem::new("minimal access is possible in groups only")
                .column(LEVEL)
                .value(AccessLevel::MinimalAccess.name())
                .allowed(AccessLevel::ALLOWED),
        );
    }
}

/// A membership, or an invitation to one, as it is.
#[derive(Clone, Debug)]
pub(super) struct Present {
    /// The user; none for an invitation.
    pub(super) user: Option<(u64, String)>,
    pub(super) level: Option<AccessLevel>,
    pub(super) expires_at: Option<String>,
    /// For a member from LDAP, whether what is set here counts ([`KnownMember::overridden`]).
    overridden: Option<bool>,
    /// The user's page, where GitLab has told it.
    web_url: Option<String>,
}

impl From<&KnownMember> for Present {
    fn from(member: &KnownMember) -> Self {
        Self {
            user: Some((member.user_id, member.username.clone())),
            level: member.access_level,
            expires_at: member.expires_at.clone(),
            overridden: member.overridden,
            web_url: None,
        }
    }
}

impl Present {
    /// The direct membership, or the open invitation of an address.
    pub(super) fn find(of: &Known, who: &Who, estate: &Estate) -> Option<Self> {
        let member = estate.member(of.kind, of.id, who).map(Self::from);
        member.or_else(|| match who {
            Who::Email(address) => {
                let rows = estate.rows(of, &INVITATIONS)?.list().iter();
                rows.filter_map(|row| Invitation::deserialize(row).ok())
                    .find(|row| row.invite_email.eq_ignore_ascii_case(address))
                    .map(Self::from)
            }
            _ => None,
        })
    }

    pub(super) fn result(&self, of: &Known) -> ItemResult {
        ItemResult {
            id: self.user.as_ref().map(|(id, _)| *id),
            full_path: Some(of.full_path.clone()),
            web_url: self.web_url.clone(),
        }
    }

    /// Its value of a field.
    pub(super) fn value(&self, field: &str) -> Value {
        let value = match field {
            LEVEL => self.level.map(|level| level.name().to_owned()),
            _ => self.expires_at.clone(),
        };
        value.map_or(Value::Null, Value::from)
    }

    /// What differs from what is wanted.
    pub(super) fn differences(&self, wanted: Vec<(&str, Value)>) -> Vec<Change> {
        wanted
            .into_iter()
            .filter_map(|(field, to)| {
                let from = self.value(field);
                (from != to).then(|| Change {
                    field: field.into(),
                    from,
                    to,
                })
            })
            .collect()
    }
}

/// What stands in the way of giving somebody this level there.
pub(super) fn obstacle(named: &Named<'_>, level: AccessLevel, context: &PlanContext<'_>) -> Option<Planned> {
    let (_, of) = named.place();
    let who = named.who();
    if level == AccessLevel::MinimalAccess
        && let Some(tier) = context.me.tier.filter(|tier| *tier < Tier::Premium)
    {
        return Some(tier_too_low("Minimal access", Tier::Premium, tier));
    }
    let path = match (context.object(), of) {
        (Some(of), _) => of.full_path.as_str(),
        (None, ObjectRef::Path(path)) => path.as_str(),
        (None, ObjectRef::Id(_)) => return None,
    };
    if let Some((inherited, group)) = context.estate.inherited(path, &who)
        && let Some(at_least) = inherited.access_level.filter(|inherited| level < *inherited)
    {
        return Some(Planned::conflict(
            "INHERITED_HIGHER",
            format!(
                "{who} is {at_least} here by way of `{group}`, and GitLab gives nobody less than that; give {at_least} or more, or change the membership of `{group}`"
            ),
        ));
    }
    None
}

/// Nobody new is let into the projects of a top-level group whose memberships are locked (GitLab API facts §5.4).
pub(super) fn locked(named: &Named<'_>, context: &PlanContext<'_>) -> Option<Planned> {
    let (ObjectKind::Project, of) = named.place() else {
        return None;
    };
    let path = match (context.object(), of) {
        (Some(of), _) => of.full_path.as_str(),
        (None, ObjectRef::Path(path)) => path.as_str(),
        (None, ObjectRef::Id(_)) => return None,
    };
    let root = context.estate.at(root_of(path))?;
    let itself = context.estate.rows(root, &ITSELF)?.list().first()?;
    (itself.get("membership_lock") == Some(&Value::Bool(true))).then(|| {
        Planned::conflict(
            "MEMBERSHIP_LOCKED",
            format!(
                "`{}` lets nobody be added to its projects (membership lock); add {} to a group",
                root.full_path,
                named.who()
            ),
        )
    })
}

fn root_of(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// What lists tell of a group whose members come from an LDAP directory.
const LDAP: [&str; 2] = ["ldap_cn", "ldap_group_links"];

/// Whether the members of this group come from an LDAP directory.
fn follows_ldap(of: &Known) -> bool {
    let mut told = LDAP.iter().filter_map(|field| of.fields.get(*field));
    told.any(|value| match value {
        Value::String(name) => !name.is_empty(),
        Value::Array(links) => !links.is_empty(),
        _ => false,
    })
}

/// GitLab lets nobody be added or invited by hand to such a group, nor removed (GitLab API facts §7.3).
pub(super) fn ldap_lets_nobody(be: LdapRefuses, of: &Known, who: &Who) -> Option<Planned> {
    let (done, instead) = match be {
        LdapRefuses::Adding => ("added", "add {who} to the group in LDAP"),
        LdapRefuses::Removing => ("removed", "take {who} out of the group in LDAP"),
    };
    follows_ldap(of).then(|| {
        Planned::conflict(
            LDAP_MEMBERS,
            format!(
                "the members of `{}` come from LDAP, and GitLab lets nobody be {done} there by hand; {}, or end the link",
                of.full_path,
                instead.replace("{who}", &who.to_string()),
            ),
        )
    })
}

/// What GitLab does not let anybody do by hand in a group whose members come from LDAP.
#[derive(Clone, Copy)]
pub(super) enum LdapRefuses {
    Adding,
    Removing,
}

const LDAP_MEMBERS: &str = "LDAP_MEMBERS";

/// Who is in such a group by way of LDAP is changed only once that is overridden (GitLab API facts §7.3).
pub(super) fn kept_by_ldap(of: &Known, present: &Present, who: &Who) -> Option<Planned> {
    let (user, _) = present.user.as_ref()?;
    (present.overridden == Some(false) && follows_ldap(of)).then(|| {
        Planned::conflict(
            LDAP_MEMBERS,
            format!(
                "{who} is a member of `{}` by way of LDAP, and GitLab changes that only where LDAP is overridden: do so first \
                 (`POST /groups/{}/members/{user}/override`, or the pencil beside the member in GitLab), or change it in LDAP",
                of.full_path, of.id
            ),
        )
    })
}

/// What is changed by hand in such a group does not last, unless LDAP is overridden for the member.
pub(super) fn note_ldap(planned: Planned, of: &Known, present: &Present) -> Planned {
    if planned.action.writes() && present.overridden != Some(true) && follows_ldap(of) {
        return planned.note(format!(
            "the members of `{}` come from LDAP: the next synchronisation may take this back",
            of.full_path
        ));
    }
    planned
}

/// Somebody whom GitLab does not know, or has shut out, cannot be added.
pub(super) fn not_addable(who: &Who, estate: &Estate) -> Option<Planned> {
    if let Some(user) = estate.user(who).filter(|user| user.is_blocked()) {
        return Some(Planned::conflict(
            "USER_BLOCKED",
            format!("{} is {}; unblock the user first", user.username, user.state),
        ));
    }
    // Nobody has the address yet: it is invited.
    let is_nobody = !matches!(who, Who::Email(_)) && estate.is_nobody(who);
    is_nobody.then(|| nobody(who))
}

/// There is no such user.
pub(super) fn nobody(who: &Who) -> Planned {
    Planned::conflict(
        "USER_NOT_FOUND",
        match who {
            Who::Id(id) => format!("there is no user with the number {id}"),
            who => format!("there is no user {who}; correct the name, or invite by email"),
        },
    )
}

/// Whoever manages members gives and takes no more than the own level.
pub(super) fn above_own(
    of: &Known,
    level: Option<AccessLevel>,
    context: &PlanContext<'_>,
) -> Option<Planned> {
    let level = level.filter(|_| !context.me.administrator)?;
    let own = context.estate.own_level(of.kind, of.id);
    (own.allows(level) == Some(false)).then(|| {
        Planned::conflict(
            "INSUFFICIENT_ACCESS",
            format!(
                "the member is {level} in `{}`, which is above your own level there; ask an owner",
                of.full_path
            ),
        )
    })
}

/// `groups/12/members` or `projects/12/members`
pub(super) fn members_of(of: &Known) -> ApiPath {
    place_of(of).join("members")
}

pub(super) fn invitations_of(of: &Known) -> ApiPath {
    place_of(of).join("invitations")
}

fn place_of(of: &Known) -> ApiPath {
    match of.kind {
        ObjectKind::Group => ApiPath::group(of.id),
        ObjectKind::Project => ApiPath::project(of.id),
    }
}

/// What GitLab says of a member.
#[derive(Deserialize)]
struct Member {
    id: u64,
    username: String,
    access_level: u64,
    expires_at: Option<String>,
    #[serde(rename = "override")]
    overridden: Option<bool>,
    web_url: Option<String>,
}

/// What GitLab says of an open invitation.
#[derive(Deserialize)]
struct Invitation {
    invite_email: String,
    access_level: u64,
    expires_at: Option<String>,
}

impl From<Invitation> for Present {
    fn from(row: Invitation) -> Self {
        Self {
            user: None,
            level: AccessLevel::from_number(row.access_level),
            // A moment here, a day in memberships.
            expires_at: row.expires_at.map(|moment| moment.chars().take(10).collect()),
            overridden: None,
            web_url: None,
        }
    }
}

/// Looks for the membership or invitation as it is now.
pub(super) async fn look(
    gitlab: &Gitlab,
    of: &Known,
    who: &Who,
    user: Option<u64>,
) -> Result<Option<Present>, GitlabError> {
    let members = members_of(of);
    let number = user.or(match who {
        Who::Id(id) => Some(*id),
        _ => None,
    });
    let member: Option<Member> = match (number, who) {
        (Some(id), _) => gitlab.find(members.object(id), NO_QUERY, Lane::Jobs).await?,
        (None, Who::Username(name)) => {
            let query = [("per_page", "100"), ("query", name.as_str())];
            let rows: Vec<Member> = gitlab.get(&members, &query, Lane::Jobs).await?;
            rows.into_iter()
                .find(|row| row.username.eq_ignore_ascii_case(name))
        }
        (None, Who::Id(_) | Who::Email(_)) => None,
    };
    if let Some(member) = member {
        return Ok(Some(Present {
            user: Some((member.id, member.username)),
            level: AccessLevel::from_number(member.access_level),
            expires_at: member.expires_at,
            overridden: member.overridden,
            web_url: member.web_url,
        }));
    }
    let Who::Email(address) = who else {
        return Ok(None);
    };
    let query = [("per_page", "100"), ("query", address.as_str())];
    let rows: Vec<Invitation> = gitlab.get(&invitations_of(of), &query, Lane::Jobs).await?;
    Ok(rows
        .into_iter()
        .find(|row| row.invite_email.eq_ignore_ascii_case(address))
        .map(Present::from))
}

/// What became of a lost write that was to make `wanted` so. A membership carries no mark of who made it: it was
/// otherwise when the plan looked, so finding it now with the very values that were sent means that what was wanted
/// is so.
pub(super) async fn settle(
    gitlab: &Gitlab,
    call: &CallContext<'_>,
    who: &Who,
    wanted: Vec<(&str, Value)>,
) -> Result<Settlement, GitlabError> {
    let Some(of) = call.object() else {
        return Ok(Settlement::Absent);
    };
    let user = call
        .present
        .and_then(|present| present.id)
        .or_else(|| remembered_user(call));
    let Some(present) = look(gitlab, of, who, user).await? else {
        return Ok(Settlement::Absent);
    };
    let result = call.present.cloned().unwrap_or_else(|| {
        let found = present.result(of);
        // The answer to an invitation tells no page either.
        let web_url = found.web_url.filter(|_| !matches!(who, Who::Email(_)));
        ItemResult { web_url, ..found }
    });
    if present.differences(wanted).is_empty() {
        return Ok(Settlement::Adopted(result));
    }
    if call.action == domain::Action::Update {
        return Ok(Settlement::Absent);
    }
    let look_at = LookAt {
        url: of
            .web_url
            .as_ref()
            .map(|url| format!("{url}/-/{}_members", of.kind.name())),
        message: format!(
            "GitLab's answer was lost and {who} is a member of `{}` now, with another level or end than was sent. Settle the item as succeeded if that is right.",
            of.full_path
        ),
    };
    Ok(Settlement::Undecided {
        present: result,
        look_at,
    })
}

/// The user whose address was invited, as far as the plan knew.
pub(super) fn remembered_user(call: &CallContext<'_>) -> Option<u64> {
    call.remembered?.get("user")?.as_u64()
}

/// The value that a field had before.
pub(super) fn before<'a>(changes: &'a [Change], field: &str) -> Option<&'a Value> {
    changes
        .iter()
        .find(|change| change.field == field)
        .map(|change| &change.from)
}
