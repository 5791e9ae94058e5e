use insta::assert_snapshot;

use crate::office::Office;

#[test]
fn every_template_can_be_applied_as_it_is() {
    let office = Office::new();
    let operations = office.run(&["operations", "--output", "json"]).json();
    let operations = operations["operations"].as_array().unwrap().clone();
    assert!(operations.len() >= 3);
    for operation in &operations {
        let name = operation["type"].as_str().unwrap();
        for format in ["csv", "yaml", "json"] {
            let template = office.run(&["template", name, "--format", format]);
            assert_eq!(template.code, Some(0));
            let file = format!("{name}.{format}");
            office.file(&file, &template.stdout);
            let planned = office.run(&["plan", "--output", "json", "--type", name, &file]);
            // Its parent is not there, but every field was understood.
            assert!(
                planned.code.is_some_and(|code| code <= 1),
                "{file}: {}",
                planned.stderr
            );
            assert_eq!(planned.json()["items"][0]["operation"], name, "{file}");
            assert!(!planned.stderr.contains("warning"), "{file}: {}", planned.stderr);
        }
    }
}

#[test]
fn operations_are_listed_for_people() {
    let office = Office::new();
    let listed = office.run(&["operations"]).stdout;
    let rows: Vec<Vec<String>> = listed.lines().map(columns).collect();
    assert_eq!(rows[0], ["OPERATION", "FILES OF", "NEEDS", "WHAT IT DOES"]);
    let registry = engine::operations::registry();
    let all: Vec<Vec<String>> = registry
        .iter()
        .map(|operation| {
            let permission = operation.permission();
            let row = [
                operation.name(),
                operation.items(),
                permission.name(),
                operation.title(),
            ];
            row.map(str::to_owned).to_vec()
        })
        .collect();
    assert_eq!(rows[1..], all);
    let one = listed.lines().find(|line| line.starts_with("protect_branch"));
    assert_snapshot!(one.unwrap(), @"protect_branch        protected_branches      maintainer  Protect a branch, or change how it is protected");
}

/// The cells of a line; two spaces at least are between them.
fn columns(line: &str) -> Vec<String> {
    let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    cells.map(str::to_owned).collect()
}

#[test]
fn an_unknown_operation_is_told_which_there_are() {
    let office = Office::new();
    let ran = office.run(&["template", "create_world"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("add_member") && ran.stderr.contains("update_project"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let office = Office::new();
    let page = office.run(&["man", "jobs", "resume"]);
    assert_eq!(page.code, Some(0));
    assert!(
        page.stdout.contains("gitlab\\-bulk\\-jobs\\-resume"),
        "{}",
        page.stdout
    );
    assert_eq!(office.run(&["man", "world"]).code, Some(2));
}

#[test]
fn completions_know_the_commands() {
    let office = Office::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = office.run(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        assert!(script.stdout.contains("template"), "{shell}");
    }
}
