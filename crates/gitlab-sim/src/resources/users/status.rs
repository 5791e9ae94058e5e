use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::http::{Answer, Call, Reply};
use crate::resources::find;
use crate::state::{User, UserStatus};
use crate::time_text::Moment;

#[derive(Debug, Serialize)]
struct StatusBody {
    emoji: Option<String>,
    message: Option<String>,
    availability: Option<String>,
    message_html: String,
    clear_status_at: Option<Moment>,
}

/// After how long a status goes, by the name the API has for it.
const SPANS: [(&str, u64); 6] = [
    ("30_minutes", 30 * 60),
    ("3_hours", 3 * 3_600),
    ("8_hours", 8 * 3_600),
    ("1_day", 86_400),
    ("3_days", 3 * 86_400),
    ("7_days", 7 * 86_400),
];

fn present(call: &Call<'_>, user: &User) -> StatusBody {
    let status = user.profile().status.clone();
    let status = status.filter(|status| status.clear_at.is_none_or(|moment| moment > call.now));
    match status {
        Some(status) => StatusBody {
            emoji: Some(status.emoji),
            message_html: status.message.clone().unwrap_or_default(),
            message: status.message,
            availability: status.availability,
            clear_status_at: status.clear_at,
        },
        None => StatusBody {
            emoji: None,
            message: None,
            availability: None,
            message_html: String::new(),
            clear_status_at: None,
        },
    }
}

/// `GET /user/status`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    call.admit_any()?;
    Ok(Reply::ok(&present(call, user)))
}

/// `GET /users/:id/status`, by id or name, for everyone.
pub(super) fn of_user(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let user = find::user_or_name(&call.state(), call.arg(0))?;
    Ok(Reply::ok(&present(call, &user)))
}

/// `PUT /user/status`: what is left out is taken away.
pub(super) fn set(call: &Call<'_>) -> Answer {
    change(call, UserStatus::default())
}

/// `PATCH /user/status`: what is left out stays.
pub(super) fn patch(call: &Call<'_>) -> Answer {
    let before = call.user()?.profile().status.clone().unwrap_or_default();
    change(call, before)
}

fn change(call: &Call<'_>, mut status: UserStatus) -> Answer {
    let id = call.user()?.id;
    let mut ask = call.ask();
    if let Some(emoji) = ask.text("emoji") {
        status.emoji = emoji.unwrap_or_default();
    }
    if let Some(message) = ask.text("message") {
        status.message = message;
    }
    if let Some(availability) = ask.choice("availability", &["not_set", "busy"]) {
        status.availability = Some(availability.to_owned());
    }
    let span = ask.choice("clear_status_after", &SPANS.map(|(name, _)| name));
    if let Some((_, seconds)) = SPANS.iter().find(|(name, _)| Some(*name) == span) {
        status.clear_at = Some(call.now.after(Duration::from_secs(*seconds)));
    }
    call.admit(ask)?;
    if status.emoji.is_empty() {
        "speech_balloon".clone_into(&mut status.emoji);
    }
    let body = {
        let mut state = call.change();
        let mut user = User::clone(&*find::user(&state, &id.to_string())?);
        user.profile_mut().status = Some(status);
        let body = present(call, &user);
        state.users.put(Arc::new(user));
        body
    };
    Ok(Reply::ok(&body).applied())
}
