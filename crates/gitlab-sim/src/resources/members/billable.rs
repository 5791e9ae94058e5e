//! Who costs a seat (GitLab API facts §7.3).

use std::collections::BTreeMap;

use serde::Serialize;

use super::remove::is_last_owner;
use crate::http::{Answer, Call, Offset, refuse};
use crate::ids::UserId;
use crate::options::Tier;
use crate::resources::users::present::UserBasic;
use crate::resources::{find, holds};
use crate::state::{Member, Source, State};
use crate::time_text::{Day, Moment};

#[derive(Debug, Serialize)]
struct Billable {
    #[serde(flatten)]
    user: UserBasic,
    last_activity_on: Option<Day>,
    membership_type: &'static str,
    removable: bool,
    created_at: Moment,
    is_last_owner: bool,
    last_login_at: Option<Moment>,
    membership_state: &'static str,
}

const ORDERS: [&str; 10] = [
    "access_level_asc",
    "access_level_desc",
    "last_joined",
    "name_asc",
    "name_desc",
    "oldest_joined",
    "oldest_sign_in",
    "recent_sign_in",
    "last_activity_on_asc",
    "last_activity_on_desc",
];

/// `GET /groups/:id/billable_members`, for owners of top-level groups: everyone who is a member anywhere below.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let search = ask.filled("search");
    let sort = ask.choice("sort", &ORDERS).unwrap_or("name_asc");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    let page = {
        let state = call.state();
        let group = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, group.id) {
            return Err(refuse::forbidden());
        }
        if group.parent.is_some() {
            return Err(refuse::bad_request("400 Bad request"));
        }
        let people = below(call, &state, Source::Group(group.id));
        let found = |member: &&Member| {
            let user = state.users.get(member.user);
            user.is_some_and(|user| {
                let text = search.as_deref().unwrap_or_default();
                !user.is_bot() && (holds(&user.name, text) || holds(&user.username, text))
            })
        };
        let mut rows: Vec<&Member> = people.values().copied().filter(found).collect();
        let name = |member: &Member| {
            let user = state.users.get(member.user);
            user.map(|user| user.name.to_lowercase()).unwrap_or_default()
        };
        match sort {
            "access_level_asc" | "access_level_desc" => rows.sort_by_key(|member| member.level),
            "last_joined" | "oldest_joined" => rows.sort_by_key(|member| member.created_at),
            _ => rows.sort_by_cached_key(|member| name(member)),
        }
        if matches!(sort, "access_level_desc" | "last_joined" | "name_desc") {
            rows.reverse();
        }
        let total = rows.len();
        let page = offset.cut_of(rows, total);
        page.map(|member| present(call, &state, member))
    };
    Ok(page.reply(call))
}

/// `GET /groups/:id/pending_members`: nobody waits for a seat here.
pub(super) fn pending(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    call.licensed(Tier::Premium)?;
    {
        let state = call.state();
        let group = find::group(call, &state, call.arg(0))?;
        if !call.viewer.can_admin_group(&state, group.id) {
            return Err(refuse::forbidden());
        }
    }
    Ok(offset
        .cut(std::iter::empty::<Member>())
        .map(|_| Some(()))
        .reply(call))
}

/// The first membership of everyone in the group or below.
fn below<'s>(call: &Call<'_>, state: &'s State, source: Source) -> BTreeMap<UserId, &'s Member> {
    let Source::Group(top) = source else {
        return BTreeMap::new();
    };
    let mut groups = vec![top];
    groups.extend(state.tree.descendants(top).iter().map(|group| group.id));
    let mut people = BTreeMap::new();
    for group in groups {
        let projects = state
            .tree
            .projects_in(group)
            .map(|project| Source::Project(project.id));
        for place in std::iter::once(Source::Group(group)).chain(projects) {
            for member in state.members.of_source(place) {
                if member.is_active(call.now.day()) {
                    people.entry(member.user).or_insert(member.as_ref());
                }
            }
        }
    }
    people
}

fn present(call: &Call<'_>, state: &State, member: &Member) -> Option<Billable> {
    let kind = match member.source {
        Source::Group(_) => "group_member",
        Source::Project(_) => "project_member",
    };
    Some(Billable {
        user: UserBasic::of(&call.instance.site, state.users.get(member.user)?),
        last_activity_on: None,
        membership_type: kind,
        removable: true,
        created_at: member.created_at,
        is_last_owner: is_last_owner(call, state, member),
        last_login_at: None,
        membership_state: "active",
    })
}
