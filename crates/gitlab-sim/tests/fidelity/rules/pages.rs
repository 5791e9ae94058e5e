//! The generated pages: an index, and a table for each area. One page an area, and blank lines between the areas
//! of the index, so that changes of two areas never meet in one file's same lines.

use std::fmt::Write;

use super::{Catalogue, Rules};

/// Where the tables are, below `docs`.
pub(super) const FOLDER: &str = "simulator-rules";

const GENERATED: &str =
    "<!-- Generated: UPDATE_GENERATED=1 cargo test -p gitlab-sim --test fidelity rules:: -->";

/// File names below `docs` and what belongs into them.
pub(super) fn of(catalogue: &Catalogue) -> Vec<(String, String)> {
    let mut index = format!(
        "{GENERATED}\n\n# GitLab's rules, and how the simulator keeps them\n\n\
         Every rule is shown by a test of its name in `crates/gitlab-sim/tests/fidelity`, or admitted in\n\
         [simulator.md](simulator.md#known-differences-from-gitlab). Sources are sections of the GitLab API facts, or pages of\n\
         GitLab's documentation, with their evidence: [C] GitLab's code, [D] its documentation, [O] its OpenAPI document, [T] seen in the wild,\n\
         [M] from memory.\n"
    );
    let mut pages = Vec::new();
    for (area, rules) in &catalogue.areas {
        let summary = summary(catalogue, area, rules);
        write!(index, "\n- [{area}]({FOLDER}/{area}.md): {summary}\n").unwrap();
        let page = page(catalogue, area, rules, &summary);
        pages.push((format!("{FOLDER}/{area}.md"), page));
    }
    pages.push(("simulator-rules.md".to_owned(), index));
    pages
}

/// `30 rules, 2 known differences`
fn summary(catalogue: &Catalogue, area: &str, rules: &Rules) -> String {
    let differences = rules
        .keys()
        .filter(|name| test_file(catalogue, area, name).is_none())
        .count();
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    match differences {
        0 => count(rules.len(), "rule"),
        _ => format!(
            "{}, {}",
            count(rules.len(), "rule"),
            count(differences, "known difference")
        ),
    }
}

fn page(catalogue: &Catalogue, area: &str, rules: &Rules, summary: &str) -> String {
    let mut page =
        format!("{GENERATED}\n\n# {area}\n\n{summary}.\n\n| rule | source | shown by |\n|---|---|---|\n");
    for (name, source) in rules {
        let shown_by = match test_file(catalogue, area, name) {
            Some(file) => {
                format!("[test](../../crates/gitlab-sim/tests/fidelity/{file})")
            }
            None => "[known difference](../simulator.md#known-differences-from-gitlab)".to_owned(),
        };
        writeln!(page, "| {} | {source} | {shown_by} |", sentence(name)).unwrap();
    }
    page
}

fn test_file(catalogue: &Catalogue, area: &str, name: &str) -> Option<String> {
    let test = catalogue
        .tests
        .iter()
        .find(|test| test.area == area && test.name == name)?;
    Some(test.file.to_str().unwrap().replace('\\', "/"))
}

/// `a_ball_is_round` is `A ball is round`.
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[test]
fn an_id_reads_as_a_sentence() {
    assert_eq!(sentence("a_second_ball_is_409"), "A second ball is 409");
}
