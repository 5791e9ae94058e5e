//! A real estate in small, there and back.

use crate::office::Office;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/salsa-small");
const FILES: [&str; 3] = ["groups.csv", "projects.csv", "members.csv"];

#[test]
fn a_real_estate_is_imported_and_its_export_changes_nothing() {
    let office = Office::with_users(200);
    for file in FILES {
        std::fs::copy(format!("{SAMPLE}/{file}"), office.path(file)).unwrap();
    }
    let applied = office.run(&[&["apply", "--yes"][..], &FILES].concat());
    assert_eq!(applied.code, Some(0), "{}{}", applied.stdout, applied.stderr);
    office.file(
        "labels.csv",
        "group,project,name,color\n3dprinting-team,,urgent,#ff0000\n,3dprinting-team/cura,later,#00ff00\n",
    );
    let labels = office.run(&["apply", "--yes", "--type", "create_label", "labels.csv"]);
    assert_eq!(labels.code, Some(0), "{}{}", labels.stdout, labels.stderr);
    office.file(
        "variables.csv",
        "key,value,group,project\nTEAM,printing,3dprinting-team,\nIMAGE,debian,,3dprinting-team/cura\n",
    );
    let variables = office.run(&["apply", "--yes", "variables.csv"]);
    assert_eq!(
        variables.code,
        Some(0),
        "{}{}",
        variables.stdout,
        variables.stderr
    );

    let exported = office.run(&["export", "--include", "members,labels,variables"]);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    for part in [
        "dev-0001",
        "urgent",
        "later",
        "TEAM",
        "IMAGE",
        "Packaging of cura",
    ] {
        assert!(exported.stdout.contains(part), "{part} is not exported");
    }
    office.file("estate.yaml", &exported.stdout);
    let writes = office.writes();
    let planned = office.run(&["plan", "--detailed-exitcode", "estate.yaml"]);
    assert_eq!(planned.code, Some(0), "{}{}", planned.stdout, planned.stderr);
    assert!(
        planned.stdout.contains("Nothing would change."),
        "{}",
        planned.stdout
    );
    assert_eq!(office.writes(), writes);
}
