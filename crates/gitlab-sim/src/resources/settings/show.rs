use super::present::SettingsView;
use crate::http::{Answer, Call, Reply};

/// `GET /application/settings`
pub(super) fn show(call: &Call<'_>) -> Answer {
    call.administrator()?;
    call.admit_any()?;
    let view = SettingsView::of(&call.state());
    Ok(Reply::ok(&view))
}
