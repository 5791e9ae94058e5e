//! What there is to show for the rules: the tests, read from their sources, and the differences, read from the
//! page about the simulator.

use std::path::{Path, PathBuf};

/// A test function.
pub(super) struct Test {
    /// The test module; a nested one counts into its first.
    pub(super) area: String,
    pub(super) name: String,
    /// Below `tests/fidelity`.
    pub(super) file: PathBuf,
}

impl Test {
    pub(super) fn id(&self) -> String {
        format!("{}::{}", self.area, self.name)
    }
}

/// A rule that the simulator does not follow.
pub(super) struct Difference {
    /// `area::id`
    pub(super) id: String,
}

/// The functions of a source file that are marked as tests.
pub(super) fn tests_in(file: &Path, source: &str) -> Vec<Test> {
    let first = file.components().next().unwrap().as_os_str().to_str().unwrap();
    let area = first.trim_end_matches(".rs");
    let mut tests = Vec::new();
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(name) = function(line) {
            if marked {
                tests.push(Test {
                    area: area.to_owned(),
                    name: name.to_owned(),
                    file: file.to_owned(),
                });
            }
            marked = false;
        }
    }
    tests
}

/// `async fn name() {` is `name`.
fn function(line: &str) -> Option<&str> {
    let signature = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    Some(&signature[..signature.find(|it: char| !it.is_alphanumeric() && it != '_')?])
}

/// The lines ``- `area::id`: what differs``.
pub(super) fn differences_in(page: &str) -> Vec<Difference> {
    page.lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("`:"))
        .filter(|(id, _)| id.contains("::"))
        .map(|(id, _)| Difference { id: id.to_owned() })
        .collect()
}

#[test]
fn tests_are_the_marked_functions_of_a_module_and_of_those_below_it() {
    let source = "
        fn not_marked() {}
        #[tokio::test(start_paused = true)]
        async fn one() {
            fn inner() {}
        }
        #[test]
        #[should_panic]
        /// Said between.
        fn two() {}
        async fn three() {}
    ";
    let ids =
        |file: &str| -> Vec<String> { tests_in(Path::new(file), source).iter().map(Test::id).collect() };
    assert_eq!(ids("shapes.rs"), ["shapes::one", "shapes::two"]);
    assert_eq!(ids("shapes/round/ball.rs"), ["shapes::one", "shapes::two"]);
}

#[test]
fn differences_are_the_items_that_begin_with_an_id() {
    let page =
        "- `shapes::a_ball_is_round`: ours\n  is `shapes::an_egg`.\n- `--seed`: no\n- Something else.\n";
    let ids: Vec<String> = differences_in(page).into_iter().map(|known| known.id).collect();
    assert_eq!(ids, ["shapes::a_ball_is_round"]);
}
