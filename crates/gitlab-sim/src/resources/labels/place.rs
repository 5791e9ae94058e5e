//! Where labels are, which ones are seen from there, and who may change them.

use std::sync::Arc;

use crate::access::AccessLevel;
use crate::http::{Call, Refusal, refuse};
use crate::ids::NamespaceId;
use crate::resources::find;
use crate::state::{Label, Source, State};

/// A label and what it belongs to.
pub(super) type Placed = (Source, Arc<Label>);

/// The group or project of the path, if the viewer may see it.
pub(super) fn of_path(call: &Call<'_>, state: &State) -> Result<Source, Refusal> {
    if call.path.starts_with("/api/v4/groups/") {
        Ok(Source::Group(find::group(call, state, call.arg(0))?.id))
    } else {
        Ok(Source::Project(find::project(call, state, call.arg(0))?.id))
    }
}

/// As [`of_path`], for whoever may change labels there: Planners and above, and nobody while it is archived.
pub(super) fn to_change(call: &Call<'_>, state: &State) -> Result<Source, Refusal> {
    let source = of_path(call, state)?;
    if call.viewer.level_on(state, source) < Some(AccessLevel::Planner) || is_archived(state, source) {
        return Err(refuse::forbidden());
    }
    Ok(source)
}

fn is_archived(state: &State, source: Source) -> bool {
    let own = match source {
        Source::Group(_) => false,
        Source::Project(id) => state.tree.project(id).is_some_and(|project| project.archived),
    };
    own || holder(state, source)
        .is_some_and(|holder| state.tree.any_in_lineage(holder, |above| above.archived))
}

/// The group itself, or the namespace a project is in.
fn holder(state: &State, source: Source) -> Option<NamespaceId> {
    match source {
        Source::Group(id) => Some(id),
        Source::Project(id) => state.tree.project(id).map(|project| project.namespace),
    }
}

/// The labels of one group or project.
pub(super) fn own(state: &State, source: Source) -> impl Iterator<Item = Placed> {
    let labels = state.belongings.labels.of(source);
    labels.map(move |label| (source, Arc::clone(label)))
}

/// The labels of the groups above.
pub(super) fn inherited(state: &State, source: Source) -> impl Iterator<Item = Placed> {
    let above = holder(state, source)
        .into_iter()
        .flat_map(|id| state.tree.lineage(id));
    above
        .map(|group| Source::Group(group.id))
        .filter(move |above| *above != source)
        .flat_map(|above| own(state, above))
}

/// The label that a reference names, by id or by title.
pub(super) fn find(
    state: &State,
    source: Source,
    reference: &str,
    with_inherited: bool,
) -> Result<Placed, Refusal> {
    let seen = || own(state, source).chain(inherited(state, source).filter(move |_| with_inherited));
    let by_id = reference.parse::<u64>().ok();
    let by_id = by_id.and_then(|id| seen().find(|(_, label)| label.id == id));
    by_id
        .or_else(|| seen().find(|(_, label)| label.title == reference))
        .ok_or_else(|| refuse::not_found("Label"))
}
