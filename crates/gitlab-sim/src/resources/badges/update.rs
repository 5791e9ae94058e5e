use std::sync::Arc;

use super::present::BadgeBody;
use super::{Find, validate};
use crate::http::{Answer, Call, Reply};
use crate::state::Badge;

/// Changes a badge.
pub(super) fn update(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let link = ask.text("link_url").flatten();
    let image = ask.text("image_url").flatten();
    let name = ask.text("name");
    call.admit(ask)?;
    let (body, changed) = {
        let mut state = call.change();
        let place = find(call, &state)?.authorise(call, &state)?;
        let old = place.own_badge(call, &state)?;
        let mut badge = Badge::clone(&old);
        badge.link_url = link.unwrap_or(badge.link_url);
        badge.image_url = image.unwrap_or(badge.image_url);
        badge.name = name.unwrap_or(badge.name);
        validate::urls(&badge.link_url, &badge.image_url)?;
        let badge = Arc::new(badge);
        let badges = &mut state.belongings.badges;
        badges.put(place.source, badge.id, Arc::clone(&badge));
        let body = BadgeBody::of(call, &state, &place, place.source, &badge);
        (body, badge != old)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
