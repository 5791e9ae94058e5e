//! What a hostile file can make us do stays within bounds that no real file comes near.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::import::{ImportOptions, InputFile, read_files};

use crate::{import, options};

fn refused(files: &[(&str, &str)]) -> Vec<String> {
    crate::refused(&import(files, &options()).unwrap_err())
}

#[test]
fn a_header_of_a_million_columns_is_refused_and_not_compared_with_all_there_is() {
    let header = vec!["x"; 1_000_000].join(",");
    assert_eq!(
        refused(&[("a.csv", &format!("name,path,{header}\n1,2\n"))]),
        ["a.csv: there are 1000002 columns (allowed: at most 1000)"]
    );
    let mut row = String::from("[{\"name\": 1");
    for number in 0..1_000 {
        let _ = write!(row, ",\"x{number}\": 1");
    }
    assert_eq!(
        refused(&[("a.json", &format!("{row}}}]"))]),
        ["a.json: there are 1001 columns (allowed: at most 1000)"]
    );
}

#[test]
fn the_name_of_a_column_that_every_problem_would_repeat_has_an_end() {
    let name = format!("na{}me", "_".repeat(1_000_000));
    let problems = refused(&[("a.csv", &format!("{name},path,parent\n/,a,\n/,b,\n"))]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("a.csv: the name of a column has 1000004 bytes (found `na____"));
    assert!(problems[0].len() < 250);
}

#[test]
fn a_mapping_of_more_columns_than_a_file_may_have_is_refused() {
    let mapping = (0..1_001).map(|number| (format!("x{number}"), "name".to_owned()));
    let options = ImportOptions {
        mapping: mapping.collect::<BTreeMap<_, _>>(),
        ..options()
    };
    let registry = engine::operations::registry();
    let file = InputFile::new("a.csv", "name,path\na,b\n");
    let problems = read_files(&registry, &[file], &options).unwrap_err();
    assert_eq!(problems.0.len(), 1);
    assert_eq!(problems.0[0].message, "the mapping is of 1001 columns");
}

#[test]
fn a_hundred_thousand_problems_are_listed_and_then_only_that_there_are_more() {
    let rows = "Acme,-,\n".repeat(100_002);
    let problems = refused(&[("groups.csv", &format!("name,path,parent\n{rows}"))]);
    assert_eq!(problems.len(), 100_001);
    let last = &problems[100_000];
    assert!(
        last.contains("more than 100000 problems; the others are not listed"),
        "{last}"
    );
}
