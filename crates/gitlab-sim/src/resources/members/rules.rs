//! Which levels may be given, and by whom.

use crate::access::{AccessLevel, inherited_level};
use crate::http::refuse::Complaints;
use crate::http::{Call, Refusal, refuse};
use crate::ids::UserId;
use crate::resources::access_requests;
use crate::state::{Source, State, UserKind};
use crate::time_text::Day;

/// The viewer may manage members there, and those of that level: nobody gives or takes more than one has.
pub(in crate::resources) fn may_manage(
    call: &Call<'_>,
    state: &State,
    source: Source,
    level: Option<AccessLevel>,
) -> Result<(), Refusal> {
    let own = call.viewer.level_on(state, source);
    if call.viewer.can_admin_members(state, source) && level <= own {
        Ok(())
    } else {
        Err(refuse::forbidden())
    }
}

/// What the model of a member refuses, and the level when it is fine.
pub(in crate::resources) fn check(
    call: &Call<'_>,
    state: &State,
    source: Source,
    user: UserId,
    level: i64,
    expires_on: Option<Day>,
) -> Result<AccessLevel, Complaints> {
    let mut complaints = Complaints::default();
    let known = AccessLevel::from_number(level)
        .filter(|level| *level != AccessLevel::MinimalAccess || minimal_access_exists(call, source));
    match known {
        None => complaints.add("access_level", "is not included in the list"),
        Some(level) => {
            if let Some((inherited, group)) = inherited_level(state, user, source, call.now.day())
                && level < inherited
            {
                let name = &group.name;
                complaints.add(
                    "access_level",
                    format!(
                        "should be greater than or equal to {inherited} inherited membership from group {name}"
                    ),
                );
            }
        }
    }
    let bot = state
        .users
        .get(user)
        .is_some_and(|user| matches!(user.kind, UserKind::TokenBot(home) if home != source));
    if bot {
        complaints.add(
            "user_id",
            "project bots cannot be added to other groups / projects",
        );
    }
    if expires_on.is_some_and(|day| day < call.now.day()) {
        complaints.add("expires_at", "cannot be a date in the past");
    }
    match known {
        Some(level) if complaints.is_empty() => Ok(level),
        _ => Err(complaints),
    }
}

/// Makes someone a member, or gives a member the new level, if the model has nothing against it. True when that
/// changes anything.
pub(in crate::resources) fn put(
    call: &Call<'_>,
    state: &mut State,
    source: Source,
    user: UserId,
    level: i64,
    expires_on: Option<Day>,
) -> Result<bool, Complaints> {
    let level = check(call, state, source, user, level, expires_on)?;
    let same = state
        .members
        .get(source, user)
        .is_some_and(|member| member.level == level && member.expires_on == expires_on);
    state.set_member(source, user, level, expires_on, call.viewer.id(), call.now);
    access_requests::settle(state, source, user);
    Ok(!same)
}

/// A licensed group may keep new members out of its projects; its top-level group decides. Nobody is added by hand to
/// a group whose members come from a directory.
pub(in crate::resources) fn may_add(call: &Call<'_>, state: &State, source: Source) -> Result<(), Refusal> {
    if follows_ldap(call, state, source) {
        return Err(refuse::forbidden());
    }
    let Source::Project(id) = source else {
        return Ok(());
    };
    let namespace = state.tree.project(id).map(|project| project.namespace);
    let root = namespace.and_then(|id| state.tree.lineage(id).last());
    let locked = root.is_some_and(|group| group.licensed.membership_lock);
    if locked && call.instance.site.tier > crate::Tier::Free {
        let text = "405 Method Not Allowed";
        return Err(refuse::message(hyper::StatusCode::METHOD_NOT_ALLOWED, text));
    }
    Ok(())
}

/// The members of a licensed group may come from a directory: nobody is let in or taken out by hand there.
pub(in crate::resources) fn follows_ldap(call: &Call<'_>, state: &State, source: Source) -> bool {
    let Source::Group(id) = source else {
        return false;
    };
    let group = state.tree.group(id);
    let linked = group.is_some_and(|group| group.licensed.ldap_cn.is_some());
    linked && call.instance.site.tier > crate::Tier::Free
}

/// Whether somebody is a member there by way of the directory. There is none to ask: whoever has an account in one is.
pub(super) fn comes_from_ldap(call: &Call<'_>, state: &State, source: Source, user: UserId) -> bool {
    let profile = state.users.get(user).and_then(|user| user.profile.as_ref());
    let mut identities = profile.iter().flat_map(|profile| &profile.identities);
    follows_ldap(call, state, source) && identities.any(|identity| identity.provider.starts_with("ldap"))
}

/// Minimal access is for groups of a paid licence.
fn minimal_access_exists(call: &Call<'_>, source: Source) -> bool {
    matches!(source, Source::Group(_)) && call.instance.site.tier > crate::Tier::Free
}
