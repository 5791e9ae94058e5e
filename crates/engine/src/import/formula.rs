//! Cells that a spreadsheet would take for a formula.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break is run as a formula by common
//! spreadsheets. What we write for them therefore has a `'` in front, and what we read loses it again.

/// Puts a `'` in front of what a spreadsheet would run. [`unescape`] reverses it for every text.
pub fn escape(cell: &str) -> std::borrow::Cow<'_, str> {
    if is_dangerous(cell.trim_start_matches('\'')) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

/// Takes away the `'` that [`escape`] put there.
pub fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn is_dangerous(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escape, unescape};

    #[test]
    fn formulas_are_disarmed_and_other_quotes_stay() {
        assert_eq!(escape("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(escape("it's"), "it's");
        assert_eq!(unescape("'=1+1"), "=1+1");
        assert_eq!(unescape("'quoted'"), "'quoted'");
    }

    proptest! {
        #[test]
        fn nothing_written_begins_a_formula_and_everything_is_read_back(cell in "'{0,2}[=+@\t-]?.{0,8}") {
            let written = escape(&cell);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t']));
            prop_assert_eq!(unescape(&written), cell.as_str());
        }
    }
}
