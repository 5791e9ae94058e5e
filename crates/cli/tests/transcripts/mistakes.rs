use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::Value;

use crate::office::Office;

/// One estate with forty mistakes, no two alike, and a few rows that are right.
const ESTATE: &str = "\
groups:
  - {name: Fine, path: fine, visibility: private}
  - {name: Twin, path: twin, parent: fine, visibility: private}
  - {name: Bad/name, path: bad-name}
  - {name: Platform, path: -platform}
  - {name: Admin, path: admin}
  - {name: One, path: x}
  - {name: {long}, path: long}
  - {path: nameless}
  - {name: Pathless}
  - {name: Open, path: open, visibility: world}
  - {name: Creator, path: creator, project_creation_level: everyone}
  - {name: Nested, path: nested, subgroup_creation_level: developer}
  - {name: Asked, path: asked, request_access_enabled: maybe}
  - {name: Lost, path: lost, parent: no//path}
  - {name: Again, path: FINE}
  - {name: Wordy, path: wordy, description: {long}{long}}
  - {name: Below, path: tree, parent: fine}
  - {name: Bright, path: bright, parent: fine, visibility: public}
  - {name: Deep, path: deep, parent: a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u}
  - {name: Twin, path: twin-2, parent: fine}
  - {name: Numbered, path: numbered, parent: [1, 2]}
projects:
  - {name: Site, path: site, group: fine}
  - {group: fine}
  - {name: Shop, path: shop}
  - {name: (Old), path: old, group: fine}
  - {name: 漢字, group: fine}
  - {name: Repo, path: repo.git, group: fine}
  - {name: Wiki, path: wiki, group: fine, wiki_enabled: perhaps}
  - {name: Merge, path: merge, group: fine, merge_method: squash}
  - {name: Flag, path: flag, group: fine, lfs_enabled: 2}
  - {name: Site too, path: SITE, group: fine}
  - {name: Twin project, path: twin, group: fine}
  - {name: Inside, path: inside, group: fine/site}
  - {name: Secret, path: secret, group: fine, visibility: hidden}
members:
  - {username: dev-0001, group: fine, access_level: developer}
  - {username: dev-0002, user_id: 17, group: fine, access_level: developer}
  - {group: fine, access_level: developer}
  - {username: dev-0003, group: fine, project: fine/site, access_level: developer}
  - {username: dev-0004, access_level: developer}
  - {username: dev-0005, group: fine, access_level: boss}
  - {username: dev-0006, group: fine}
  - {username: dev-0007, group: fine, access_level: 30, expires_at: 2020-01-01}
  - {username: dev-0008, group: fine, access_level: 30, expires_at: 2031-02-30}
  - {username: DEV-0001, group: Fine, access_level: guest}
";

#[test]
fn a_file_with_forty_mistakes_gets_forty_errors_at_once_and_nothing_is_sent() {
    let office = Office::new();
    office.file("estate.yaml", &ESTATE.replace("{long}", &"x".repeat(256)));
    let ran = office.run(&["apply", "--yes", "--output", "json", "estate.yaml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        office.gitlab.journal(0).is_empty(),
        "not even a question was asked"
    );

    let answer = ran.json();
    assert_eq!(answer["error"]["code"], "VALIDATION_ERROR");
    let details = answer["error"]["details"].as_array().unwrap();
    assert_eq!(details.len(), 40);
    let mut places = BTreeSet::new();
    for detail in details {
        assert_eq!(detail["file"], "estate.yaml");
        for part in ["column", "message", "allowed"] {
            assert!(detail[part].is_string(), "no {part} in {detail}");
        }
        assert!(detail["row"].is_u64(), "no row in {detail}");
        places.insert(detail["field"].as_str().unwrap().to_owned());
    }
    assert_eq!(places.len(), 40, "each in another place: {places:?}");
    let read = |detail: &Value| {
        let text = |part: &str| {
            detail[part]
                .as_str()
                .unwrap_or("-")
                .chars()
                .take(90)
                .collect::<String>()
        };
        format!(
            "{}: {} | {} | {}",
            text("field"),
            text("value"),
            text("message"),
            text("allowed")
        )
    };
    assert_snapshot!(details.iter().map(read).collect::<Vec<_>>().join("\n"));
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
