/// The most rows in one statement. Each statement wakes the database's thread and then ours, which for a few rows takes
/// as long as writing them.
const MOST: usize = 256;

/// Cuts rows into runs of 256, 128, 64, 32, 16, 8, 4, 2 and 1.
///
/// Each length is one prepared statement, so that nine of them serve any number of rows, and up
/// to 256 rows take at most eight statements.
pub(super) fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        let length = MOST.min(1 << rows.len().ilog2());
        let (run, rest) = rows.split_at(length);
        rows = rest;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn any_number_of_rows_is_cut_into_few_lengths() {
        let lengths = |n: usize| runs(&vec![(); n]).map(<[()]>::len).collect::<Vec<_>>();
        assert!(lengths(0).is_empty());
        assert_eq!(lengths(1), [1]);
        assert_eq!(lengths(200), [128, 64, 8]);
        assert_eq!(lengths(800), [256, 256, 256, 32]);
        assert_eq!(lengths(255), [128, 64, 32, 16, 8, 4, 2, 1]);
    }
}
