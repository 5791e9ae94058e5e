//! One JSON object per line.

use super::document::{Row, Rows};

/// Reads every line; one that is not JSON stands as a broken row, so that all of them are reported at once.
/// Empty lines are no rows.
pub(super) fn read(text: &str) -> Rows {
    let mut rows = Rows::default();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let result = rows.push(&mut deserializer).and_then(|()| {
            let end = deserializer.end();
            if end.is_err() {
                rows.rows.pop();
            }
            end
        });
        if let Err(error) = result {
            let text = error.to_string();
            // The position in the message is that in the line, which is always line 1 of its own.
            let what = text
                .rsplit_once(" at line ")
                .map_or(text.as_str(), |(what, _)| what);
            rows.rows.push(Row::Broken(format!(
                "line {}, column {} is not JSON: {what}",
                number + 1,
                error.column()
            )));
        }
    }
    rows
}
