//! The same commands, done by a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

use gitlab_sim::Fault;
use serde_json::{Value, json};

use crate::afterwards::{half_a_deletion, is_marked, office_with_half_a_deletion};
use crate::office::{GROUPS, Office, Ran, heard_until, job_of};

/// An office with a server of its own, and a key to it.
struct Served {
    office: Office,
    child: Child,
    address: String,
    key: String,
}

impl Served {
    fn begin(office: Office) -> Self {
        let (child, address) = serve(&office, "0");
        let login = json!({ "gitlabUrl": office.gitlab.url(), "token": office.gitlab.root_token() });
        let (head, _) = post(&address, "/api/auth/login", "", &login);
        let cookie = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .starts_with("set-cookie:")
                    .then(|| &line[11..])
            })
            .unwrap_or_else(|| panic!("{head}"));
        let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap().trim());
        let wish = json!({ "name": "terminal", "scopes": ["read", "jobs"] });
        let (_, key) = post(&address, "/api/keys", &cookie, &wish);
        let key = key["key"].as_str().unwrap_or_else(|| panic!("{key}")).to_owned();
        Self {
            office,
            child,
            address,
            key,
        }
    }

    /// The program of somebody who has nothing but the key.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self
            .office
            .command(&[&["--server", &self.address], arguments].concat());
        command
            .env_remove("GITLAB_TOKEN")
            .env_remove("GITLAB_URL")
            .env("DATA_DIR", self.office.path("elsewhere"))
            .env("GITLAB_BULK_API_KEY", &self.key);
        command
    }

    /// What is said, as [`Office::tidy`] has it, and as if it were said here.
    fn tidy(&self, text: &str) -> String {
        let text = text.replace(&format!("gitlab-bulk --server {} ", self.address), "gitlab-bulk ");
        self.office.tidy(&text)
    }

    /// Types what the program said to type: the rest of the line that begins so.
    fn follow(&self, said: &str, word: &str) -> Ran {
        let line = said.lines().find_map(|line| line.strip_prefix(word));
        let line = line.unwrap_or_else(|| panic!("no {word}: {said}"));
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..3], ["gitlab-bulk", "--server", &self.address], "{line}");
        self.run(&words[3..])
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.office.end(self.command(arguments).spawn().unwrap());
        assert!(
            !ran.stdout.contains(&self.key) && !ran.stderr.contains(&self.key),
            "the key is told"
        );
        ran
    }
}

/// Begins a server at this port, and says where it is.
fn serve(office: &Office, port: &str) -> (Child, String) {
    let mut child = office.command(&["serve"]).env("PORT", port).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    (child, said["url"].as_str().unwrap().to_owned())
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn post(address: &str, path: &str, headers: &str, body: &Value) -> (String, Value) {
    ask(address, "POST", path, headers, &body.to_string())
}

pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &str, body: &str) -> (String, Value) {
    let host = address.strip_prefix("http://").unwrap();
    let kind = if headers.contains("Content-Type:") {
        ""
    } else {
        "Content-Type: application/json\r\n"
    };
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}{kind}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

const FILES: [&str; 3] = ["groups.csv", "projects.csv", "members.csv"];

#[test]
fn a_server_does_and_says_what_the_command_line_does_and_says() {
    let alone = Office::with_files();
    let served = Served::begin(Office::with_files());
    for arguments in [
        &["plan", "--full"][..],
        &["plan", "--detailed-exitcode"],
        &["apply"],
        &["apply", "--yes"],
        &["apply", "--yes"],
        &["plan", "--detailed-exitcode"],
    ] {
        let arguments = [arguments, &FILES].concat();
        let (here, there) = (alone.run(&arguments), served.run(&arguments));
        assert_eq!(
            here.code, there.code,
            "{arguments:?}\n{}\n{}",
            here.stderr, there.stderr
        );
        assert_eq!(
            alone.tidy(&here.stdout),
            served.tidy(&there.stdout),
            "{arguments:?}"
        );
    }
    assert_eq!(alone.estate(), served.office.estate());
    assert!(!served.office.path("elsewhere").exists(), "nothing is kept here");

    for arguments in [
        &["export"][..],
        &["export", "--format", "csv", "--only", "projects"],
    ] {
        let (here, there) = (alone.run(arguments), served.run(arguments));
        assert_eq!((here.code, there.code), (Some(0), Some(0)), "{}", there.stderr);
        assert_eq!(here.stdout, there.stdout, "{arguments:?}");
    }
    served
        .office
        .file("estate.yaml", &served.run(&["export", "--include", "all"]).stdout);
    let unchanged = served.run(&["plan", "--detailed-exitcode", "estate.yaml"]);
    assert_eq!(
        unchanged.code,
        Some(0),
        "{}{}",
        unchanged.stdout,
        unchanged.stderr
    );
}

