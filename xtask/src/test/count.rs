use std::ops::AddAssign;

/// How many tests passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Count {
    pub(crate) const ONE_PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub(crate) const ONE_FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };

    /// What a line of this runner's says; nothing unless it is the closing one. (A failing test's own
    /// output may hold the closing line of another runner.)
    pub(crate) fn in_line(runner: Runner, line: &str) -> Self {
        let line = line.trim();
        let closes = match runner {
            Runner::CargoTest => line.starts_with("test result: "),
            Runner::Nextest => line.starts_with("Summary [") && line.contains(" run: "),
            Runner::Pytest => is_of_pytest(line),
            Runner::Node => line.starts_with("# pass ") || line.starts_with("# fail "),
            Runner::Go => return of_go(line),
        };
        if !closes {
            return Self::default();
        }
        if let Runner::Node = runner {
            let number = |start| {
                line.strip_prefix(start)
                    .and_then(|rest| rest.parse().ok())
                    .unwrap_or(0)
            };
            return Self {
                passed: number("# pass "),
                failed: number("# fail "),
                skipped: 0,
            };
        }
        Self {
            passed: before(line, "passed"),
            failed: before(line, "failed") + before(line, "timed out") + before(line, "error"),
            skipped: before(line, "skipped") + before(line, "ignored"),
        }
    }
}

/// Who runs tests and says how many there were.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runner {
    CargoTest,
    Nextest,
    Pytest,
    Node,
    Go,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// `2 failed, 9 passed in 3.41s`, with or without a rule of equal signs around it.
fn is_of_pytest(line: &str) -> bool {
    let text = line.trim_matches('=').trim();
    text.starts_with(|first: char| first.is_ascii_digit())
        && text
            .split_once(" in ")
            .is_some_and(|(_, time)| time.starts_with(|first: char| first.is_ascii_digit()))
}

/// Go closes each test with a line of its own, and counts none of them.
fn of_go(line: &str) -> Count {
    let has = |start| u64::from(line.starts_with(start));
    Count {
        passed: has("--- PASS: "),
        failed: has("--- FAIL: "),
        skipped: has("--- SKIP: "),
    }
}

/// The number in front of a word; 0 where the line has none.
fn before(line: &str, word: &str) -> u64 {
    line.split(word)
        .next()
        .filter(|head| head.len() < line.len())
        .and_then(|head| head.split_whitespace().next_back())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Count, Runner};

    #[test]
    fn a_failing_run_of_each_runner_is_counted() {
        for (runner, line, passed, failed, skipped) in [
            (
                Runner::Nextest,
                "     Summary [   3.204s] 45 tests run: 41 passed (1 slow), 3 failed, 1 timed out, 2 skipped",
                41,
                4,
                2,
            ),
            (
                Runner::CargoTest,
                "test result: FAILED. 7 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.02s",
                7,
                1,
                2,
            ),
            (
                Runner::Pytest,
                "==== 2 failed, 9 passed, 1 skipped in 3.41s ====",
                9,
                2,
                1,
            ),
            (Runner::Pytest, "11 passed in 63.05s (0:01:03)", 11, 0, 0),
            (Runner::Pytest, "1 error in 0.10s", 0, 1, 0),
            (Runner::Node, "# pass 6", 6, 0, 0),
            (Runner::Node, "# fail 1", 0, 1, 0),
            (
                Runner::Pytest,
                "150 passed, 4 skipped, 61 xfailed in 9.12s",
                150,
                0,
                4,
            ),
            (Runner::Go, "--- PASS: TestPages (0.03s)", 1, 0, 0),
            (Runner::Go, "--- FAIL: TestPages (0.03s)", 0, 1, 0),
        ] {
            let count = Count {
                passed,
                failed,
                skipped,
            };
            assert_eq!(Count::in_line(runner, line), count, "{line}");
        }
    }

    #[test]
    fn what_a_test_says_is_not_counted() {
        for (runner, line) in [
            (
                Runner::Nextest,
                "test result: FAILED. 0 passed; 1 failed; 0 ignored",
            ),
            (
                Runner::Nextest,
                "PASS [   0.003s] domain job::tests::the_life_of_a_job",
            ),
            (Runner::CargoTest, "12 passed, 0 failed"),
            (Runner::Pytest, "imported 12 passed rows in 3s"),
            (Runner::Node, "# passing through"),
            (Runner::Go, "=== RUN   TestPages"),
        ] {
            assert_eq!(Count::in_line(runner, line), Count::default(), "{line}");
        }
    }
}
