use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

use serde_json::Value;

use crate::office::Office;

/// Reads the first line on stdout, which says where it is.
pub(crate) fn address_of(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    said["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap()
        .to_owned()
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn terminate(child: &Child) {
    signal(child, "-TERM");
}

fn signal(child: &Child, signal: &str) {
    assert!(
        Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_simulator_says_where_it_is_and_stops_when_told() {
    let office = Office::new();
    let estate = ["--groups", "3", "--projects", "4", "--users", "2"];
    let mut child = office
        .command(&["simulate", "--listen", "127.0.0.1:0"])
        .args(estate)
        .spawn()
        .unwrap();
    let address = address_of(&mut child);
    let stats = get(&address, "/_sim/stats");
    assert!(
        stats.contains("\"groups\":3,\"projects\":4,\"users\":3"),
        "{stats}"
    );
    terminate(&child);
    let stopped = child.wait_with_output().unwrap();
    assert_eq!(stopped.status.code(), Some(0));
    let said = String::from_utf8(stopped.stderr).unwrap();
    assert!(said.contains("3 groups, 4 projects, 3 users"), "{said}");
    assert!(said.contains("glpat-sim-root"), "{said}");
}

#[test]
fn a_simulator_keeps_its_state_in_a_file() {
    let office = Office::with_files();
    let begin = || {
        let child = office.command(&[
            "simulate",
            "--listen",
            "127.0.0.1:0",
            "--state",
            "gitlab.json",
            "--groups",
            "0",
        ]);
        let mut child = { child }.spawn().unwrap();
        let address = format!("http://{}", address_of(&mut child));
        (child, address)
    };
    let (child, address) = begin();
    let applied = office.run_with(&[("GITLAB_URL", &address)], &["apply", "--yes", "groups.csv"]);
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    terminate(&child);
    child.wait_with_output().unwrap();

    let (child, address) = begin();
    let again = office.run_with(&[("GITLAB_URL", &address)], &["plan", "groups.csv"]);
    assert!(again.stdout.contains("3 unchanged"), "{}", again.stdout);
    terminate(&child);
    child.wait_with_output().unwrap();
}

#[test]
fn a_server_says_where_it_is_and_stops_when_told() {
    let office = Office::new();
    let mut stderr = String::new();
    for told in ["-TERM", "-INT"] {
        let mut child = office.command(&["serve"]).env("PORT", "0").spawn().unwrap();
        let address = address_of(&mut child);
        let health = get(&address, "/health");
        assert!(
            health.starts_with("HTTP/1.1 200 ") && health.contains("\"status\":\"healthy\""),
            "{health}"
        );
        signal(&child, told);
        let ran = office.end(child);
        assert_eq!(ran.code, Some(0), "{told}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("Stopping: nothing new is accepted") && ran.stderr.contains("Stopped"),
            "{told}: {}",
            ran.stderr
        );
        stderr += &ran.stderr;
    }

    let secret = std::fs::read_to_string(office.path("data").join("session-secret")).unwrap();
    assert_eq!(secret.trim().len(), 64);
    assert!(!stderr.contains(secret.trim()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_in_production_leaves_no_image_of_its_memory() {
    let office = Office::new();
    let mut child = office
        .command(&["serve"])
        .envs([
            ("PORT", "0"),
            ("APP_ENV", "production"),
            ("PUBLIC_URL", "https://bulk.example.com"),
        ])
        .env("SESSION_SECRET", "a-secret-of-production-long-enough-for-it")
        .spawn()
        .unwrap();
    address_of(&mut child);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let numbers: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(numbers, ["0", "0"], "{core}");
    terminate(&child);
    assert_eq!(office.end(child).code, Some(0));
}

#[test]
fn a_server_in_production_does_not_start_without_a_secret() {
    let office = Office::new();
    let ran = office.run_with(&[("APP_ENV", "production"), ("PORT", "many")], &["serve"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "error: the configuration is wrong\n  \
         PORT: is not a whole number (found `many`; allowed: 0 to 65535; 0 picks a free port)\n  \
         SESSION_SECRET: is needed when APP_ENV is production (allowed: at least 32 bytes, random: `openssl rand -hex 32`)\n"
    );
}

#[test]
fn a_port_that_is_taken_is_named() {
    let office = Office::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = office.run_with(&[("PORT", &port)], &["serve"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_demo_needs_nothing_and_ends_with_the_sample_imported() {
    let office = Office::new();
    // Whatever the environment says about another installation has no say in it.
    let output = office
        .command(&["demo", "--exit", "--output", "json"])
        .env("PORT", "0")
        .env("GITLAB_URL", "http://127.0.0.1:9")
        .env("APP_ENV", "production")
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["job"]["status"], "completed");
    assert_eq!(said["job"]["type"], "mixed");
    assert_eq!(said["job"]["successCount"], said["job"]["total"]);
    assert_eq!(said["job"]["total"], 790);
    assert_eq!(said["token"], "glpat-sim-root");
    assert!(said["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(!office.path("data").exists(), "nothing is left behind");
}
