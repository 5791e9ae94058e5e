//! `allowed_to_push` and its like: lists of whom a protection lets through.

use hyper::StatusCode;
use serde::Serialize;

use crate::access::level_on_project;
use crate::http::refuse::{self, TAKEN};
use crate::http::reply::Effect;
use crate::http::{Call, Refusal, Reply};
use crate::ids::{NamespaceId, UserId};
use crate::options::Tier;
use crate::params::Ask;
use crate::state::{AccessLine, Action, Allowed, Project, State};

/// One entry as it was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    id: Option<u64>,
    destroy: bool,
    allowed: Option<Allowed>,
}

/// Reads a list of entries.
pub(crate) fn read(ask: &mut Ask<'_>, name: &'static str, levels: &'static [i64]) -> Vec<Entry> {
    ask.objects(name, |ask| {
        let level = ask.number_of("access_level", levels);
        let user = ask.id("user_id").map(|id| Allowed::User(UserId(id)));
        let group = ask.id("group_id").map(|id| Allowed::Group(NamespaceId(id)));
        let key = ask.id("deploy_key_id").map(Allowed::DeployKey);
        let role = ask.id("member_role_id").map(Allowed::Role);
        let level = level
            .and_then(|level| u8::try_from(level).ok())
            .map(Allowed::Level);
        Entry {
            id: ask.id("id"),
            destroy: ask.flag("_destroy").unwrap_or(false),
            allowed: user.or(group).or(key).or(role).or(level),
        }
    })
    .unwrap_or_default()
}

/// Levels that can be given.
pub(crate) const LEVELS: &[i64] = &[0, 30, 40, 60];
/// Levels that may unprotect: some one must.
pub(crate) const UNPROTECT_LEVELS: &[i64] = &[30, 40, 60];

/// The kinds of lines in the words of GitLab's complaints.
fn words(action: Action) -> &'static str {
    match action {
        Action::Push => "Push access levels",
        Action::Merge => "Merge access levels",
        Action::Unprotect => "Unprotect access levels",
        Action::Create => "Create access levels",
    }
}

/// Without a licence only deploy keys count; the rest is dropped without a word.
pub(crate) fn licensed(call: &Call<'_>, entries: Vec<Entry>) -> Vec<Entry> {
    let tier = call.instance.site.tier;
    let counts = |entry: &Entry| match entry.allowed {
        Some(Allowed::DeployKey(_)) => true,
        Some(Allowed::Role(_)) => tier >= Tier::Ultimate,
        _ => tier >= Tier::Premium,
    };
    entries.into_iter().filter(counts).collect()
}

/// The lines of a new protection: the entries, or else one for the level.
pub(crate) fn fresh(
    state: &mut State,
    project: Option<&Project>,
    action: Action,
    level: Option<u8>,
    entries: &[Entry],
    call: &Call<'_>,
) -> Result<Vec<AccessLine>, Refusal> {
    if entries.iter().any(|entry| entry.id.is_some()) {
        // There is nothing yet that an id could mean.
        return Err(refuse::row_not_found());
    }
    let mut wanted: Vec<Allowed> = level.map(Allowed::Level).into_iter().collect();
    wanted.extend(entries.iter().filter_map(|entry| entry.allowed));
    let mut lines = Vec::new();
    for allowed in wanted {
        check(state, project, action, &lines, allowed, call)?;
        lines.push(state.belongings.access_lines.line(action, allowed));
    }
    Ok(lines)
}

/// The lines after a change: entries with an id change or remove that line, others are added.
pub(crate) fn changed(
    state: &mut State,
    project: Option<&Project>,
    action: Action,
    before: &[AccessLine],
    entries: &[Entry],
    call: &Call<'_>,
) -> Result<Vec<AccessLine>, Refusal> {
    let mut lines = before.to_vec();
    for entry in entries {
        let Some(id) = entry.id else { continue };
        let at = lines
            .iter()
            .position(|line| line.id == id)
            .ok_or_else(refuse::row_not_found)?;
        if entry.destroy {
            lines.remove(at);
        } else if let Some(allowed) = entry.allowed {
            let line = lines.remove(at);
            check(state, project, action, &lines, allowed, call)?;
            lines.insert(at, AccessLine { allowed, ..line });
        }
    }
    for entry in entries.iter().filter(|entry| entry.id.is_none()) {
        let Some(allowed) = entry.allowed else { continue };
        check(state, project, action, &lines, allowed, call)?;
        lines.push(state.belongings.access_lines.line(action, allowed));
    }
    Ok(lines)
}

/// Refuses who is there twice, or could not get at the project anyway.
fn check(
    state: &State,
    project: Option<&Project>,
    action: Action,
    lines: &[AccessLine],
    allowed: Allowed,
    call: &Call<'_>,
) -> Result<(), Refusal> {
    let words = words(action);
    if lines.iter().any(|line| line.allowed == allowed) {
        let what = match allowed {
            Allowed::Level(_) => "access level",
            Allowed::User(_) => "user",
            Allowed::Group(_) => "group",
            Allowed::DeployKey(_) => "deploy key",
            Allowed::Role(_) => "member role",
        };
        let text = format!("{words} {what} {TAKEN}");
        return Err(sentences(vec![text], Effect::Duplicate));
    }
    let complaint = match (allowed, project) {
        (Allowed::User(id), Some(project)) => {
            let member = level_on_project(state, id, project, call.now.day()).is_some();
            (!member).then_some("user is not a member of the project")
        }
        (Allowed::User(id), None) => state.users.get(id).is_none().then_some("user can't be blank"),
        (Allowed::Group(id), Some(project)) => {
            let known = state.tree.group(id).is_some() && has_access(state, project, id);
            (!known).then_some("group does not have access to the project")
        }
        (Allowed::DeployKey(id), Some(project)) => {
            let mut enabled = state.belongings.deploy_keys.of(project.id);
            let known = enabled.any(|at| at.key == id);
            (!known).then_some("deploy key is not enabled for this project")
        }
        (Allowed::Group(id), None) => state.tree.group(id).is_none().then_some("group can't be blank"),
        _ => None,
    };
    match complaint {
        Some(complaint) => Err(sentences(vec![format!("{words} {complaint}")], Effect::None)),
        None => Ok(()),
    }
}

/// A group reaches a project that is in it or below it, and one it was invited to.
fn has_access(state: &State, project: &Project, group: NamespaceId) -> bool {
    state
        .tree
        .any_in_lineage(project.namespace, |above| above.id == group)
        || crate::access::is_invited(state, project, group)
}

/// 422 with a list of sentences.
pub(crate) fn sentences(message: Vec<String>, effect: Effect) -> Refusal {
    #[derive(Serialize)]
    struct Body {
        message: Vec<String>,
    }
    Reply::json(StatusCode::UNPROCESSABLE_ENTITY, &Body { message })
        .with_effect(effect)
        .into()
}
