use super::Place;
use super::present::SettingBody;
use crate::http::{Answer, Call, Reply};

pub(super) fn show(call: &Call<'_>, place: Place) -> Answer {
    let user = call.user()?;
    call.admit_any()?;
    let setting = {
        let state = call.state();
        let place = place(call, &state)?;
        super::of(&state, user, place)
    };
    Ok(Reply::ok(&SettingBody::new(&setting, user)))
}
