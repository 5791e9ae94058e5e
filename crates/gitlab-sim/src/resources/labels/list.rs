use super::place::{self, Placed};
use super::present::LabelBody;
use crate::http::{Answer, Call, Offset};
use crate::params::Ask;
use crate::resources::holds;
use crate::state::{Source, State};

#[derive(Debug)]
struct Wanted {
    with_counts: bool,
    inherited: bool,
    /// Those of the groups below, too.
    descendants: bool,
    /// Those of projects, too.
    projects: bool,
    search: Option<String>,
    archived: Option<bool>,
    offset: Offset,
}

fn read(ask: &mut Ask<'_>) -> Wanted {
    Wanted {
        with_counts: ask.flag("with_counts").unwrap_or(false),
        inherited: ask.flag("include_ancestor_groups").unwrap_or(true),
        descendants: false,
        projects: false,
        search: ask.filled("search"),
        archived: ask.flag("archived"),
        offset: Offset::read(ask),
    }
}

/// `GET /projects/:id/labels`
pub(super) fn of_project(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = read(&mut ask);
    call.admit(ask)?;
    answer(call, &wanted)
}

/// `GET /groups/:id/labels`
pub(super) fn of_group(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = Wanted {
        descendants: ask.flag("include_descendant_groups").unwrap_or(false),
        projects: !ask.flag("only_group_labels").unwrap_or(true),
        ..read(&mut ask)
    };
    call.admit(ask)?;
    answer(call, &wanted)
}

fn answer(call: &Call<'_>, wanted: &Wanted) -> Answer {
    let page = {
        let state = call.state();
        let here = place::of_path(call, &state)?;
        let mut rows: Vec<Placed> = seen(call, &state, here, wanted)
            .into_iter()
            .filter(|(_, label)| {
                let description = label.description.as_deref().unwrap_or_default();
                wanted
                    .search
                    .as_ref()
                    .is_none_or(|text| holds(&label.title, text) || holds(description, text))
                    && wanted.archived.is_none_or(|archived| label.archived == archived)
            })
            .collect();
        rows.sort_by_cached_key(|(_, label)| (label.title.to_lowercase(), label.id));
        let count = rows.len();
        wanted
            .offset
            .cut_of(rows, count)
            .map(|row| Some(LabelBody::of(call, &state, here, &row, wanted.with_counts)))
    };
    Ok(page.reply(call))
}

fn seen(call: &Call<'_>, state: &State, here: Source, wanted: &Wanted) -> Vec<Placed> {
    let mut rows: Vec<Placed> = place::own(state, here).collect();
    if wanted.inherited {
        rows.extend(place::inherited(state, here));
    }
    let Source::Group(id) = here else { return rows };
    let mut groups = vec![id];
    if wanted.descendants {
        let below = state.tree.descendants(id).into_iter();
        let readable = below.filter(|group| call.viewer.can_read_group(state, group));
        groups.extend(readable.map(|group| group.id));
        let below = groups[1..].iter();
        rows.extend(below.flat_map(|id| place::own(state, Source::Group(*id))));
    }
    if wanted.projects {
        let projects = groups.iter().flat_map(|id| state.tree.projects_in(*id));
        let readable = projects.filter(|project| call.viewer.can_read_project(state, project));
        rows.extend(readable.flat_map(|project| place::own(state, Source::Project(project.id))));
    }
    rows
}
