use super::{News, always, time};
use crate::hooks::Event;
use crate::hooks::object::Object;
use crate::state::{Group, State, Trigger};
use crate::time_text::Moment;

pub(super) fn news(state: &State, event: Event<'_>, now: Moment) -> Option<News> {
    let (group, name, subgroup_name) = match event {
        Event::GroupCreated(group) => (group, "group_create", "subgroup_create"),
        Event::GroupDestroyed(group) => (group, "group_destroy", "subgroup_destroy"),
        Event::GroupRenamed {
            group,
            old_path,
            old_full_path,
        } => {
            return Some(renamed(state, group, old_path, old_full_path, now));
        }
        _ => return None,
    };
    let created = time(group.created_at);
    let updated = match event {
        Event::GroupCreated(_) => created.clone(),
        _ => time(now),
    };
    let full_path = state.full_path(group.id);
    let told = |name: &str| {
        Object::new()
            .put("created_at", &created)
            .put("updated_at", &updated)
            .put("event_name", name)
            .put("name", &group.name)
            .put("path", &group.path)
            .put("full_path", &full_path)
            .put("group_id", group.id)
    };
    let parent = group.parent.and_then(|id| state.tree.group(id));
    let for_groups = parent.map_or_else(String::new, |parent| {
        told(subgroup_name)
            .put("parent_group_id", parent.id)
            .put("parent_name", &parent.name)
            .put("parent_path", &parent.path)
            .put("parent_full_path", state.full_path(parent.id))
            .end()
    });
    Some(News {
        name,
        sort: always(Some(Trigger::Subgroup)),
        kind: "Subgroup Hook",
        for_system: told(name).end(),
        for_groups,
    })
}

fn renamed(state: &State, group: &Group, old_path: &str, old_full_path: &str, now: Moment) -> News {
    let told = Object::new()
        .put("event_name", "group_rename")
        .put("created_at", time(group.created_at))
        .put("updated_at", time(now))
        .put("name", &group.name)
        .put("path", &group.path)
        .put("full_path", state.full_path(group.id))
        .put("group_id", group.id)
        .put("old_path", old_path)
        .put("old_full_path", old_full_path);
    News {
        name: "group_rename",
        sort: always(None),
        kind: "Subgroup Hook",
        for_system: told.end(),
        for_groups: String::new(),
    }
}
