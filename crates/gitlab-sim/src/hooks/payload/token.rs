use super::News;
use crate::hooks::Event;
use crate::hooks::audience::Sort;
use crate::hooks::object::Object;
use crate::state::{Source, State, Trigger};
use crate::time_text::Moment;

pub(super) fn news(state: &State, event: Event<'_>) -> Option<News> {
    let Event::TokenExpires {
        source,
        bot,
        id,
        name,
        created_at,
        expires_on,
    } = event
    else {
        return None;
    };
    let (place, told) = match source {
        Source::Group(id) => {
            let group = state.tree.group(id)?;
            let told = Object::new()
                .put("group_name", &group.name)
                .put("group_path", &group.path)
                .put("group_id", group.id)
                .put("full_path", state.full_path(group.id));
            ("group", told)
        }
        Source::Project(id) => {
            let project = state.tree.project(id)?;
            let told = Object::new()
                .put("id", project.id)
                .put("name", &project.name)
                .put("path_with_namespace", state.project_full_path(project));
            ("project", told)
        }
    };
    let attributes = Object::new()
        .put("user_id", bot)
        .put("created_at", long(created_at))
        .put("id", id)
        .put("name", name)
        .put("expires_at", expires_on);
    let body = Object::new()
        .put("object_kind", "access_token")
        .put_json(place, &told.end())
        .put_json("object_attributes", &attributes.end())
        .put("event_name", "expiring_access_token");
    Some(News {
        name: "expiring_access_token",
        sort: Sort {
            of_system: None,
            is_system: false,
            of_group: Some(Trigger::ResourceAccessToken),
        },
        kind: "Resource Access Token Hook",
        for_system: String::new(),
        for_groups: body.end(),
    })
}

/// `2026-01-24 16:27:40 UTC`
fn long(moment: Moment) -> String {
    super::time(moment).replace('T', " ").replace('Z', " UTC")
}
