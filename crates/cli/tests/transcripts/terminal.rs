//! What only a terminal sees: questions, colours, a bar that moves. `script` of util-linux is the terminal.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::office::Office;

/// A command at a terminal.
struct Terminal {
    child: Child,
    pieces: Receiver<String>,
    shown: String,
}

impl Terminal {
    fn open(office: &Office, variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let words = [&[env!("CARGO_BIN_EXE_gitlab-bulk")], arguments].concat();
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let mut command = Command::new("/usr/bin/script");
        command
            .args(["-qefc", &quoted.join(" "), "/dev/null"])
            .current_dir(office.path(""))
            .env_clear()
            .envs(
                office
                    .command(&[])
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .envs([("SHELL", "/bin/sh"), ("TERM", "xterm")])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut screen = child.stdout.take().unwrap();
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut buffer) {
                let piece = String::from_utf8_lossy(&buffer[..read]).into_owned();
                if sender.send(piece).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            pieces,
            shown: String::new(),
        }
    }

    /// Waits until these words are on the screen.
    fn shows(&mut self, words: &str) {
        while !self.shown.contains(words) {
            let Ok(piece) = self.pieces.recv() else {
                panic!("`{words}` was never shown: {}", self.shown)
            };
            self.shown.push_str(&piece);
        }
    }

    fn types(&mut self, keys: &str) {
        self.child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(keys.as_bytes())
            .unwrap();
    }

    /// How it ended, and everything that was shown.
    fn ends(mut self) -> (Option<i32>, String) {
        self.shown.extend(self.pieces.iter());
        (self.child.wait().unwrap().code(), self.shown)
    }
}

