use super::{News, always, time};
use crate::hooks::UserChange;
use crate::hooks::object::Object;
use crate::state::User;
use crate::time_text::Moment;

pub(super) fn news(user: &User, change: UserChange<'_>, now: Moment) -> News {
    let name = match change {
        UserChange::Created => "user_create",
        UserChange::Destroyed => "user_destroy",
        UserChange::Renamed { .. } => "user_rename",
    };
    let created = time(user.created_at);
    let updated = match change {
        UserChange::Created => created.clone(),
        _ => time(now),
    };
    let told = Object::new()
        .put("created_at", &created)
        .put("updated_at", &updated)
        .put("email", &user.email)
        .put("event_name", name)
        .put("name", &user.name)
        .put("username", &user.username)
        .put("user_id", user.id);
    let told = match change {
        UserChange::Renamed { old_username } => told.put("old_username", old_username),
        UserChange::Created | UserChange::Destroyed => told,
    };
    News {
        name,
        sort: always(None),
        kind: "System Hook",
        for_system: told.end(),
        for_groups: String::new(),
    }
}
