//! An operator looks after an installation.

use std::fs;
use std::time::Duration;

use domain::{Clock as _, SystemClock};
use gitlab_sim::Fault;
use insta::assert_snapshot;
use storage::Database;

use crate::office::{Office, job_of};

#[test]
fn the_doctor_finds_a_well_installation_well_and_changes_nothing() {
    let office = Office::with_files();
    let ran = office.run(&["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let said: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| !line.contains(" disk "))
        .collect();
    assert_snapshot!(office.tidy(&said.join("\n")), @r"
    ok       configuration  `serve` listens on 127.0.0.1:4000, browsers reach it at http://127.0.0.1:4000; <gitlab>
    ok       data           <folder>/data is made at the first start
    ok       database       <folder>/data/gitlab-bulk.db is made at the first start
    ok       gitlab         <gitlab> is GitLab 18.9.1-ee
    ok       clock          this machine's clock agrees with GitLab's
    ok       token          GITLAB_TOKEN belongs to root, an administrator, with scope api, sudo, admin_mode
    ");
    assert!(!office.path("data").exists(), "nothing is made");
    assert_eq!(office.writes(), 0);
}

#[test]
fn the_doctor_says_how_to_mend_each_thing() {
    let office = Office::with_files();
    let ran = office.run_with(&[("GITLAB_TOKEN", "glpat-of-nobody")], &["doctor"]);
    assert_eq!(ran.code, Some(4));
    assert!(
        ran.stdout.contains(
            "failed   token          GITLAB_TOKEN is unknown to GitLab, expired or revoked\n                        \
             make a new one with scope `api` under Preferences, Access tokens\n"
        ),
        "{}",
        ran.stdout
    );

    let ran = office.run_with(&[("GITLAB_URL", "http://127.0.0.1:1")], &["doctor"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stdout.contains("failed   gitlab "), "{}", ran.stdout);

    let ran = office.run_with(
        &[("PORT", "high"), ("MAX_FILE_SIZE", "lots"), ("GITLAB_TOKEN", "")],
        &["doctor", "--output", "json"],
    );
    assert_eq!(ran.code, Some(2), "the configuration comes first");
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["status"], "unhealthy");
    let failed: Vec<_> = said["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["status"] == "failed")
        .map(|check| check["message"].as_str().unwrap())
        .collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
}

#[test]
fn whoever_has_a_token_that_ends_soon_hears_of_it_in_time() {
    let office = Office::with_files();
    let in_days = |days: u64| {
        let day = SystemClock::new()
            .now()
            .plus(Duration::from_hours(24 * days))
            .to_string();
        day[..10].to_owned()
    };
    let soon = in_days(2);
    let token = office.token_until(&soon);
    let ran = office.run_with(&[("GITLAB_TOKEN", &token)], &["doctor"]);
    assert_eq!(ran.code, Some(0), "a warning counts as working: {}", ran.stdout);
    let warning = format!("warning  token          GITLAB_TOKEN stops working on {soon}\n");
    assert!(ran.stdout.contains(&warning), "{}", ran.stdout);
    let applied = office.run_with(&[("GITLAB_TOKEN", &token)], &["apply", "--yes", "groups.csv"]);
    assert_eq!(applied.code, Some(0));
    let warning =
        format!("warning: GITLAB_TOKEN stops working on {soon}; a job that is not done by then waits");
    assert!(applied.stderr.contains(&warning), "{}", applied.stderr);

    let later = office.token_until(&in_days(60));
    let ran = office.run_with(&[("GITLAB_TOKEN", &later)], &["doctor"]);
    assert!(!ran.stdout.contains("stops working"), "{}", ran.stdout);

    let narrow = office.token_with(&["read_user"]);
    let ran = office.run_with(&[("GITLAB_TOKEN", &narrow)], &["doctor"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("with scope read_user: it cannot use the API"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_doctor_looks_at_a_database_in_postgresql_and_changes_nothing_there() {
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        eprintln!("skipped: TEST_DATABASE_URL is not set (`cargo xtask test` sets it)");
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(Database::make_schema(&server)).unwrap();
    let (office, at) = (Office::with_files(), [("DATABASE_URL", address.as_str())]);
    for _ in 0..2 {
        let empty = office.run_with(&at, &["doctor"]);
        assert_eq!(empty.code, Some(0), "{}", empty.stdout);
        assert!(
            empty
                .stdout
                .contains("; its tables are brought up to date at the next start\n"),
            "{}",
            empty.stdout
        );
        assert!(!empty.stdout.contains(" audit "), "{}", empty.stdout);
    }
    assert_eq!(
        office.run_with(&at, &["apply", "--yes", "groups.csv"]).code,
        Some(0)
    );
    let well = office.run_with(&at, &["doctor"]);
    assert!(
        well.stdout
            .contains("ok       audit          0 rows follow from each other, chain by chain\n"),
        "{}",
        well.stdout
    );
}

#[test]
fn the_doctor_tries_redis_and_does_not_tell_its_password() {
    let office = Office::with_files();
    let gone = "redis://bulk:hunter2@127.0.0.1:1/3";
    let ran = office.run_with(&[("REDIS_URL", gone)], &["doctor"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stdout
            .contains("failed   redis          redis://127.0.0.1:1/3 cannot be used: "),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
    let Ok(there) = std::env::var("TEST_REDIS_URL") else {
        eprintln!("the rest is skipped: TEST_REDIS_URL is not set (`cargo xtask test` sets it)");
        return;
    };
    let ran = office.run_with(&[("REDIS_URL", &there)], &["doctor"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("ok       redis          redis://"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_doctor_sees_a_damaged_database() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    let file = office.path("data/gitlab-bulk.db");
    let well = office.run(&["doctor"]);
    assert!(
        well.stdout.contains("is whole: 1 jobs, 0 not over"),
        "{}",
        well.stdout
    );
    assert!(
        well.stdout
            .contains("ok       audit          0 rows follow from each other"),
        "{}",
        well.stdout
    );
    // Its log may hold every page of it.
    let _ = fs::remove_file(office.path("data/gitlab-bulk.db-wal"));
    fs::write(&file, "this is not a database, whatever its name says").unwrap();
    let ill = office.run(&["doctor"]);
    assert_eq!(ill.code, Some(3));
    assert!(
        ill.stdout
            .contains("`gitlab-bulk restore` puts a backup in its place"),
        "{}",
        ill.stdout
    );
}

#[test]
fn a_backup_is_restored_and_what_was_there_is_kept() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    let made = office.run(&["backup", "copy.db"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(
        made.stderr.starts_with("Copied 1 jobs to copy.db."),
        "{}",
        made.stderr
    );
    let again = office.run(&["backup", "copy.db"]);
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (
            Some(2),
            "error: copy.db exists already\n       a backup is never written over\n"
        )
    );

    assert_eq!(office.run(&["apply", "--yes", "projects.csv"]).code, Some(0));
    let asked = office.run(&["restore", "copy.db"]);
    assert_eq!(asked.code, Some(2), "a database is there, and nobody agreed");
    let restored = office.run(&["restore", "copy.db", "--yes", "--output", "json"]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    let said: serde_json::Value = serde_json::from_str(&restored.stdout).unwrap();
    assert_eq!((&said["jobs"], &said["openJobs"]), (&1.into(), &0.into()));
    assert!(fs::metadata(said["former"].as_str().unwrap()).unwrap().len() > 0);
    let jobs = office.run(&["jobs", "list", "--output", "json"]);
    let jobs: serde_json::Value = serde_json::from_str(&jobs.stdout).unwrap();
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_is_restored_under_a_process_that_runs_a_job() {
    let office = Office::with_files();
    assert_eq!(office.run(&["apply", "--yes", "groups.csv"]).code, Some(0));
    assert_eq!(office.run(&["backup", "copy.db"]).code, Some(0));
    office.gitlab.fault(Fault::post("/api/v4/projects").hang());
    let mut running = office.begin(&["apply", "--yes", "projects.csv"]);
    // Its job is in the database by then.
    job_of(&mut running);
    let refused = office.run(&["restore", "copy.db", "--yes"]);
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("stop `serve` and other commands first"),
        "{}",
        refused.stderr
    );
    let restored = office.run(&["restore", "copy.db", "--yes"]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
}
