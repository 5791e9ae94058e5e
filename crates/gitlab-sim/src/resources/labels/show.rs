use super::place;
use super::present::LabelBody;
use crate::http::{Answer, Call, Reply};

/// `GET …/labels/:name`, by id or title, inherited ones too.
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let inherited = ask.flag("include_ancestor_groups").unwrap_or(true);
    ask.ignored(&["include_descendant_groups", "only_group_labels"]);
    call.admit(ask)?;
    let body = {
        let state = call.state();
        let here = place::of_path(call, &state)?;
        let found = place::find(&state, here, call.arg(1), inherited)?;
        LabelBody::of(call, &state, here, &found, false)
    };
    Ok(Reply::ok(&body))
}
