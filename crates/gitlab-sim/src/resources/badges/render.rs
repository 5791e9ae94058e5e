use super::present::Urls;
use super::{Find, validate};
use crate::http::{Answer, Call, Reply};

/// What a badge would look like.
pub(super) fn render(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let link = ask.required_text("link_url");
    let image = ask.required_text("image_url");
    call.admit(ask)?;
    let state = call.state();
    let place = find(call, &state)?.authorise(call, &state)?;
    validate::urls(&link, &image)?;
    Ok(Reply::ok(&Urls::of(call, &state, &place, &link, &image)))
}
