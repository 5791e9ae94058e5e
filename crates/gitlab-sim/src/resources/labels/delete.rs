use super::{place, update};
use crate::http::{Answer, Call, Reply};

/// `DELETE …/labels/:name`, by id or title. Inherited labels are deleted where they are.
pub(super) fn by_path(call: &Call<'_>) -> Answer {
    call.user()?;
    call.admit_any()?;
    delete(call, call.arg(1))
}

/// `DELETE …/labels`, the old form with the label among the parameters.
pub(super) fn by_parameter(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let reference = if call.path.starts_with("/api/v4/groups/") {
        ask.required_text("name")
    } else {
        update::reference(&mut ask)
    };
    call.admit(ask)?;
    delete(call, &reference)
}

fn delete(call: &Call<'_>, reference: &str) -> Answer {
    let mut state = call.change();
    let here = place::to_change(call, &state)?;
    let (source, label) = place::find(&state, here, reference, false)?;
    state.belongings.remove_label(source, label.id);
    Ok(Reply::no_content().applied())
}
