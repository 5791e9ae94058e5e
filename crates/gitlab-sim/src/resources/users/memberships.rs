use serde::Serialize;

use crate::access::AccessLevel;
use crate::http::{Answer, Call, Offset};
use crate::resources::find;
use crate::state::{Member, Source, State};

#[derive(Debug, Serialize)]
struct Membership {
    source_id: u64,
    source_name: String,
    source_type: &'static str,
    access_level: AccessLevel,
}

/// `GET /users/:id/memberships`, by an administrator: direct ones, oldest first.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let kind = ask.choice("type", &["Project", "Namespace"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let user = find::user(&state, call.arg(0))?;
        let wanted = |source: &Source| match source {
            Source::Project(_) => kind != Some("Namespace"),
            Source::Group(_) => kind != Some("Project"),
        };
        let sources = state.members.of_user(user.id).filter(wanted);
        let mut members: Vec<&Member> = sources
            .filter_map(|source| Some(state.members.get(source, user.id)?.as_ref()))
            .collect();
        members.sort_unstable_by_key(|member| member.id);
        let total = members.len();
        offset
            .cut_of(members, total)
            .map(|member| present(&state, member))
    };
    Ok(page.reply(call))
}

fn present(state: &State, member: &Member) -> Option<Membership> {
    let (source_id, source_name, source_type) = match member.source {
        Source::Group(id) => (id.0, state.tree.group(id)?.name.clone(), "Namespace"),
        Source::Project(id) => (id.0, state.tree.project(id)?.name.clone(), "Project"),
    };
    Some(Membership {
        source_id,
        source_name,
        source_type,
        access_level: member.level,
    })
}
