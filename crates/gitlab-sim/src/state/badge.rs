use serde::{Deserialize, Serialize};

use crate::time_text::Moment;

/// A picture with a link on the page of a project, or of every project of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Badge {
    pub(crate) id: u64,
    pub(crate) name: Option<String>,
    /// With placeholders.
    pub(crate) link_url: String,
    /// With placeholders.
    pub(crate) image_url: String,
    pub(crate) created_at: Moment,
}
