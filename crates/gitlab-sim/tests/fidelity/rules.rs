//! The list of GitLab's rules: `rules/<area>.toml` names each one, and where it is known from. Every rule is
//! shown by a test of that name, or admitted in docs/simulator.md as a known difference; never both, never
//! neither. docs/simulator-rules.md and the pages below it are made from the same.

mod pages;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use shown::{Difference, Test};

/// Test modules that show no rule of GitLab's: the simulator's own promises, and what the tests are made of.
const NOT_GITLABS: [&str; 9] = [
    "client", "clock", "control", "examples", "faults", "openapi", "receiver", "restart", "rules",
];

/// Where a rule is known from, when no fact about GitLab is behind it.
const OWN: &str = "own";

/// How a source begins that is a page which the facts leave out: of GitLab's documentation, or of its issues.
const PAGES: [&str; 2] = ["docs.gitlab.com/", "gitlab.com/gitlab-org/gitlab/-/issues/"];

/// Rule ids and their sources, in the order of the file.
type Rules = IndexMap<String, String>;

/// What is claimed, and what there is to show for it.
struct Catalogue {
    areas: BTreeMap<String, Rules>,
    tests: Vec<Test>,
    differences: Vec<Difference>,
}

impl Catalogue {
    fn read() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fidelity");
        let areas = files_below(&here.join("rules"), "toml")
            .iter()
            .map(|file| {
                let area = file.file_stem().unwrap().to_str().unwrap().to_owned();
                let rules =
                    toml::from_str(&read(file)).unwrap_or_else(|error| panic!("{area}.toml: {error}"));
                (area, rules)
            })
            .collect();
        let tests = files_below(&here, "rs")
            .iter()
            .flat_map(|file| shown::tests_in(file.strip_prefix(&here).unwrap(), &read(file)))
            .collect();
        Self {
            areas,
            tests,
            differences: shown::differences_in(&read(&root().join("docs/simulator.md"))),
        }
    }

    /// Everything that does not fit, in words.
    fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let tests: Vec<String> = self.tests.iter().map(Test::id).collect();
        let differences: Vec<&str> = self.differences.iter().map(|known| known.id.as_str()).collect();
        complaints.extend(twice(&tests).map(|id| format!("{id}: two tests have this name")));
        complaints.extend(twice(&differences).map(|id| format!("{id}: admitted twice")));
        for (area, rules) in &self.areas {
            for (name, source) in rules {
                let id = format!("{area}::{name}");
                let shown = tests.contains(&id);
                let admitted = differences.contains(&id.as_str());
                if !shown && !admitted {
                    complaints.push(format!("{id}: neither a test nor a known difference"));
                }
                if shown && admitted {
                    complaints.push(format!("{id}: a test shows it, and it is a known difference"));
                }
                let is_page = PAGES.iter().any(|page| source.starts_with(page));
                if source != OWN && !source.starts_with('§') && !is_page {
                    complaints.push(format!(
                        "{id}: the source is `{OWN}`, a section or a page, not `{source}`"
                    ));
                }
            }
        }
        for test in &self.tests {
            if NOT_GITLABS.contains(&test.area.as_str()) {
                continue;
            }
            match self.areas.get(&test.area) {
                None => complaints.push(format!("{}: there is no rules/{}.toml", test.id(), test.area)),
                Some(rules) if !rules.contains_key(&test.name) => {
                    complaints.push(format!("{}: missing in rules/{}.toml", test.id(), test.area));
                }
                Some(_) => {}
            }
        }
        for known in &self.differences {
            let (area, name) = known.id.split_once("::").unwrap();
            if !self.areas.get(area).is_some_and(|rules| rules.contains_key(name)) {
                complaints.push(format!(
                    "{}: admitted, but no rule of rules/{area}.toml",
                    known.id
                ));
            }
        }
        complaints
    }
}

fn twice<T: AsRef<str>>(names: &[T]) -> impl Iterator<Item = &str> {
    let mut seen = BTreeSet::new();
    names
        .iter()
        .map(AsRef::as_ref)
        .filter(move |name| !seen.insert(*name))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Files that end so, in a folder and below it, sorted.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_rule_is_shown_by_a_test_or_admitted_as_a_difference() {
    let complaints = Catalogue::read().complaints();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_pages_about_the_rules_are_up_to_date() {
    let catalogue = Catalogue::read();
    let folder = root().join("docs");
    let wanted = pages::of(&catalogue);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        let _ = std::fs::remove_dir_all(folder.join(pages::FOLDER));
        std::fs::create_dir_all(folder.join(pages::FOLDER)).unwrap();
        for (file, text) in &wanted {
            std::fs::write(folder.join(file), text).unwrap();
        }
    }
    for (file, text) in &wanted {
        let present = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert!(
            present == *text,
            "docs/{file} is not up to date; run `UPDATE_GENERATED=1 cargo test -p gitlab-sim --test fidelity rules::`"
        );
    }
    let present = files_below(&folder.join(pages::FOLDER), "md").len();
    assert_eq!(present, wanted.len() - 1, "a page of an area that is no more");
}

/// A catalogue of one area `shapes`.
fn catalogue(rules: &str, source: &str, differences: &str) -> Catalogue {
    Catalogue {
        areas: [("shapes".to_owned(), toml::from_str(rules).unwrap())].into(),
        tests: shown::tests_in(Path::new("shapes.rs"), source),
        differences: shown::differences_in(differences),
    }
}

const ROUND: &str = "#[tokio::test]\nasync fn a_ball_is_round() {}\n";
const ROUND_DIFFERS: &str = "- `shapes::a_ball_is_round`: ours is an egg.\n";

#[test]
fn a_rule_with_a_test_or_a_difference_is_fine_and_one_with_neither_or_both_is_not() {
    let rule = "a_ball_is_round = \"§1 [C]\"";
    let nothing: [&str; 0] = [];
    assert_eq!(catalogue(rule, ROUND, "").complaints(), nothing);
    assert_eq!(catalogue(rule, "", ROUND_DIFFERS).complaints(), nothing);
    assert_eq!(
        catalogue(rule, "", "").complaints(),
        ["shapes::a_ball_is_round: neither a test nor a known difference"]
    );
    assert_eq!(
        catalogue(rule, ROUND, ROUND_DIFFERS).complaints(),
        ["shapes::a_ball_is_round: a test shows it, and it is a known difference"]
    );
}

#[test]
fn what_no_file_of_rules_names_is_reported() {
    assert_eq!(
        catalogue("", ROUND, ROUND_DIFFERS).complaints(),
        [
            "shapes::a_ball_is_round: missing in rules/shapes.toml",
            "shapes::a_ball_is_round: admitted, but no rule of rules/shapes.toml",
        ]
    );
    let mut other = catalogue("", ROUND, "");
    other.areas.clear();
    assert_eq!(
        other.complaints(),
        ["shapes::a_ball_is_round: there is no rules/shapes.toml"]
    );
}

#[test]
fn two_tests_of_one_name_and_a_rule_without_a_source_are_reported() {
    let twice = format!("{ROUND}{ROUND}");
    assert_eq!(
        catalogue("a_ball_is_round = \"somewhere\"", &twice, "").complaints(),
        [
            "shapes::a_ball_is_round: two tests have this name",
            "shapes::a_ball_is_round: the source is `own`, a section or a page, not `somewhere`",
        ]
    );
}
