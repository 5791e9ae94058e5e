/// The most rows in one statement.
const MOST: usize = 64;

/// Cuts rows into runs of 64, 32, 16, 8, 4, 2 and 1.
///
/// Each length is one prepared statement, so that seven of them serve any number of rows, and up
/// to 64 rows take at most six statements.
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
        assert_eq!(lengths(200), [64, 64, 64, 8]);
        assert_eq!(lengths(63), [32, 16, 8, 4, 2, 1]);
    }
}
