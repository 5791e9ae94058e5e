//! Users and groups named by rules, as GitLab's numbers.

use crate::estate::Known;
use crate::operation::{Collection, ObjectKind, ObjectRef, PlanContext, Planned, Read};

/// Everybody who has access to a group or project, inherited or not: whom its rules can name.
static MEMBERS: Collection = Collection::list("members/all");

/// A user or group as a file names it.
pub(super) fn reference(text: &str) -> ObjectRef {
    match text.parse() {
        Ok(id) => ObjectRef::Id(id),
        Err(_) => ObjectRef::Path(text.trim_start_matches('@').to_owned()),
    }
}

/// What has to be read to find these users and groups.
pub(super) fn reads<'a>(
    place: &(ObjectKind, ObjectRef),
    users: impl IntoIterator<Item = &'a str>,
    groups: impl IntoIterator<Item = &'a str>,
) -> Vec<Read> {
    let mut users = users.into_iter();
    let members = users
        .next()
        .map(|_| Read::Rows(place.0, place.1.clone(), &MEMBERS));
    let groups = groups
        .into_iter()
        .map(|group| Read::Object(ObjectKind::Group, reference(group)));
    members.into_iter().chain(groups).collect()
}

/// The number of a user who has access to `of`.
///
/// # Errors
/// Nobody of that name has: GitLab would refuse the user, or leave it out without a word (API facts §7.8, §7.10).
pub(super) fn user(name: &str, of: Option<&Known>, context: &PlanContext<'_>) -> Result<u64, Planned> {
    let username = match reference(name) {
        ObjectRef::Id(id) => return Ok(id),
        ObjectRef::Path(username) => username,
    };
    let Some(of) = of else {
        return Err(Planned::conflict(
            "USER_NOT_KNOWN",
            format!(
                "the members of what this job makes itself are not known yet: give the number of the user `{username}`"
            ),
        ));
    };
    let members = context
        .estate
        .rows(of, &MEMBERS)
        .map_or(&[][..], |rows| rows.list());
    members
        .iter()
        .find(|member| {
            let name = member.get("username").and_then(|name| name.as_str());
            name.is_some_and(|name| name.eq_ignore_ascii_case(&username))
        })
        .and_then(|member| member.get("id")?.as_u64())
        .ok_or_else(|| {
            Planned::conflict(
                "USER_NOT_FOUND",
                format!(
                    "`{username}` is no member of `{}`, nor of a group above it; add the user first",
                    of.full_path
                ),
            )
        })
}

/// The names of those members that were read.
pub(super) fn names(of: Option<&Known>, context: &PlanContext<'_>) -> impl Iterator<Item = (u64, String)> {
    let rows = of.and_then(|of| context.estate.rows(of, &MEMBERS));
    let members = rows.map_or(&[][..], |rows| rows.list());
    members.iter().filter_map(|member| {
        let name = member.get("username")?.as_str()?;
        Some((member.get("id")?.as_u64()?, name.to_owned()))
    })
}

/// A group that rules name.
///
/// # Errors
/// It does not exist, or is not seen.
pub(super) fn group(name: &str, context: &PlanContext<'_>) -> Result<(u64, String), Planned> {
    let reference = reference(name);
    if let Some(known) = context.estate.find(ObjectKind::Group, &reference) {
        return Ok((known.id, known.full_path.clone()));
    }
    Err(Planned::conflict(
        "GROUP_NOT_FOUND",
        format!("group `{reference}` does not exist or you may not see it"),
    ))
}
