use super::{News, REDACTED, always, time};
use crate::hooks::object::Object;
use crate::hooks::{AccessRequest, Event, MemberChange};
use crate::instance::Site;
use crate::options::Tier;
use crate::state::{Source, State, Trigger, User};
use crate::time_text::Moment;

pub(super) fn news(state: &State, site: &Site, event: Event<'_>, now: Moment) -> Option<News> {
    let Event::Member {
        source,
        user,
        level,
        expires_on,
        created_at,
        change,
    } = event
    else {
        return None;
    };
    let user = state.users.get(user)?;
    let created = time(created_at);
    let updated = if change == MemberChange::Added {
        created.clone()
    } else {
        time(now)
    };
    let in_group = matches!(source, Source::Group(_));
    let name = match (change, in_group) {
        (MemberChange::Added, true) => "user_add_to_group",
        (MemberChange::Updated, true) => "user_update_for_group",
        (MemberChange::Removed, true) => "user_remove_from_group",
        (MemberChange::Added, false) => "user_add_to_team",
        (MemberChange::Updated, false) => "user_update_for_team",
        (MemberChange::Removed, false) => "user_remove_from_team",
    };
    let begun = Object::new()
        .put("created_at", &created)
        .put("updated_at", &updated)
        .put("event_name", name);
    let for_system = match source {
        Source::Group(_) => {
            let object = begun.put("group_access", level.to_string());
            of_user(of_place(state, source, object)?, user)
        }
        Source::Project(_) => {
            let object = of_place(state, source, begun.put("access_level", level.to_string()))?;
            with_visibility(state, source, of_user(object, user))
        }
    };
    let for_groups = match source {
        Source::Group(id) => {
            let group = state.tree.group(id)?;
            let plan = (site.tier > Tier::Free).then(|| site.tier.as_str());
            Object::new()
                .put("created_at", &created)
                .put("updated_at", &updated)
                .put("group_name", &group.name)
                .put("group_path", &group.path)
                .put("group_id", group.id)
                .put("user_username", &user.username)
                .put("user_name", &user.name)
                .put("user_email", REDACTED)
                .put("user_id", user.id)
                .put("group_access", level.to_string())
                .put("group_plan", plan)
                .put("expires_at", expires_on.map(|day| format!("{day}T00:00:00Z")))
                .put("event_name", name)
                .end()
        }
        Source::Project(_) => String::new(),
    };
    Some(News {
        name,
        sort: always(in_group.then_some(Trigger::Member)),
        kind: "Member Hook",
        for_system: for_system.end(),
        for_groups,
    })
}

pub(super) fn request_news(state: &State, event: Event<'_>, now: Moment) -> Option<News> {
    let Event::Access {
        source,
        user,
        created_at,
        request,
    } = event
    else {
        return None;
    };
    let user = state.users.get(user)?;
    let in_group = matches!(source, Source::Group(_));
    let name = match (request, in_group) {
        (AccessRequest::Made, true) => "user_access_request_to_group",
        (AccessRequest::Made, false) => "user_access_request_to_project",
        (_, true) => "user_access_request_revoked_for_group",
        (_, false) => "user_access_request_revoked_for_project",
    };
    let begun = |name: &str| {
        Object::new()
            .put("created_at", time(created_at))
            .put("updated_at", time(now))
            .put("event_name", name)
    };
    let object = match source {
        Source::Group(_) => begun(name).put("group_access", ()),
        Source::Project(_) => begun(name).put("access_level", ()),
    };
    let for_system = with_visibility(state, source, of_user(of_place(state, source, object)?, user));
    let for_groups = match source {
        Source::Group(id) => {
            let group = state.tree.group(id)?;
            let name = if request == AccessRequest::Made {
                name
            } else {
                "user_access_request_denied_for_group"
            };
            Object::new()
                .put("created_at", time(created_at))
                .put("updated_at", time(now))
                .put("group_name", &group.name)
                .put("group_path", &group.path)
                .put("group_id", group.id)
                .put("user_username", &user.username)
                .put("user_name", &user.name)
                .put("user_email", REDACTED)
                .put("user_id", user.id)
                .put("event_name", name)
                .end()
        }
        Source::Project(_) => String::new(),
    };
    Some(News {
        name,
        sort: always(in_group.then_some(Trigger::Member)),
        kind: "Member Hook",
        for_system: for_system.end(),
        for_groups,
    })
}

fn of_place(state: &State, source: Source, object: Object) -> Option<Object> {
    Some(match source {
        Source::Group(id) => {
            let group = state.tree.group(id)?;
            object
                .put("group_id", group.id)
                .put("group_name", &group.name)
                .put("group_path", &group.path)
        }
        Source::Project(id) => {
            let project = state.tree.project(id)?;
            object
                .put("project_id", project.id)
                .put("project_name", &project.name)
                .put("project_path", &project.path)
                .put("project_path_with_namespace", state.project_full_path(project))
        }
    })
}

fn of_user(object: Object, user: &User) -> Object {
    object
        .put("user_email", &user.email)
        .put("user_name", &user.name)
        .put("user_username", &user.username)
        .put("user_id", user.id)
}

fn with_visibility(state: &State, source: Source, object: Object) -> Object {
    let project = match source {
        Source::Project(id) => state.tree.project(id),
        Source::Group(_) => None,
    };
    match project {
        Some(project) => object.put("project_visibility", project.visibility.as_str()),
        None => object,
    }
}
