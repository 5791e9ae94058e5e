use super::present::{RepositoryBody, Shown, TagBody};
use crate::access::AccessLevel;
use crate::http::{Answer, Call, Offset, refuse};
use crate::resources::find;

/// `GET /projects/:id/registry/repositories`, with `tags` and `tags_count` where they are asked for.
pub(super) fn of_project(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let shown = Shown {
        tags: ask.flag("tags").unwrap_or(false),
        tags_count: ask.flag("tags_count").unwrap_or(false),
    };
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let project = super::project(call, &state)?;
    let images = &state.belongings.images;
    let page = offset.cut_of(images.of(project.id), images.count(project.id));
    Ok(page
        .map(|repository| Some(RepositoryBody::of(call, &state, &project, repository, shown)))
        .reply(call))
}

/// `GET /groups/:id/registry/repositories`: those of all projects below, for reporters.
pub(super) fn of_group(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let group = find::group(call, &state, call.arg(0))?;
    let level = call.viewer.level_on_group(&state, group.id);
    if !call.viewer.is_admin() && level < Some(AccessLevel::Reporter) {
        return Err(refuse::forbidden());
    }
    let below = state
        .images_below(group.id)
        .filter(|(project, _)| super::sees_images(call, &state, project));
    let page = offset.cut(below);
    Ok(page
        .map(|(project, repository)| {
            Some(RepositoryBody::of(
                call,
                &state,
                project,
                repository,
                Shown::default(),
            ))
        })
        .reply(call))
}

/// `GET /projects/:id/registry/repositories/:repository_id/tags`
pub(super) fn tags(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let state = call.state();
    let project = super::project(call, &state)?;
    let repository = super::repository(call, &state, &project)?;
    let page = offset.cut_of(&repository.tags, repository.tags.len());
    Ok(page
        .map(|tag| Some(TagBody::of(call, &state, &project, &repository, tag)))
        .reply(call))
}
