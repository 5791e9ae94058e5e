use super::Place;
use super::present::SettingBody;
use crate::http::{Answer, Call, Reply};
use crate::state::NotificationSetting;

const LEVELS: &[&str] = &[
    "disabled",
    "participating",
    "watch",
    "global",
    "mention",
    "custom",
];

pub(super) fn update(call: &Call<'_>, place: Place) -> Answer {
    let user = call.user()?;
    let mut ask = call.ask();
    let level = ask.choice("level", LEVELS);
    ask.ignored(&["notification_email"]);
    let mut chosen = Vec::new();
    for (event, _) in NotificationSetting::EVENTS {
        chosen.extend(ask.flag(event).map(|wanted| (*event, wanted)));
    }
    call.admit(ask)?;
    let mut state = call.change();
    let place = place(call, &state)?;
    let before = super::of(&state, user, place);
    let mut setting = NotificationSetting::clone(&before);
    if let Some(level) = level {
        level.clone_into(&mut setting.level);
    }
    for (event, wanted) in chosen {
        setting.events.insert(event.to_owned(), wanted);
    }
    let changed = setting != *before;
    let body = Reply::ok(&SettingBody::new(&setting, user)).applied_if(changed);
    if changed {
        state.keep_notification_setting(user.id, setting);
    }
    Ok(body)
}