#[test]
fn jobs_of_a_server_are_looked_at_and_steered_from_here() {
    let served = Served::begin(Office::with_files());
    let applied = served.run(&["apply", "--yes", "groups.csv"]);
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    let job = applied.job();
    let listed = served.run(&["jobs", "list", "--output", "json"]).json();
    assert_eq!(listed["jobs"][0]["id"], job.as_str());
    let shown = served.run(&["jobs", "show", &job, "--output", "json"]).json();
    assert_eq!(
        (&shown["status"], &shown["successCount"]),
        (&json!("completed"), &json!(3))
    );
    let items = served.run(&[
        "jobs", "items", &job, "--action", "create", "--limit", "2", "--output", "ndjson",
    ]);
    assert_eq!(items.stdout.lines().count(), 2);
    assert_eq!(served.run(&["jobs", "watch", &job]).code, Some(0));
    let verified = served.run(&["jobs", "verify", &job]);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    assert!(
        verified.stderr.contains("All 3 items are as the job left them"),
        "{}",
        verified.stderr
    );

    let planned = served.run(&["jobs", "undo", &job, "--plan"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    let undo = planned.job();
    let unconfirmed = served.run(&["jobs", "start", &undo]);
    assert_eq!(unconfirmed.code, Some(2), "{}", unconfirmed.stderr);
    let wanted = served.run(&["jobs", "show", &undo, "--output", "json"]).json();
    let wanted = wanted["confirmation"].as_str().unwrap();
    let undone = served.run(&["jobs", "start", &undo, "--confirm", wanted]);
    assert_eq!(undone.code, Some(0), "{}", undone.stderr);
    let left = served.office.estate();
    assert!(
        left.lines().all(|line| line.contains("-deletion_scheduled-")),
        "{left}"
    );
}

#[test]
fn what_failed_at_a_server_is_retried_there_and_removes_nothing_that_was_not_agreed_to() {
    let (alone, here) = office_with_half_a_deletion();
    let served = Served::begin(Office::with_files());
    let there = half_a_deletion(&served.office, |typed| served.run(typed));
    let retry = |more: &[&str]| -> (Ran, Ran) {
        let typed = |job| [&["jobs", "retry", job], more].concat();
        (alone.run(&typed(&here)), served.run(&typed(&there)))
    };
    let tells_the_same = |more: &[&str], code: i32| -> Ran {
        let (here, there) = retry(more);
        assert_eq!(
            (here.code, there.code),
            (Some(code), Some(code)),
            "{more:?}\n{}",
            there.stderr
        );
        assert_eq!(alone.tidy(&here.stdout), served.tidy(&there.stdout), "{more:?}");
        assert_eq!(alone.tidy(&here.stderr), served.tidy(&there.stderr), "{more:?}");
        there
    };

    tells_the_same(&["--code", "NO_SUCH_CODE"], 2);
    let unasked = tells_the_same(&[], 2);
    assert!(
        unasked
            .stderr
            .contains("1 to delete\n\n- delete_project acme/web/late  (old.csv, row 2)\n"),
        "{}",
        unasked.stderr
    );
    tells_the_same(&["--yes"], 2);
    tells_the_same(&["--confirm", "acme/web/site"], 2);
    assert!(!is_marked(&served.office));

    let agreed = tells_the_same(&["--confirm", "acme/web/late"], 0);

    assert!(is_marked(&served.office));
    let retried = served
        .run(&["jobs", "show", &agreed.job(), "--output", "json"])
        .json();
    assert_eq!(
        (&retried["retryOf"], &retried["successCount"]),
        (&json!(there), &json!(1))
    );
}

#[test]
fn what_is_said_to_be_typed_next_can_be_typed() {
    let served = Served::begin(Office::with_files());
    let planned = served.run(&["plan", "groups.csv"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
    let begun = served.follow(&planned.stderr, "Do it: ");
    assert_eq!(begun.code, Some(0), "{}", begun.stderr);
    assert_eq!(served.office.estate().lines().count(), 3);

    served
        .office
        .file("lost.csv", "name,path,parent\nLost,lost,nowhere\n");
    let lost = served.run(&["apply", "--yes", "lost.csv"]);
    assert_eq!(lost.code, Some(1), "{}", lost.stderr);
    let shown = served.follow(&lost.stdout, "All of them: ");
    assert!(shown.stdout.contains("nowhere"), "{}", shown.stdout);
    let kept = served.run(&["apply", "projects.csv"]);
    assert_eq!(kept.code, Some(2), "{}", kept.stderr);
    let (_, later) = kept.stderr.split_once("or go on later: ").unwrap();
    assert_eq!(served.follow(later, "").code, Some(0));
}

#[test]
fn a_server_that_cannot_verify_a_job_says_why_instead_of_keeping_anybody_waiting() {
    let served = Served::begin(Office::with_files());
    let job = served.run(&["apply", "--yes", "groups.csv"]).job();
    let gitlab = &served.office.gitlab;
    gitlab.fault(Fault::get("/api/v4/groups/**").status(401));
    let refused = served.run(&["jobs", "verify", &job]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("\nerror: the job could not be verified: GitLab authentication failed"),
        "{}",
        refused.stderr
    );
    gitlab.clear_faults();
    let verified = served.run(&["jobs", "verify", &job]);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
}

#[test]
fn whoever_waits_for_a_server_that_is_killed_hears_of_what_the_next_one_finds() {
    let mut served = Served::begin(Office::with_files());
    let job = served.run(&["apply", "--yes", "groups.csv"]).job();
    let gitlab = &served.office.gitlab;
    gitlab.fault(Fault::get("/api/v4/groups/**").hang());
    let mut waiting = served.command(&["jobs", "verify", &job]).spawn().unwrap();
    heard_until(&mut waiting, |said| said.contains("The server looks"));
    served.child.kill().unwrap();
    served.child.wait().unwrap();
    served.office.gitlab.clear_faults();
    let (_, port) = served.address.rsplit_once(':').unwrap();
    let (child, address) = serve(&served.office, port);
    assert_eq!(address, served.address);
    served.child = child;
    let verified = served.office.end(waiting);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    assert!(
        verified
            .stderr
            .ends_with("All 3 items are as the job left them.\n"),
        "{}",
        verified.stderr
    );
}

#[test]
fn a_table_that_cannot_be_applied_again_as_it_is_comes_with_a_word_about_it() {
    let alone = Office::new();
    let served = Served::begin(Office::new());
    for office in [&alone, &served.office] {
        office.file("groups, new.csv", "name,path,parent\nLost,lost,nowhere\n");
        office.file("projects.csv", "name,group\nSite,nowhere\n");
    }
    let apply = ["apply", "--yes", "groups, new.csv", "projects.csv"];
    let (here, there) = (alone.run(&apply), served.run(&apply));
    assert_eq!((here.code, there.code), (Some(1), Some(1)), "{}", there.stderr);
    let here = alone.run(&["jobs", "results", &here.job()]);
    let there = served.run(&["jobs", "results", &there.job()]);
    assert_eq!((here.code, there.code), (Some(0), Some(0)), "{}", there.stderr);
    assert_eq!(
        here.stderr,
        "warning: rows of several files with different columns stand in one table; for a table that can be applied \
         again give --file with one of groups, new.csv, projects.csv\n"
    );
    assert_eq!(here.stderr, there.stderr);
    assert_eq!(here.stdout, there.stdout);
}

#[test]
fn a_job_is_run_by_whom_it_belongs_to_also_over_one_database() {
    let served = Served::begin(Office::with_files());
    // The database of the server's own machine.
    let here = served.office.run(&["plan", "groups.csv"]).job();
    let refused = served.run(&["jobs", "start", &here]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("belongs to the command line"),
        "{}",
        refused.stderr
    );
    let there = served.run(&["plan", "groups.csv"]).job();
    let refused = served.office.run(&["jobs", "start", &there]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("belongs to a server"),
        "{}",
        refused.stderr
    );
    assert_eq!(served.office.writes(), 0);

    let begun = served.office.run(&["jobs", "start", &here]);
    assert_eq!(begun.code, Some(0), "{}", begun.stderr);
    assert_eq!(served.office.estate().lines().count(), 3);
}

#[test]
fn json_is_what_the_api_answers() {
    let served = Served::begin(Office::with_files());
    let job = served.run(&["apply", "--yes", "groups.csv"]).job();
    for (arguments, path) in [
        (&["jobs", "show", &job][..], format!("/api/jobs/{job}")),
        (&["jobs", "list", "--limit", "1"], "/api/jobs?limit=1".to_owned()),
        (&["jobs", "items", &job], format!("/api/jobs/{job}/items")),
        (&["operations"], "/api/operations".to_owned()),
    ] {
        let said = match arguments {
            // Is known without a server.
            ["operations"] => served.office.run(&["operations", "--output", "json"]),
            arguments => served.run(&[arguments, &["--output", "json"]].concat()),
        };
        let bearer = format!("Authorization: Bearer {}\r\n", served.key);
        let (_, mut answer) = ask(&served.address, "GET", &path, &bearer, "");
        let mut said = said.json();
        // A cursor of the API is sealed.
        for list in [&mut answer, &mut said] {
            if let Some(cursor) = list.get_mut("nextCursor") {
                *cursor = json!(cursor.is_null());
            }
        }
        assert_eq!(said, answer, "{arguments:?}");
    }
}

#[test]
fn what_is_wrong_is_told_as_the_command_line_tells_it() {
    let alone = Office::new();
    let served = Served::begin(Office::new());
    for office in [&alone, &served.office] {
        office.file(
            "wrong.csv",
            "name,path,parent,visibility\nAcme,-acme,,secret\nWeb,,acme,private\n",
        );
        office.file(
            "lost.csv",
            "Name,Path,Parent,Remark\nLost,lost,nowhere,\"one, two\"\n",
        );
    }
    let arguments = ["apply", "--yes", "wrong.csv"];
    let (here, there) = (alone.run(&arguments), served.run(&arguments));
    assert_eq!((here.code, there.code), (Some(2), Some(2)));
    assert_eq!(here.stderr, there.stderr);
    assert_eq!(
        alone.run(&["plan", "no.csv"]).stderr,
        served.run(&["plan", "no.csv"]).stderr
    );

    let lost = served.run(&["apply", "--yes", "lost.csv"]);
    assert_eq!(lost.code, Some(1), "{}", lost.stderr);
    let rows = served.run(&[
        "jobs",
        "results",
        &lost.job(),
        "--format",
        "csv",
        "--status",
        "failed",
    ]);
    assert!(
        rows.stdout
            .starts_with("Name,Path,Parent,Remark,error\nLost,lost,nowhere,\"one, two\","),
        "{}",
        rows.stdout
    );
    let other = served.run(&["jobs", "results", &lost.job(), "--file", "other.csv"]);
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("lost.csv"), "{}", other.stderr);

    let nobody = "0199d2a4-5c1e-7b60-9c3f-0d5a1f2e3b4c";
    assert_eq!(served.run(&["jobs", "show", nobody]).code, Some(2));
    let selector = served.run(&["run", "archive_project", "--where", "colour=red", "--yes"]);
    assert_eq!(selector.code, Some(2));
    assert_eq!(
        selector.stderr,
        alone
            .run(&["run", "archive_project", "--where", "colour=red", "--yes"])
            .stderr
    );

    let mut stranger = served.command(&["jobs", "list", "--output", "json"]);
    let stranger = served
        .office
        .end(stranger.env("GITLAB_BULK_API_KEY", "gbk_nobody").spawn().unwrap());
    assert_eq!(stranger.code, Some(4), "{}", stranger.stderr);
    assert_eq!(stranger.json()["error"]["code"], "UNAUTHORIZED");
    let mut keyless = served.command(&["jobs", "list"]);
    let keyless = served
        .office
        .end(keyless.env_remove("GITLAB_BULK_API_KEY").spawn().unwrap());
    assert_eq!(keyless.code, Some(4));
    let gone = alone.run_with(
        &[("GITLAB_BULK_API_KEY", "gbk_x")],
        &["--server", "http://127.0.0.1:1", "jobs", "list"],
    );
    assert_eq!(gone.code, Some(3), "{}", gone.stderr);
}

#[test]
fn one_operation_over_a_selection_is_done_by_the_server() {
    let served = Served::begin(Office::with_files());
    assert_eq!(
        served.run(&["apply", "--yes", "groups.csv", "projects.csv"]).code,
        Some(0)
    );
    let shown = served.run(&[
        "run",
        "archive_project",
        "--where",
        "group:acme/web/**",
        "--dry-run",
    ]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.stdout.contains("acme/web/site"), "{}", shown.stdout);
    let refused = served.run(&["run", "delete_project", "--where", "group:acme/web/**", "--yes"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("acme/web/site"), "{}", refused.stderr);
    let confirm = ["--confirm", "acme/web/site"];
    let deleted = served.run(
        &[
            &["run", "delete_project", "--where", "group:acme/web/**"][..],
            &confirm,
        ]
        .concat(),
    );
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_pauses_the_job_at_the_server_and_resume_goes_on() {
    let office = Office::new();
    let rows: Vec<String> = (0..200)
        .map(|number| format!("G{number},g{number},acme,private\n"))
        .collect();
    office.file("groups.csv", &format!("{GROUPS}{}", rows.concat()));
    let served = Served::begin(office);
    served.office.slow_down(100);
    let mut child = served.command(&["apply", "--yes", "groups.csv"]).spawn().unwrap();
    let job = job_of(&mut child);
    // It runs once the first group is there.
    while served.office.writes() < 2 {
        std::thread::yield_now();
    }
    let told = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    let paused = served.office.end(child);
    assert_eq!(paused.code, Some(130), "{}", paused.stderr);
    let shown = served.run(&["jobs", "show", &job, "--output", "json"]).json();
    assert_eq!(shown["status"], "paused");
    served.office.slow_down(0);
    let resumed = served.follow(&paused.stdout, "Go on with: ");
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert_eq!(served.office.estate().lines().count(), 203);
}
