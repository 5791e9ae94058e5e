use serde_json::{Value, json};

use super::demands;
use super::present::SettingsView;
use crate::http::refuse::{self, Complaints};
use crate::http::{Answer, Call, Reply};
use crate::params::Ask;
use crate::state::{InstanceSettings, Kind, Setting};

/// Names that a setting had before, with the one it has now; both are read and shown.
pub(super) const OLD_NAMES: &[(&str, &str)] = &[
    ("admin_notification_email", "abuse_notification_email"),
    ("asset_proxy_whitelist", "asset_proxy_allowlist"),
    (
        "password_authentication_enabled",
        "password_authentication_enabled_for_web",
    ),
    ("signin_enabled", "password_authentication_enabled_for_web"),
    (
        "allow_local_requests_from_hooks_and_services",
        "allow_local_requests_from_web_hooks_and_services",
    ),
];

/// `PUT /application/settings`. What acts, acts from the next request on.
pub(super) fn update(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let mut wanted: Vec<(&'static str, Value)> = Vec::new();
    for (old, new) in OLD_NAMES {
        let setting = InstanceSettings::table().iter().find(|row| row.name == *new);
        wanted.extend(setting.and_then(|setting| Some((*new, read(&mut ask, setting, old)?))));
    }
    for setting in InstanceSettings::table() {
        wanted.extend(read(&mut ask, setting, setting.name).map(|value| (setting.name, value)));
    }
    ask.at_least_one();
    demands::sent_together(&mut ask);
    call.admit(ask)?;

    let (view, changed) = {
        let mut state = call.change();
        let mut settings = state.settings().clone();
        let mut changed = false;
        for (name, value) in wanted {
            if name == "default_branch_protection" {
                let spelled_out = spelled_out(value.as_i64().unwrap_or(2));
                changed |= settings.set("default_branch_protection_defaults", spelled_out, call.now);
            }
            changed |= settings.set(name, value, call.now);
        }
        let mut complaints = Complaints::default();
        demands::model(&settings, &mut complaints);
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        call.instance.limits.follow(&settings);
        state.set_settings(settings);
        (SettingsView::of(&state), changed)
    };
    Ok(Reply::ok(&view).applied_if(changed))
}

/// The value a request gives, under one of the setting's names.
fn read(ask: &mut Ask<'_>, setting: &Setting, name: &'static str) -> Option<Value> {
    match setting.kind {
        Kind::Flag => ask.flag(name).map(Value::from),
        Kind::Number { .. } => ask.integer(name).map(Value::from),
        Kind::OneOf(numbers) => ask.number_of(name, numbers).map(Value::from),
        Kind::Real => ask.real(name).map(|number| json!(number)),
        Kind::Text => ask.text(name).map(Value::from),
        Kind::Word(words) => ask.choice(name, words).map(Value::from),
        Kind::GitProtocol => {
            let protocol = ask.choice(name, &["ssh", "http", "all"])?;
            Some(if protocol == "all" {
                Value::Null
            } else {
                protocol.into()
            })
        }
        Kind::List => ask.list(name).map(Value::from),
        Kind::Words(words) => {
            let list = ask.list(name)?;
            if list.iter().any(|word| !words.contains(&word.as_str())) {
                ask.complain(format!("{name} does not have a valid value"));
            }
            Some(list.into())
        }
        Kind::Visibilities => {
            let known = |word: String| match word.as_str() {
                "public" | "internal" => word,
                _ => "private".to_owned(),
            };
            let list: Vec<String> = ask.list(name)?.into_iter().map(known).collect();
            Some(list.into())
        }
        Kind::Object => ask.object(name),
    }
}

/// The number of a default protection as the object that replaced it (GitLab API facts §6.6).
fn spelled_out(protection: i64) -> Value {
    let (push, merge) = match protection {
        0 => (30, 30),
        1 => (30, 40),
        3 => (40, 30),
        _ => (40, 40),
    };
    let mut object = json!({
        "allowed_to_push": [{"access_level": push}],
        "allow_force_push": protection == 0,
        "allowed_to_merge": [{"access_level": merge}],
    });
    if protection == 4 {
        object["developer_can_initial_push"] = true.into();
    }
    object
}
