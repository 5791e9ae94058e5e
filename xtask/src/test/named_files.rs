//! What the pages for people name is there.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn pages() -> Vec<PathBuf> {
    let folders = [
        "",
        "docs",
        "docs/benchmarks",
        "docs/simulator-rules",
        "referees",
        "samples/salsa-small",
    ];
    folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// `crates/…` and so on in backticks, up to the name of a test in it; not with a placeholder in capitals.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    let roots = ["crates/", "xtask/", "docs/", "referees/", "samples/", ".ci/"];
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(move |word| roots.iter().any(|root| word.starts_with(root)))
        .filter_map(|word| word.split("::").next())
        .filter(|word| !word.contains(['*', ' ']) && !word.chars().any(|letter| letter.is_ascii_uppercase()))
}

/// Targets of links to files.
fn linked_files(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .filter_map(|target| target.split('#').next())
}

#[test]
fn every_path_and_link_in_the_pages_leads_somewhere() {
    let mut lost = Vec::new();
    let mut found = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let named = named_paths(&text).map(|path| root().join(path));
        let linked = linked_files(&text).map(|link| page.parent().unwrap().join(link));
        for target in named.chain(linked) {
            if target.exists() {
                found += 1;
            } else {
                lost.push(format!("{}: {}", page.display(), target.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(found > 20, "only {found} paths were found: are pages still read?");
}
