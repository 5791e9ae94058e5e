use super::{News, always, time};
use crate::hooks::object::Object;
use crate::hooks::{Event, KeyChange};
use crate::time_text::Moment;

pub(super) fn news(event: Event<'_>, now: Moment) -> Option<News> {
    let Event::Key {
        user,
        id,
        key,
        created_at,
        change,
    } = event
    else {
        return None;
    };
    let (name, updated_at) = match change {
        KeyChange::Created => ("key_create", created_at),
        KeyChange::Destroyed => ("key_destroy", now),
    };
    let told = Object::new()
        .put("event_name", name)
        .put("created_at", time(created_at))
        .put("updated_at", time(updated_at))
        .put("username", &user.username)
        .put("key", key)
        .put("id", id);
    Some(News {
        name,
        sort: always(None),
        kind: "System Hook",
        for_system: told.end(),
        for_groups: String::new(),
    })
}
