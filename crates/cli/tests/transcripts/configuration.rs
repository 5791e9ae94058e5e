use insta::assert_snapshot;

use crate::office::Office;

#[test]
fn every_mistake_is_said_at_once_and_nothing_happens() {
    let office = Office::with_files();
    let ran = office.run_with(
        &[
            ("GITLAB_API_CONCURRENCY", "0"),
            ("CACHE_TTL", "soon"),
            ("SESSION_SECRET", "hush-hush"),
            ("GITLAB_URL", "gitlab"),
        ],
        &["apply", "--yes", "groups.csv"],
    );
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @r"
    error: the configuration is wrong
      SESSION_SECRET: is too short (allowed: at least 32 bytes, random: `openssl rand -hex 32`)
      GITLAB_URL: not a URL; give it like https://gitlab.example.com (found `gitlab`; allowed: the address of a GitLab server, like https://gitlab.example.com or https://example.com/gitlab)
      GITLAB_API_CONCURRENCY: is out of range (found `0`; allowed: 1 to 1000)
      CACHE_TTL: is not a whole number (found `soon`; allowed: 1 to 86400 (seconds))
    ");
    assert!(office.gitlab.journal(0).is_empty());
    assert!(!office.path("data").exists());
}

#[test]
fn mistakes_in_files_name_the_file() {
    let office = Office::with_files();
    office.file(".env", "MAX_SOCKETS=1\nGITLAB_MAX_SOCKETS=none\n");
    office.file(
        "config.toml",
        "[gitlab]\nsettle_ms = \"long\"\nparent_concurrency = 0\n",
    );
    let ran = office.run(&["apply", "--yes", "--config", "config.toml", "groups.csv"]);
    assert_eq!(ran.code, Some(2));
    assert_snapshot!(ran.stderr, @r"
    error: the configuration is wrong
    .env
      GITLAB_MAX_SOCKETS: is not a whole number (found `none`; allowed: 1 to 10000)
    config.toml
      GITLAB_PARENT_CONCURRENCY: is out of range (found `0`; allowed: 1 to 1000)
    ");
}
