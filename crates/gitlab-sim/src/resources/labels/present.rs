use std::borrow::Cow;

use serde::Serialize;

use super::color;
use super::place::Placed;
use crate::http::Call;
use crate::state::{Source, State};

/// A label as a group or project shows it.
#[derive(Debug, Serialize)]
pub(super) struct LabelBody {
    id: u64,
    name: String,
    description: Option<String>,
    description_html: String,
    text_color: &'static str,
    color: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    subscribed: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    in_project: Option<InProject>,
}

/// What carries the label and may be seen.
#[derive(Debug, Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "these are GitLab's names")]
struct Counts {
    open_issues_count: u64,
    closed_issues_count: u64,
    open_merge_requests_count: u64,
}

/// What only a project says of a label.
#[derive(Debug, Serialize)]
struct InProject {
    priority: Option<i64>,
    is_project_label: bool,
}

impl LabelBody {
    /// As seen from `here`, which has or inherits the label.
    pub(super) fn of(
        call: &Call<'_>,
        state: &State,
        here: Source,
        (source, label): &Placed,
        with_counts: bool,
    ) -> Self {
        let belongings = &state.belongings;
        let project = match here {
            Source::Project(id) => Some(id),
            Source::Group(_) => None,
        };
        Self {
            id: label.id,
            name: label.title.clone(),
            description: label.description.clone(),
            description_html: escaped(label.description.as_deref().unwrap_or_default()).into_owned(),
            text_color: color::of_text_on(&label.color),
            color: label.color.clone(),
            counts: with_counts.then(Counts::default),
            subscribed: call
                .viewer
                .id()
                .is_some_and(|user| belongings.is_subscribed(user, label.id, project)),
            in_project: project.map(|project| InProject {
                priority: belongings.label_priority(project, label.id),
                is_project_label: *source == here,
            }),
        }
    }
}

/// Text as HTML shows it.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    Cow::Owned(text.replace('>', "&gt;").replace('"', "&quot;"))
}
