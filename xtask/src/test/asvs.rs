//! The pages about security name tests that exist, and leave no requirement out.

use std::path::{Path, PathBuf};

/// Sections of the standard, with how many requirements of level 1 and 2 each has; they count from 1.
const SECTIONS: [(&str, u32); 75] = [
    ("1.1", 2),
    ("1.2", 9),
    ("1.3", 11),
    ("1.4", 3),
    ("1.5", 2),
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 4),
    ("2.4", 1),
    ("3.2", 2),
    ("3.3", 4),
    ("3.4", 6),
    ("3.5", 5),
    ("3.7", 2),
    ("4.1", 3),
    ("4.2", 1),
    ("4.3", 2),
    ("4.4", 4),
    ("5.1", 1),
    ("5.2", 3),
    ("5.3", 2),
    ("5.4", 3),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 4),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 3),
    ("6.8", 4),
    ("7.1", 3),
    ("7.2", 4),
    ("7.3", 2),
    ("7.4", 5),
    ("7.5", 2),
    ("7.6", 2),
    ("8.1", 2),
    ("8.2", 3),
    ("8.3", 1),
    ("8.4", 1),
    ("9.1", 3),
    ("9.2", 4),
    ("10.1", 2),
    ("10.2", 2),
    ("10.3", 4),
    ("10.4", 11),
    ("10.5", 5),
    ("10.6", 2),
    ("10.7", 3),
    ("11.1", 2),
    ("11.2", 3),
    ("11.3", 3),
    ("11.4", 4),
    ("11.5", 1),
    ("11.6", 1),
    ("12.1", 3),
    ("12.2", 2),
    ("12.3", 4),
    ("13.1", 1),
    ("13.2", 5),
    ("13.3", 2),
    ("13.4", 5),
    ("14.1", 2),
    ("14.2", 4),
    ("14.3", 3),
    ("15.1", 3),
    ("15.2", 3),
    ("15.3", 7),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 3),
    ("17.1", 1),
    ("17.2", 4),
    ("17.3", 2),
];

