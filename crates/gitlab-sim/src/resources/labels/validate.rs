//! What the model of a label refuses.

use super::{color, place};
use crate::http::refuse::{Complaints, TAKEN};
use crate::state::{Label, Source, State};

const MAX_TITLE: usize = 255;

/// Everything that is wrong with a label that is new or changed.
pub(super) fn label(state: &State, source: Source, label: &Label) -> Complaints {
    let mut complaints = Complaints::default();
    let title = &label.title;
    if title.is_empty() {
        complaints.add("title", "can't be blank");
    }
    if title.is_empty() || title.contains([',', '?', '&']) {
        complaints.add("title", "is invalid");
    }
    if title.chars().count() > MAX_TITLE {
        let text = format!("is too long (maximum is {MAX_TITLE} characters)");
        complaints.add("title", text);
    }
    let twin = state.belongings.label_titled(source, title);
    if twin.is_some_and(|twin| twin.id != label.id) {
        complaints.add("title", TAKEN);
    }
    let above = place::inherited(state, source).find(|(_, above)| above.title == *title);
    if let Some((Source::Group(id), _)) = above
        && matches!(source, Source::Project(_))
        && let Some(group) = state.tree.group(id)
    {
        let name = &group.name;
        let text = format!("already exists at group level for {name}. Please choose another one.");
        complaints.add("title", text);
    }
    if !color::is_valid(&label.color) {
        complaints.add("color", "must be a valid color code");
    }
    complaints
}
