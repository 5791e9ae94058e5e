use insta::assert_snapshot;
use serde_json::Value;

use crate::office::Office;

/// Forty rows, each wrong in its own way or place.
fn forty_mistakes() -> String {
    let mut rows = String::from("name,path,parent,visibility\n");
    for row in 1..=40 {
        let line = match row % 4 {
            0 => format!("Group {row},group-{row},,secret\n"),
            1 => format!("Group {row},-group-{row},,public\n"),
            2 => format!(",group-{row},,public\n"),
            _ => format!("Group {row},,,public\n"),
        };
        rows.push_str(&line);
    }
    rows
}

#[test]
fn forty_mistakes_get_forty_errors_at_once_and_nothing_is_sent() {
    let office = Office::new();
    office.file("groups.csv", &forty_mistakes());
    let ran = office.run(&["apply", "--yes", "--output", "json", "groups.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        office.gitlab.journal(0).is_empty(),
        "not even a question was asked"
    );

    let answer = ran.json();
    assert_eq!(answer["error"]["code"], "VALIDATION_ERROR");
    let details = answer["error"]["details"].as_array().unwrap();
    assert_eq!(details.len(), 40);
    let rows: Vec<u64> = details
        .iter()
        .filter_map(|detail| detail["row"].as_u64())
        .collect();
    assert_eq!(rows, (1..=40).collect::<Vec<u64>>());
    for detail in details {
        assert_eq!(detail["file"], "groups.csv");
        for part in ["column", "message", "allowed"] {
            assert!(detail[part].is_string(), "no {part} in {detail}");
        }
    }
    let fourth = details.iter().find(|detail| detail["row"] == 4).unwrap();
    assert_eq!(fourth["value"], "secret");
    assert_eq!(fourth["column"], "visibility");
    assert!(
        ran.stderr
            .contains("error: 40 problems in the input; nothing was sent"),
        "{}",
        ran.stderr
    );
}

#[test]
fn people_read_mistakes_grouped_by_file() {
    let office = Office::new();
    office.file("groups.csv", "name,path,parent,visibility\nAcme,acme,,secret\n");
    office.file("members.csv", "username,group,access_level\ndev-0001,acme,king\n");
    let ran = office.run(&["plan", "groups.csv", "members.csv", "nowhere.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("nowhere.csv"), "{}", ran.stderr);

    let ran = office.run(&["plan", "groups.csv", "members.csv"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stdout, "");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines[0], "error: 2 problems in the input; nothing was sent");
    assert_eq!(lines[1], "groups.csv");
    assert!(
        lines[2].starts_with("  row 1, visibility: ") && lines[2].contains("`secret`"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3], "members.csv");
    assert!(
        lines[4].starts_with("  row 1, access_level: ") && lines[4].contains("`king`"),
        "{}",
        lines[4]
    );
}

#[test]
fn mistakes_as_csv_can_be_opened_beside_the_input() {
    let office = Office::new();
    office.file("groups.csv", "name,path,parent,visibility\nAcme,acme,,secret\n");
    let ran = office.run(&["plan", "--output", "csv", "groups.csv"]);
    assert_eq!(ran.code, Some(2));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "file,row,column,value,allowed,message");
    assert!(
        lines[1].starts_with("groups.csv,1,visibility,secret,"),
        "{}",
        lines[1]
    );
}

#[test]
fn rows_that_are_wrong_can_be_left_out() {
    let office = Office::new();
    office.file(
        "groups.csv",
        "name,path,parent,visibility\nAcme,acme,,secret\nBeta,beta,,public\n",
    );
    let ran = office.run(&["apply", "--yes", "--skip-invalid", "groups.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("warning: left out: groups.csv, row 1, visibility: "),
        "{}",
        ran.stderr
    );
    assert_snapshot!(office.estate(), @"group   beta");
}

#[test]
fn wrong_usage_is_exit_code_two() {
    let office = Office::new();
    for arguments in [
        &["apply"] as &[&str],
        &["aply", "x.csv"],
        &["plan", "--map", "nothing", "x.csv"],
        &["jobs", "show", "not-an-id"],
        &["jobs", "list", "--status", "sleeping"],
        &["simulate", "--rate-limit", "fast"],
    ] {
        assert_eq!(office.run(arguments).code, Some(2), "{arguments:?}");
    }
    let unknown = office.run(&[
        "jobs",
        "show",
        "--output",
        "json",
        "01890000-0000-7000-8000-000000000000",
    ]);
    assert_eq!(unknown.code, Some(2));
    assert_eq!(unknown.json()["error"]["code"], Value::from("NOT_FOUND"));
}
