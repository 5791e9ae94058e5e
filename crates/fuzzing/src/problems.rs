use domain::Problem;

/// The longest text of a problem that a file can make us write. What a person reads is far shorter; this bounds what
/// one answer with many problems weighs.
const LONGEST: usize = 20_000;

/// Holds a list of refusals against what people are promised: at least one, each with a sentence, places that exist.
pub(crate) fn judge(problems: &[Problem], text: &[u8]) {
    assert!(!problems.is_empty(), "refused without a reason");
    // YAML ends a line with any of the two (YAML 1.2 §5.4).
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).count();
    for problem in problems {
        assert!(!problem.message.trim().is_empty(), "no sentence: {problem:?}");
        assert!(problem.row != Some(0), "rows count from 1: {problem:?}");
        if let Some(line) = problem.line {
            assert!(
                line >= 1 && line as usize <= lines + 1,
                "no such line: {problem:?}"
            );
        }
        assert!(
            problem.character != Some(0),
            "characters count from 1: {problem:?}"
        );
        if let Some(value) = &problem.value {
            assert!(
                value.chars().count() <= 121,
                "the whole value is repeated: {problem:?}"
            );
        }
        assert!(
            problem.to_string().len() <= LONGEST,
            "a refusal of {} bytes",
            problem.to_string().len()
        );
    }
}

/// Rows come in the order of their file.
pub(crate) fn judge_order(problems: &[Problem]) {
    let rows: Vec<u32> = problems.iter().filter_map(|problem| problem.row).collect();
    assert!(rows.is_sorted(), "out of order: {rows:?}");
}
