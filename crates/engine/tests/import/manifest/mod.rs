//! Manifests, as people write them: what is understood, and everything that is wrong at once.

mod mistakes;
mod older;
mod schema;
mod tree;

use domain::Problem;
use engine::import::InputFile;
use engine::manifest::{Manifest, read_files};
use engine::operations::registry;

use crate::today;

fn read(name: &str, text: &str) -> Result<Manifest, Vec<String>> {
    let file = InputFile::new(name, text.as_bytes());
    read_files(&registry(), &[file], today())
        .unwrap()
        .map_err(|problems| problems.0.iter().map(Problem::to_string).collect())
}

/// One line per item: operation and parameters; then the sections that are exact, then the warnings.
fn understood(text: &str) -> String {
    let manifest = match read("estate.yaml", text) {
        Ok(manifest) => manifest,
        Err(problems) => return problems.join("\n"),
    };
    let known = std::collections::HashMap::from([(12, "found/by-number".to_owned())]);
    let items = manifest.desired.items(&registry(), &known).unwrap();
    let paths = manifest.desired.full_paths(&known);
    let items = items
        .iter()
        .map(|item| format!("{} {}", item.operation, item.params.get()));
    let exact = manifest
        .desired
        .objects
        .iter()
        .zip(paths)
        .filter(|(object, _)| !object.exact.is_empty())
        .map(|(object, path)| format!("exact {path}: {}", object.exact.join(", ")));
    let warnings = manifest
        .warnings
        .iter()
        .map(|problem| format!("warning: {problem}"));
    items.chain(exact).chain(warnings).collect::<Vec<_>>().join("\n")
}

fn refused(name: &str, text: &str) -> String {
    read(name, text)
        .err()
        .map_or_else(|| "nothing is wrong".to_owned(), |problems| problems.join("\n"))
}
