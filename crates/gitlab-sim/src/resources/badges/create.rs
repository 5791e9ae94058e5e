use super::present::BadgeBody;
use super::{Find, validate};
use crate::http::{Answer, Call, Reply};
use crate::state::Badge;

/// Adds a badge. Two may be alike.
pub(super) fn create(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let link_url = ask.required_text("link_url");
    let image_url = ask.required_text("image_url");
    let name = ask.text("name").flatten();
    call.admit(ask)?;
    let body = {
        let mut state = call.change();
        let place = find(call, &state)?.authorise(call, &state)?;
        validate::urls(&link_url, &image_url)?;
        let badge = state.belongings.badges.add(place.source, |id| Badge {
            id,
            name,
            link_url,
            image_url,
            created_at: call.now,
        });
        BadgeBody::of(call, &state, &place, place.source, &badge)
    };
    Ok(Reply::created(&body).applied())
}
