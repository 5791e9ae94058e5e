use super::Find;
use super::present::BadgeBody;
use crate::http::{Answer, Call, Offset};

/// The badges of a group; those of a project with those of the groups above it.
pub(super) fn list(call: &Call<'_>, find: Find) -> Answer {
    let mut ask = call.ask();
    let name = ask.filled("name");
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let place = find(call, &state)?;
        let sources = place.sources(&state);
        let badges = sources.into_iter().flat_map(|source| {
            let badges = state.belongings.badges.of(source);
            badges.map(move |badge| (source, badge))
        });
        let named = badges.filter(|(_, badge)| name.is_none() || badge.name == name);
        offset
            .cut(named)
            .map(|(source, badge)| Some(BadgeBody::of(call, &state, &place, source, badge)))
    };
    Ok(page.reply(call))
}
