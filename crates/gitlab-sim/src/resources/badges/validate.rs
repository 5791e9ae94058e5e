//! What the model of a badge refuses.

use crate::http::Refusal;
use crate::http::refuse::{self, Complaints};

/// Both addresses must lead to a web server, with or without placeholders.
pub(super) fn urls(link: &str, image: &str) -> Result<(), Refusal> {
    let mut complaints = Complaints::default();
    for (field, url) in [("link_url", link), ("image_url", image)] {
        let text = if url.is_empty() {
            Some("can't be blank")
        } else if !["http://", "https://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            Some("is blocked: Only allowed schemes are http, https")
        } else if url.split('/').nth(2).is_none_or(str::is_empty) || url.contains(' ') {
            Some("must be a valid URL")
        } else {
            None
        };
        complaints.add_all(field, text);
    }
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(refuse::complaints(&complaints))
    }
}
