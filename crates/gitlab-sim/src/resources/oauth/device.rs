//! Devices without a browser: they show a code, and someone lets them in elsewhere.

use std::time::Duration;

use hyper::StatusCode;
use serde::Serialize;

use super::client::{Claim, text};
use super::page::{escaped, hidden, page};
use super::preauthorize::wanted_scopes;
use super::refuse::Wrong;
use super::session::Browser;
use super::tokens;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::secret::{self, Kind};
use crate::state::{Device, DeviceAnswer, Pair};

/// How long a device waits.
const LIFETIME: Duration = Duration::from_mins(5);

/// How long it waits between two questions.
const INTERVAL: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: u64,
}

/// `POST /oauth/authorize_device`
pub(super) fn begin(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let mut state = call.change();
    let uid = text(call, "client_id").unwrap_or_default();
    let application = state.belongings.oauth.client(&uid).cloned();
    let application = application.ok_or_else(Wrong::client)?;
    let scopes = wanted_scopes(call, &application);
    if scopes.is_empty() || !scopes.iter().all(|scope| application.scopes.contains(scope)) {
        return Err(Wrong::scope().into());
    }
    let oauth = &mut state.belongings.oauth;
    let number = oauth.number();
    let device_code = secret::make(call.instance, Kind::Hex("device"), number);
    let user_code = user_code(&secret::make(call.instance, Kind::Hex("device code"), number).0);
    oauth.add_device(
        &device_code,
        Device {
            application: application.id,
            scopes,
            user_code: user_code.clone(),
            until: call.now.after(LIFETIME),
            polled_at: None,
            answer: DeviceAnswer::Waiting,
        },
    );
    let page = format!("{}/oauth/device", call.instance.site.url);
    let body = Begun {
        verification_uri_complete: format!("{page}?user_code={user_code}"),
        device_code: device_code.0,
        user_code,
        verification_uri: page,
        expires_in: LIFETIME.as_secs(),
        interval: INTERVAL.as_secs(),
    };
    Ok(tokens::not_kept(Reply::ok(&body)).applied())
}

/// Eight capital letters.
fn user_code(digits: &str) -> String {
    const LETTERS: &[u8; 16] = b"BCDFGHJKLMNPQRST";
    let letter = |digit: u8| char::from(digit).to_digit(16).map_or(0, |digit| digit as usize);
    digits
        .bytes()
        .take(8)
        .map(|digit| char::from(LETTERS[letter(digit)]))
        .collect()
}

/// `GET /oauth/device`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    if browser.user.is_none() {
        return Ok(browser.ask_to_sign_in(call));
    }
    let code = text(call, "user_code");
    let known = code.as_deref().and_then(|code| {
        let state = call.state();
        let (_, device) = state.belongings.oauth.device_by_user_code(code)?;
        let application = state.belongings.oauth.application(device.application)?;
        Some((application.name.clone(), device.scopes.join(" ")))
    });
    let content = match (code, known) {
        (Some(code), Some((name, scopes))) => {
            let fields = browser.proof() + &hidden("user_code", &code);
            format!(
                "<p>{} wants: {}</p>\n<form action=\"/oauth/device\" method=\"post\">\n{fields}\
                 <button type=\"submit\">Authorize</button>\n</form>\n\
                 <form action=\"/oauth/device\" method=\"post\">\n<input type=\"hidden\" name=\"_method\" \
                 value=\"delete\">\n{fields}<button type=\"submit\">Cancel</button>\n</form>",
                escaped(&name),
                escaped(&scopes)
            )
        }
        _ => "<form action=\"/oauth/device\">\n<label>Code <input name=\"user_code\" required></label>\n\
              <button type=\"submit\">Continue</button>\n</form>"
            .to_owned(),
    };
    Ok(page(StatusCode::OK, "Authorize device", &content))
}

/// `POST /oauth/device`
pub(super) fn decide(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let browser = Browser::of(call);
    let Some(user) = &browser.user else {
        return Ok(browser.ask_to_sign_in(call));
    };
    browser.check_proof(call)?;
    let code = text(call, "user_code").unwrap_or_default();
    let denies = text(call, "_method").is_some_and(|method| method.eq_ignore_ascii_case("delete"));
    let mut state = call.change();
    let oauth = &mut state.belongings.oauth;
    let waits = oauth
        .device_by_user_code(&code)
        .is_some_and(|(_, device)| device.until > call.now);
    if !waits {
        let text = "<p role=\"alert\">The code is invalid or has expired.</p>";
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, "Authorize device", text));
    }
    let answer = if denies {
        DeviceAnswer::Denied
    } else {
        DeviceAnswer::Allowed(user.id)
    };
    oauth.answer_device(&code, answer);
    let text = if denies {
        "<p>Denied.</p>"
    } else {
        "<p>Done. Go back to your device.</p>"
    };
    Ok(page(StatusCode::OK, "Authorize device", text).applied())
}

/// What a device that asks again gets.
pub(super) fn redeem(call: &Call<'_>) -> Result<Pair, Refusal> {
    let code = text(call, "device_code").ok_or_else(|| Wrong::missing("device_code"))?;
    let mut state = call.change();
    let application = Claim::read(call).check(&state).ok_or_else(Wrong::client)?;
    let oauth = &mut state.belongings.oauth;
    let device = oauth
        .device_mut(&code)
        .filter(|device| device.application == application.id)
        .ok_or_else(Wrong::grant)?;
    let too_fast = device
        .polled_at
        .is_some_and(|before| before.after(INTERVAL) > call.now);
    device.polled_at = Some(call.now);
    let (answer, scopes, until) = (device.answer, device.scopes.clone(), device.until);
    match answer {
        _ if until <= call.now => Err(Wrong::device_expired().into()),
        DeviceAnswer::Waiting if too_fast => Err(Wrong::too_fast().into()),
        DeviceAnswer::Waiting => Err(Wrong::pending().into()),
        DeviceAnswer::Denied => Err(Wrong::denied().into()),
        DeviceAnswer::Allowed(user) => {
            oauth.remove_device(&code);
            Ok(tokens::make(call, &mut state, &application, user, scopes))
        }
    }
}
