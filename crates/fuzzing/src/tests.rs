//! What `cargo xtask test` runs of it: the seeds, and a while of their mutations, always the same ones.

use std::path::{Path, PathBuf};

use crate::TARGETS;
use crate::mutate::Mutations;

/// About a second each, without optimisation.
const MUTATIONS: usize = 1_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = folder().join("seeds").join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("{} is missing", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has no seed");
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// One test for each target, so that all of them are looked at.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let seeds = seeds(stringify!($name));
                for seed in &seeds {
                    crate::run(stringify!($name), seed);
                }
                for input in Mutations::of(&seeds, 1).take(MUTATIONS) {
                    crate::run(stringify!($name), &input);
                }
            }
        )*

        #[test]
        fn every_target_is_run_here_and_under_libfuzzer() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            let manifest = std::fs::read_to_string(folder().join("Cargo.toml")).unwrap();
            for name in names {
                assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is missing in fuzz/Cargo.toml");
                let driver = folder().join(format!("fuzz_targets/{name}.rs"));
                assert!(std::fs::read_to_string(driver).unwrap().contains(&format!("run(\"{name}\"")), "{name}");
            }
        }
    };
}

targets!(
    manifest,
    table,
    rows,
    yaml,
    workbook,
    job_body,
    selector,
    form,
    query,
    gitlab_answers,
    gitlab_limits,
    hook,
    links,
    proxy_path,
    credentials,
    addresses,
    graphql,
    hidden,
    configuration,
    upload,
    socket,
    headers,
    nodes,
    words,
    ledger,
);
