use std::sync::Arc;

use super::place;
use super::present::LabelBody;
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Namespace, Source, State};

/// `PUT /projects/:id/labels/:name/promote`
///
/// The label becomes the group's and keeps its id. Labels of the same title in other projects of the group, at
/// any depth, become one with it; ranks and subscriptions stay.
pub(super) fn by_path(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    promote(call, call.arg(1))
}

/// `PUT /projects/:id/labels/promote`, the old form with `name` among the parameters.
pub(super) fn by_parameter(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let name = ask.required_text("name");
    call.admit(ask)?;
    promote(call, &name)
}

fn promote(call: &Call<'_>, reference: &str) -> Answer {
    let body = {
        let mut state = call.change();
        let here = place::of_path(call, &state)?;
        let Source::Project(project) = here else {
            return Err(refuse::not_found("Project"));
        };
        let namespace = state.tree.project(project).map(|project| project.namespace);
        let Some(Namespace::Group(group)) = namespace.and_then(|id| state.tree.namespace(id)) else {
            return Err(refuse::bad_request(
                "Failed to promote project label to group label",
            ));
        };
        let group = Source::Group(group.id);
        if call.viewer.level_on(&state, group) < Some(AccessLevel::Planner) {
            return Err(refuse::forbidden());
        }
        let (_, label) = place::find(&state, here, reference, false)?;
        // A label the group has by now takes it in; else it moves up with its id.
        let label = if let Some(there) = state.belongings.label_titled(group, &label.title) {
            Arc::clone(there)
        } else {
            state.belongings.labels.put(group, label.id, Arc::clone(&label));
            label
        };
        for twin in twins(&state, group, &label.title) {
            merge(&mut state, twin, label.id);
        }
        LabelBody::of(call, &state, group, &(group, label), false)
    };
    Ok(Reply::ok(&body).applied())
}

/// Labels of that title in projects of the group, at any depth.
fn twins(state: &State, group: Source, title: &str) -> Vec<(Source, u64)> {
    let Source::Group(id) = group else {
        return Vec::new();
    };
    let below = state.tree.descendants(id);
    let groups = std::iter::once(id).chain(below.iter().map(|below| below.id));
    groups
        .flat_map(|id| state.tree.projects_in(id))
        .filter_map(|project| {
            let source = Source::Project(project.id);
            let twin = state.belongings.label_titled(source, title)?;
            Some((source, twin.id))
        })
        .collect()
}

fn merge(state: &mut State, (source, twin): (Source, u64), into: u64) {
    if let Source::Project(project) = source {
        let rank = state.belongings.label_priority(project, twin);
        if rank.is_some() {
            state.belongings.rank_label(project, into, rank);
        }
    }
    state.belongings.remove_label(source, twin);
}