/// Whether something is coloured, bold or dim.
fn is_coloured(shown: &str) -> bool {
    shown.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

#[test]
fn a_plan_is_shown_in_colour_agreed_to_by_typing_and_a_bar_moves() {
    let office = Office::with_files();
    let mut terminal = Terminal::open(&office, &[], &["apply", "groups.csv"]);
    terminal.shows("Make these 3 changes on ");
    terminal.shows("[y/N] ");
    assert_eq!(office.writes(), 0);
    office.slow_down(50);
    terminal.types("y\n");
    let (code, shown) = terminal.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert!(is_coloured(&shown), "{shown}");
    assert!(shown.contains("░") && shown.contains("/3  "), "no bar: {shown}");
    assert!(shown.contains("3 succeeded"), "{shown}");
    assert_eq!(office.estate().lines().count(), 3);
}

#[test]
fn whoever_does_not_say_yes_keeps_the_plan() {
    let office = Office::with_files();
    for answer in ["\n", "n\n", "yep\n", "\u{3}", "\u{4}"] {
        let mut terminal = Terminal::open(&office, &[], &["apply", "groups.csv"]);
        terminal.shows("[y/N] ");
        terminal.types(answer);
        let (code, shown) = terminal.ends();
        assert_eq!(code, Some(130), "{answer:?}: {shown}");
        assert!(shown.contains("not started; nothing was sent"), "{shown}");
        assert!(
            shown.contains("the plan is kept: gitlab-bulk jobs start "),
            "{shown}"
        );
    }
    assert_eq!(office.writes(), 0);
    let kept = office.run(&["jobs", "list", "--status", "planned", "--output", "ndjson"]);
    assert_eq!(kept.stdout.lines().count(), 5);
}

#[test]
fn what_cannot_be_taken_back_is_typed_out() {
    let office = Office::with_files();
    assert_eq!(
        office.run(&["apply", "--yes", "groups.csv", "projects.csv"]).code,
        Some(0)
    );
    let command = ["run", "delete_project", "--where", "group:acme/web/**", "--yes"];
    for (typed, ends) in [("y\n", 130), ("acme/web\n", 130), ("acme/web/site\n", 0)] {
        let mut terminal = Terminal::open(&office, &[], &command);
        terminal.shows("Type `acme/web/site` to go on: ");
        terminal.types(typed);
        let (code, shown) = terminal.ends();
        assert_eq!(code, Some(ends), "{typed:?}: {shown}");
    }
    let kept = office
        .run(&["jobs", "list", "--status", "planned", "--output", "json"])
        .json();
    let kept = kept["jobs"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(office.run(&["jobs", "start", &kept]).code, Some(2));
    let mut terminal = Terminal::open(&office, &[], &["jobs", "start", &kept]);
    terminal.shows("Type `acme/web/site` to go on: ");
    terminal.types("no\n");
    assert_eq!(terminal.ends().0, Some(130));

    assert!(
        office.estate().contains("site-deletion_scheduled"),
        "{}",
        office.estate()
    );
}

#[test]
fn a_retry_asks_for_what_was_not_agreed_to() {
    let office = Office::with_files();
    assert_eq!(
        office.run(&["apply", "--yes", "groups.csv", "projects.csv"]).code,
        Some(0)
    );
    office.file("old.csv", "project\nacme/web/site\nacme/web/late\n");
    let deletion = [
        "apply",
        "--type",
        "delete_project",
        "--confirm",
        "acme/web/site",
        "old.csv",
    ];
    let job = office.run(&deletion).job();
    let namespace = office.gitlab.group_id("acme/web").unwrap().0;
    let late = serde_json::json!({ "name": "Late", "path": "late", "namespace_id": namespace });
    office.by_hand("POST", "projects", &late);
    let is_there = || {
        let late = office.gitlab.project("acme/web/late");
        late.is_some_and(|project| !project.marked_for_deletion)
    };
    for (typed, ends, stays) in [
        ("y\n", 130, true),
        ("acme/web/site\n", 130, true),
        ("acme/web/late\n", 0, false),
    ] {
        let mut terminal = Terminal::open(&office, &[], &["jobs", "retry", &job, "--yes"]);
        terminal.shows("Type `acme/web/late` to go on: ");
        terminal.types(typed);
        let (code, shown) = terminal.ends();
        assert_eq!((code, is_there()), (Some(ends), stays), "{typed:?}: {shown}");
    }
}

#[test]
fn what_would_go_is_shown_in_red() {
    let office = Office::with_files();
    assert_eq!(
        office.run(&["apply", "--yes", "groups.csv", "members.csv"]).code,
        Some(0)
    );
    office.file(
        "exact.yaml",
        "apiVersion: gitlab-bulk/v1\ngroup: acme\nsubgroups:\n  - { path: web, name: Web, exact: [members], \
         members: [{ username: dev-0002, access_level: guest }, { username: root, access_level: owner }] }\n",
    );
    let (code, shown) = Terminal::open(&office, &[], &["plan", "exact.yaml"]).ends();
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("\u{1b}[31m- remove_member acme/web#dev-0001\u{1b}[0m"),
        "{shown:?}"
    );
    assert!(
        shown.contains("\u{1b}[32m+ add_member acme/web#dev-0002\u{1b}[0m"),
        "{shown:?}"
    );
}

#[test]
fn no_color_means_no_colour() {
    let office = Office::with_files();
    let plan = ["plan", "groups.csv"];
    for (variable, value, coloured) in [
        ("NO_COLOR", "1", false),
        ("NO_COLOR", "", true),
        ("TERM", "dumb", false),
    ] {
        let (code, shown) = Terminal::open(&office, &[(variable, value)], &plan).ends();
        assert_eq!(code, Some(0), "{shown}");
        assert_eq!(is_coloured(&shown), coloured, "{variable}={value}: {shown}");
    }
    // `clap` colours its own words.
    let (code, shown) = Terminal::open(&office, &[("NO_COLOR", "1")], &["plan", "--colour"]).ends();
    assert_eq!((code, is_coloured(&shown)), (Some(2), false), "{shown}");
}

#[test]
fn a_job_that_waits_says_for_how_long_and_why_beside_its_bar() {
    let office = Office::with_files();
    let scheduled = [
        "apply",
        "--yes",
        "--not-before",
        "2099-12-24T22:00:00Z",
        "groups.csv",
    ];
    let mut terminal = Terminal::open(&office, &[], &scheduled);
    terminal.shows(" min (it is not to be run before then (notBefore))");
    terminal.types("\u{3}");
    assert_eq!(terminal.ends().0, Some(130));

    let refused = gitlab_sim::Fault::post("/api/v4/groups").throttle(3_600);
    office.gitlab.fault(refused);
    let mut terminal = Terminal::open(&office, &[], &["apply", "--yes", "groups.csv"]);
    // Asked for an hour, of which a moment has passed.
    terminal.shows("0/3  ");
    terminal.shows("waits 59 min ");
    terminal.shows(" s (GitLab asked to wait)");
    terminal.types("\u{3}");
    let (code, shown) = terminal.ends();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("Go on with: gitlab-bulk jobs resume "), "{shown}");
    assert!(office.gitlab.estate().groups.is_empty());
}

#[test]
fn ctrl_c_pauses_a_job_and_leaves_the_terminal_as_it_was() {
    let office = Office::new();
    let rows: Vec<String> = (0..200).map(|number| format!("G{number},g{number},\n")).collect();
    office.file("groups.csv", &format!("name,path,parent\n{}", rows.concat()));
    office.slow_down(100);
    let mut terminal = Terminal::open(&office, &[], &["apply", "--yes", "groups.csv"]);
    terminal.shows("/200  ");
    terminal.types("\u{3}");
    let (code, shown) = terminal.ends();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("Pausing: "), "{shown}");
    assert!(shown.contains("Go on with: gitlab-bulk jobs resume "), "{shown}");
    // Whoever hides the cursor shows it again.
    let last = |what: &str| shown.rfind(what);
    assert!(last("\u{1b}[?25l") <= last("\u{1b}[?25h"), "{shown:?}");
}
