//! What every command has in common: it explains itself, and prints its results as they are wanted.

use serde_json::Value;

use crate::office::Office;

/// Commands below this one, as `--help` lists them.
fn commands_of(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("    "))
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn explains_itself(office: &Office, command: &[&str]) -> usize {
    // Not as `Office::run` does: the simulator's token is no secret there.
    let ran = office.command(&[command, &["--help"]].concat()).output().unwrap();
    let help = String::from_utf8(ran.stdout).unwrap();
    let called = [&["gitlab-bulk"], command].concat().join(" ");
    assert_eq!((ran.status.code(), ran.stderr.len()), (Some(0), 0), "{called}");
    let (_, examples) = help
        .split_once("Examples:\n")
        .unwrap_or_else(|| panic!("{called} --help shows no example:\n{help}"));
    assert!(examples.contains(&called), "{called}: {examples}");
    let below = commands_of(&help);
    let commands = below
        .iter()
        .map(|name| explains_itself(office, &[command, &[name.as_str()]].concat()));
    1 + commands.sum::<usize>()
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let office = Office::new();
    let commands = explains_itself(&office, &[]);
    assert!(commands > 25, "they are found: {commands}");
    let simulate = office.command(&["simulate", "--help"]).output().unwrap();
    let simulate = String::from_utf8(simulate.stdout).unwrap();
    assert!(simulate.contains("[default: 127.0.0.1:8929]"), "{simulate}");
    assert_eq!(office.run(&[]).code, Some(2), "nothing is no command");
}

/// Has the same said in each form; `key` is there in JSON, `column` is the first of the table.
fn say_in_every_form(office: &Office, command: &[&str], key: &str, column: &str) {
    let say = |form: &str| {
        let ran = office.run(&[command, &["--output", form]].concat());
        assert_eq!(ran.code, Some(0), "{command:?} --output {form}: {}", ran.stderr);
        assert!(!ran.stdout.is_empty(), "{command:?} --output {form} says nothing");
        ran.stdout
    };
    for text in [say("text"), office.run(command).stdout] {
        assert!(!text.starts_with(['{', '[']), "{command:?}: {text}");
    }
    let document: Value = serde_json::from_str(&say("json")).unwrap();
    assert!(!document[key].is_null(), "{command:?}: {document}");
    for line in say("ndjson").lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        assert!(object.is_object(), "{command:?}: {line}");
    }
    let table = say("csv");
    let header = table.lines().next().unwrap();
    assert_eq!(header.split(',').next(), Some(column), "{command:?}: {header}");
    assert!(table.lines().count() > 1, "{command:?}: {table}");
}

#[test]
fn results_are_text_or_json_or_lines_of_json_or_a_table() {
    let office = Office::with_files();
    let job = office
        .run(&["apply", "--yes", "groups.csv", "projects.csv"])
        .job();
    let select = [
        "--where",
        "group:acme/**",
        "--set",
        "description=Anvils",
        "--dry-run",
    ];
    for (command, key, column) in [
        (&["operations"][..], "operations", "name"),
        (&["doctor"], "checks", "name"),
        (&["plan", "members.csv"], "items", "index"),
        (
            &[&["run", "update_project"][..], &select].concat(),
            "items",
            "index",
        ),
        (&["apply", "--yes", "groups.csv"], "status", "id"),
        (&["jobs", "list"], "jobs", "id"),
        (&["jobs", "show", &job], "status", "id"),
        (&["jobs", "watch", &job], "status", "id"),
        (&["jobs", "items", &job], "items", "index"),
        (&["jobs", "undo", &job, "--plan"], "items", "index"),
    ] {
        say_in_every_form(&office, command, key, column);
    }
    let unknown = office.run(&["jobs", "list", "--output", "xml"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains("text, json, ndjson, csv"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn what_cannot_be_taken_back_is_confirmed_by_its_text_and_by_nothing_else() {
    let office = Office::with_files();
    assert_eq!(
        office.run(&["apply", "--yes", "groups.csv", "projects.csv"]).code,
        Some(0)
    );
    office.file("doomed.txt", "acme/web/site\nacme/ops/tools\n");
    let writes = office.writes();
    let apply =
        |given: &[&str]| office.run(&[&["apply", "--type", "delete_project", "doomed.txt"], given].concat());
    for given in [
        &["--yes"][..],
        &["--confirm", "delete 3 projects"],
        &["--confirm", ""],
    ] {
        let refused = apply(given);
        assert_eq!(refused.code, Some(2), "{given:?}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("delete 2 projects"),
            "{given:?}: {}",
            refused.stderr
        );
        assert_eq!(office.writes(), writes, "{given:?}");
    }
    let deleted = apply(&["--confirm", "delete 2 projects"]);
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
    assert_eq!(office.writes(), writes + 2);
}

#[test]
fn one_of_something_is_said_as_people_say_it() {
    let office = Office::new();
    office.file("one.csv", "name,path,parent\nAcme,acme,\n");
    let ran = office.run(&["apply", "--yes", "one.csv"]);
    let (said, job) = (office.tidy(&format!("{}{}", ran.stderr, ran.stdout)), ran.job());
    assert!(
        said.starts_with("Job <job> of 1 item for root\nComparing 1 item with <gitlab> …\n"),
        "{said}"
    );
    assert!(said.contains("Job <job> completed, 1 item in "), "{said}");
    let verified = office.run(&["jobs", "verify", &job]);
    assert_eq!(verified.stderr, "The one item is as the job left it.\n");
}

#[test]
fn an_estate_is_exported_in_part_and_as_json() {
    let office = Office::with_files();
    assert_eq!(
        office.run(&["apply", "--yes", "groups.csv", "projects.csv"]).code,
        Some(0)
    );
    let part = office.run(&["export", "--group", "acme/web", "--format", "json"]);
    assert_eq!(part.code, Some(0), "{}", part.stderr);
    assert!(
        part.stdout.contains("\"site\"") && !part.stdout.contains("\"tools\""),
        "{}",
        part.stdout
    );
    assert_eq!(part.json()["apiVersion"], "gitlab-bulk/v1");
    office.file("part.json", &part.stdout);
    let plan = office.run(&["plan", "--detailed-exitcode", "part.json"]);
    assert_eq!(plan.code, Some(0), "{}{}", plan.stdout, plan.stderr);
}

#[test]
fn a_token_is_neither_told_nor_kept_by_the_command_line() {
    let office = Office::with_files();
    // Whatever is said, even the most talkative log, is looked through by the office.
    let talkative = office.run_with(&[("LOG_LEVEL", "trace")], &["apply", "--yes", "groups.csv"]);
    assert!(talkative.stderr.contains("TRACE"), "{}", talkative.stderr);
    let token = office.gitlab.root_token();
    let mut folders = vec![office.path("data")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            read += bytes.len();
            let found = bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes());
            assert!(!found, "the token is in {}", path.display());
        }
    }
    assert!(read > 10_000, "the database was looked at: {read}");
}
