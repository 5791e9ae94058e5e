use super::present::LabelBody;
use super::{color, place, validate};
use crate::http::{Answer, Call, Reply, refuse};
use crate::state::{Label, Source};

/// `POST …/labels`. A title that a group above has is taken, too.
pub(super) fn create(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let title = ask.required_text("name").trim().to_owned();
    let color = color::normal(&ask.required_text("color"));
    let description = ask.text("description").flatten();
    let archived = ask.flag("archived").unwrap_or(false);
    let priority = ask.integer("priority");
    call.admit(ask)?;

    let body = {
        let mut state = call.change();
        let here = place::to_change(call, &state)?;
        let taken = place::own(&state, here)
            .chain(place::inherited(&state, here))
            .any(|(_, label)| label.title == title);
        if taken {
            return Err(refuse::exists("Label already exists"));
        }
        let draft = Label {
            id: 0,
            title,
            description,
            color,
            archived,
        };
        let complaints = validate::label(&state, here, &draft);
        if !complaints.is_empty() {
            return Err(refuse::complaints(&complaints));
        }
        let label = state.belongings.labels.add(here, |id| Label { id, ..draft });
        if let Source::Project(project) = here {
            state.belongings.rank_label(project, label.id, priority);
        }
        LabelBody::of(call, &state, here, &(here, label), false)
    };
    Ok(Reply::created(&body).applied())
}