/// Short names of the test binaries.
const BINARIES: [(&str, &str); 5] = [
    ("api", "crates/server/tests/api"),
    ("client", "crates/gitlab-client/tests/client"),
    ("transcripts", "crates/cli/tests/transcripts"),
    ("import", "crates/engine/tests/import"),
    ("run", "crates/engine/tests/run"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_reference(word: &str) -> bool {
    let begins = |start: &str| word.starts_with(start) && word[start.len()..].starts_with("::");
    word.starts_with("crates/") && word.contains(".rs")
        || word.starts_with("xtask/")
        || begins("fuzz")
        || BINARIES.iter().any(|(name, _)| begins(name))
}

/// Whether the file has this test, or any where it is only a module.
fn has_test(file: &Path, test: Option<&str>) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else {
        return false;
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_marked = |at: usize| {
        lines[at.saturating_sub(4)..at]
            .iter()
            .any(|line| line.ends_with("test]"))
    };
    let of_macro = |name: &str| text.contains("targets!(") && lines.contains(&format!("{name},").as_str());
    match test {
        None | Some("tests") => text.contains("test]") || text.contains("proptest!"),
        Some(test) => {
            let asynchronous = format!("async fn {test}(");
            let plain = format!("fn {test}(");
            let begins = |line: &str| line.starts_with(&asynchronous) || line.starts_with(&plain);
            of_macro(test)
                || lines
                    .iter()
                    .enumerate()
                    .any(|(at, line)| begins(line) && (is_marked(at) || text.contains("proptest!")))
        }
    }
}

/// Where a test of this name could be: its file, and what remains of the name.
fn candidates(reference: &str) -> Vec<(PathBuf, Option<String>)> {
    let (first, rest) = reference.split_once("::").unwrap_or((reference, ""));
    if first.contains('/') {
        return vec![(
            root().join(first),
            Some(rest.to_owned()).filter(|rest| !rest.is_empty()),
        )];
    }
    if first == "fuzz" {
        let test = rest.strip_prefix("tests::").map(str::to_owned);
        return vec![(root().join("crates/fuzzing/src/tests.rs"), test)];
    }
    let folder = BINARIES
        .iter()
        .find(|(name, _)| *name == first)
        .map(|(_, folder)| root().join(folder));
    let Some(folder) = folder else {
        return Vec::new();
    };
    let mut words: Vec<&str> = rest.split("::").collect();
    let mut found = Vec::new();
    let as_module = folder.join(words.join("/"));
    found.push((as_module.with_extension("rs"), None));
    found.push((as_module.join("mod.rs"), None));
    if let Some(test) = words.pop() {
        let module = folder.join(words.join("/"));
        found.push((module.with_extension("rs"), Some(test.to_owned())));
        found.push((module.join("mod.rs"), Some(test.to_owned())));
    }
    found
}

fn exists(reference: &str) -> bool {
    let mut candidates = candidates(reference).into_iter();
    candidates.any(|(file, test)| match test {
        None if file.ends_with("mod.rs") => file.exists(),
        test => has_test(&file, test.as_deref()),
    })
}

#[test]
fn every_requirement_up_to_level_two_has_one_row_with_tests_that_exist() {
    let page = read("docs/asvs.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit())
        .map(cells)
        .collect();
    let ids: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let expected = SECTIONS
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(move |number| format!("{section}.{number}")));
    assert_eq!(ids, expected.collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for row in &rows {
        let [id, asks, how, tests] = row[..] else {
            panic!("{row:?} has {} cells", row.len());
        };
        let excused = how.starts_with("not applicable: ") || how.starts_with("open: ");
        let named: Vec<&str> = in_backticks(tests).collect();
        if asks.is_empty() || how.is_empty() || named.is_empty() && !(excused && tests == "–") {
            wrong.push(format!("{id}: says too little"));
        }
        let lost = named.into_iter().filter(|reference| !exists(reference));
        wrong.extend(lost.map(|reference| format!("{id}: {reference}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let page = read("docs/security.md");
    let named: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(in_backticks)
        .filter(|word| is_reference(word))
        .collect();
    assert!(named.len() > 50, "only {} tests were found", named.len());
    let lost: Vec<_> = named.into_iter().filter(|reference| !exists(reference)).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    for reference in [
        "api::sessions::nobody_ever_wrote_this",
        "api::nowhere",
        "fuzz::tests::nothing",
        "crates/server/src/lib.rs::main",
        "crates/nothing.rs",
        "whatever::else",
    ] {
        assert!(!exists(reference), "{reference}");
    }
    assert!(exists(
        "api::sessions::a_token_that_gitlab_does_not_know_opens_no_session"
    ));
}

#[test]
fn no_crate_of_ours_may_be_unsafe() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let manifest = std::fs::read_to_string(entry.unwrap().path().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{manifest}");
    }
}

#[test]
fn the_inventory_names_every_purpose_of_the_vault() {
    let vault = read("crates/engine/src/vault.rs");
    let labels: Vec<&str> = vault
        .split("b\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|label| label.starts_with("gitlab-bulk "))
        .collect();
    assert!(labels.len() >= 7, "{labels:?}");
    let page = read("docs/security.md");
    for label in labels {
        assert!(
            page.contains(&format!("`{label}`")),
            "{label} is not in docs/security.md"
        );
    }
}

#[test]
fn dependencies_are_held_against_advisories_without_exception() {
    let deny = read("deny.toml");
    for rule in ["yanked = \"deny\"", "unmaintained = \"all\"", "ignore = []"] {
        assert!(deny.contains(rule), "{rule}");
    }
    assert!(
        super::STEPS
            .iter()
            .all(|step| step.name != super::ADVISORIES.name),
        "tests do not ask the network"
    );
    let page = read("docs/security.md");
    for time in ["3 days", "30 days", "90 days"] {
        assert!(page.contains(time), "{time}");
    }
}

#[test]
fn no_interpreter_and_no_second_library_for_tls_is_built_in() {
    let lock = read("Cargo.lock");
    for name in [
        "boa_engine",
        "deno_core",
        "mlua",
        "rhai",
        "rquickjs",
        "rustpython-vm",
        "pyo3",
        "starlark",
        "wasmtime",
        "openssl",
        "openssl-sys",
        "native-tls",
        "aws-lc-rs",
    ] {
        assert!(!lock.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
    assert!(lock.contains("name = \"rustls\"\n"));
}

#[test]
fn no_requirement_is_left_open() {
    let page = read("docs/asvs.md");
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let open: Vec<&str> = rows.filter(|row| row.contains("| open")).collect();
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn what_the_rules_promise_is_written_down() {
    let page = read("docs/security.md");
    for heading in [
        "## The picture",
        "## What is worth protecting",
        "## Keys and ciphers",
        "## From whom",
        "## What is expensive",
        "## Logs",
        "## Dependencies",
    ] {
        assert!(page.contains(heading), "{heading}");
    }
    let page = read("docs/sign-in.md");
    let guessing = page
        .split("## Guessing")
        .nth(1)
        .expect("what is done about guessing");
    for promise in [
        "10 a minute",
        "60 a minute",
        "`RATE_LIMIT_MAX_REQUESTS`",
        "Nothing is counted by account",
    ] {
        assert!(guessing.contains(promise), "{promise}");
    }
    assert!(root().join("Cargo.lock").exists());
    let deny = read("deny.toml");
    assert!(deny.contains("unknown-registry = \"deny\"") && deny.contains("unknown-git = \"deny\""));
}
