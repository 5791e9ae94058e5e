use domain::Problem;

use super::document::Document;

/// # Errors
/// The text is not one JSON value: the problem says where.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    serde_json::from_str(text).map_err(|error| {
        let hint = if error.is_eof() {
            "the file ends too early"
        } else {
            "the file is not JSON"
        };
        Problem::new(format!("{hint}: {error}"))
    })
}
