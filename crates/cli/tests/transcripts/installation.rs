//! What an operator sets, a server does.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::Arc;

use domain::{Clock as _, JobEvent, JobOptions, ManualClock, Origin, SystemClock, Timestamp, UserKey};
use serde_json::{Value, json};
use storage::{Database, Jobs as _, NewJob};

use crate::office::{Office, Ran};
use crate::remote::{ask, post};
use crate::servers::terminate;

const SECRET: &str = "a-secret-of-an-installation-long-enough";

/// A server of an office, with what was set for it.
struct Installation<'o> {
    office: &'o Office,
    child: Option<Child>,
    /// The first line on stdout.
    said: Value,
}

impl<'o> Installation<'o> {
    fn begin(office: &'o Office, variables: &[(&str, &str)]) -> Self {
        let mut command = office.command(&["serve"]);
        command.env("PORT", "0").envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self {
            office,
            child: Some(child),
            said,
        }
    }

    fn url(&self, name: &str) -> &str {
        self.said[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {}", self.said))
    }

    fn get(&self, path: &str, headers: &str) -> (String, Value) {
        ask(self.url("url"), "GET", path, headers, "")
    }

    /// Signs in as `root`; the head of the answer.
    fn log_in(&self, headers: &str) -> String {
        let gitlab = &self.office.gitlab;
        let login = json!({ "gitlabUrl": gitlab.url(), "token": gitlab.root_token() });
        let (head, body) = post(self.url("url"), "/api/auth/login", headers, &login);
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}\n{body}");
        head
    }

    /// Asks it to stop, and waits until it has.
    fn ends(mut self) -> Ran {
        let child = self.child.take().unwrap();
        terminate(&child);
        self.office.end(child)
    }
}

impl Drop for Installation<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The value of a header of an answer; empty when it has none.
fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let found = head.lines().find_map(|line| {
        let (this, value) = line.split_once(':')?;
        this.eq_ignore_ascii_case(name).then(|| value.trim())
    });
    found.unwrap_or_default()
}

/// The cookie of a login, as a browser sends it back.
fn cookie(head: &str) -> String {
    let (pair, _) = header(head, "set-cookie").split_once(';').unwrap();
    format!("Cookie: {pair}\r\n")
}

#[test]
fn the_environment_comes_before_dotenv_and_that_before_the_file_that_is_named() {
    let office = Office::new();
    office.file(".env", "PORT=4102\nHOST=127.0.0.2\n");
    office.file(
        "bulk.toml",
        "port = 4103\nhost = \"127.0.0.3\"\npublic_url = \"https://bulk.example.com\"\nsise = 3\n",
    );
    let listens = |variables: &[(&str, &str)], arguments: &[&str]| {
        let ran = office.run_with(variables, &[&["doctor"], arguments].concat());
        let line = ran.stdout.lines().next().unwrap().to_owned();
        let (_, listens) = line.split_once("`serve` listens on ").unwrap();
        let (listens, _) = listens.split_once(';').unwrap();
        (listens.to_owned(), ran.stdout)
    };
    let named = ["--config", "bulk.toml"];
    let (all, said) = listens(&[("PORT", "4101")], &named);
    assert_eq!(
        all,
        "127.0.0.2:4101, browsers reach it at https://bulk.example.com/"
    );
    assert!(
        said.contains("SISE in the configuration file means nothing"),
        "{said}"
    );
    let (without, _) = listens(&[], &named);
    assert_eq!(
        without,
        "127.0.0.2:4102, browsers reach it at https://bulk.example.com/"
    );
    let (unnamed, _) = listens(&[("PORT", ""), ("HOST", "::1")], &[]);
    assert_eq!(unnamed, "[::1]:4102, browsers reach it at http://[::1]:4102");
}

#[test]
fn a_database_is_where_it_was_said_to_be() {
    let office = Office::with_files();
    let elsewhere = [("DATABASE_URL", "sqlite://elsewhere/jobs.db")];
    let job = office
        .run_with(&elsewhere, &["apply", "--yes", "groups.csv"])
        .job();
    assert!(office.path("elsewhere/jobs.db").exists() && !office.path("data/gitlab-bulk.db").exists());
    assert_eq!(office.run(&["jobs", "list"]).stdout, "No jobs.\n");
    assert_eq!(office.run_with(&elsewhere, &["jobs", "show", &job]).code, Some(0));
}

#[test]
fn limits_that_are_set_are_kept() {
    let office = Office::new();
    let server = Installation::begin(
        &office,
        &[
            ("SESSION_TIMEOUT_MS", "120000"),
            ("RATE_LIMIT_MAX_REQUESTS", "4"),
            ("RATE_LIMIT_WINDOW_MS", "60000"),
            ("MAX_REQUEST_SIZE", "1kb"),
            ("MAX_FILE_SIZE", "2kb"),
            ("TRUST_PROXY", "1"),
            ("FRONTEND_URL", "https://one.example.com"),
            ("ALLOWED_ORIGINS", "https://two.example.com"),
        ],
    );
    let head = server.log_in("X-Forwarded-For: 203.0.113.1\r\n");
    assert!(header(&head, "set-cookie").contains("; Max-Age=120"), "{head}");
    let root = cookie(&head);

    // Whom the proxy names is counted, each by himself.
    let statuses = |address: &str, times: usize| -> Vec<String> {
        let forwarded = format!("X-Forwarded-For: {address}\r\n");
        let answers = (0..times).map(|_| server.get("/api/auth/session", &forwarded).0);
        answers.map(|head| head[9..12].to_owned()).collect()
    };
    assert_eq!(statuses("203.0.113.1", 5), ["200", "200", "200", "200", "429"]);
    assert_eq!(statuses("203.0.113.2", 5), ["200", "200", "200", "200", "429"]);
    let (refused, body) = server.get("/api/auth/session", "X-Forwarded-For: 203.0.113.2\r\n");
    assert_eq!(header(&refused, "ratelimit-limit"), "4");
    let wait: u32 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{refused}");
    assert_eq!(body["error"]["code"], "RATE_LIMIT_EXCEEDED");

    let large = json!({ "type": "bulk_create_groups", "data": { "items": [{ "name": "x".repeat(1_100) }] } });
    let (refused, _) = post(server.url("url"), "/api/jobs", &root, &large);
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    let file = |size: usize| {
        let rows = format!("name,path,parent\nAcme,acme,\n# {}\n", "x".repeat(size));
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"groups.csv\"\r\n\r\n{rows}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"start\"\r\n\r\nfalse\r\n--b--\r\n"
        );
        let headers = format!("{root}Content-Type: multipart/form-data; boundary=b\r\n");
        ask(server.url("url"), "POST", "/api/jobs/import", &headers, &body).0
    };
    // Larger than a body of JSON may be.
    let taken = file(1_500);
    assert!(taken.starts_with("HTTP/1.1 201 "), "{taken}");
    assert!(file(2_100).starts_with("HTTP/1.1 413 "));

    for (origin, allowed) in [
        ("https://one.example.com", true),
        ("https://two.example.com", true),
        ("https://three.example.com", false),
    ] {
        let (head, _) = server.get("/health/live", &format!("Origin: {origin}\r\n"));
        let answered = header(&head, "access-control-allow-origin");
        assert_eq!(answered == origin, allowed, "{head}");
    }
}

#[test]
fn in_production_cookies_are_for_tls_only_and_every_line_of_the_log_is_json() {
    let office = Office::new();
    let production = [
        ("NODE_ENV", "production"),
        ("SESSION_SECRET", SECRET),
        ("PUBLIC_URL", "http://bulk.example.com"),
    ];
    let server = Installation::begin(&office, &production);
    let head = server.log_in("");
    let set = header(&head, "set-cookie");
    assert!(
        set.starts_with("__Host-gitlab_bulk_session=") && set.contains("; Secure"),
        "{set}"
    );
    assert!(
        header(&head, "strict-transport-security").starts_with("max-age="),
        "{head}"
    );
    let ran = server.ends();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let lines: Vec<Value> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let warning = lines.iter().find(|line| line["level"] == "WARN").unwrap();
    assert!(
        warning["message"]
            .as_str()
            .unwrap()
            .starts_with("PUBLIC_URL is not an https address"),
        "{warning}"
    );
    assert!(
        lines.iter().any(|line| line["message"] == "Signed in"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains(SECRET));

    let reached = [
        &production[..2],
        &[("PUBLIC_URL", "https://bulk.example.com"), ("LOG_LEVEL", "warn")],
    ]
    .concat();
    let ran = Installation::begin(&office, &reached).ends();
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), ""),
        "nothing is doubtful"
    );
}

#[test]
fn gateway_and_metrics_have_listeners_of_their_own_where_they_are_wanted() {
    let office = Office::new();
    let server = Installation::begin(
        &office,
        &[
            ("GATEWAY_LISTEN", "127.0.0.1:0"),
            ("METRICS_LISTEN", "127.0.0.1:0"),
            ("METRICS_TOKEN", "a-token-of-prometheus"),
        ],
    );
    let (stranger, _) = server.get("/api/gitlab/user", "");
    assert!(
        stranger.starts_with("HTTP/1.1 401 "),
        "GITLAB_TOKEN is nobody's here: {stranger}"
    );
    let root = cookie(&server.log_in(""));
    let wish = json!({ "name": "terraform", "scopes": ["gateway"] });
    let (_, key) = post(server.url("url"), "/api/keys", &root, &wish);
    let key = format!("PRIVATE-TOKEN: {}\r\n", key["key"].as_str().unwrap());
    let (_, user) = ask(server.url("gatewayUrl"), "GET", "/api/v4/user", &key, "");
    assert_eq!(user["username"], "root");
    let (head, _) = ask(server.url("gatewayUrl"), "GET", "/api/jobs", &root, "");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");

    let status = |url: &str, headers: &str| ask(url, "GET", "/metrics", headers, "").0[9..12].to_owned();
    assert_eq!(
        status(server.url("metricsUrl"), ""),
        "200",
        "it asks for no token"
    );
    assert_eq!(status(server.url("url"), ""), "401");
    let bearer = "Authorization: Bearer a-token-of-prometheus\r\n";
    assert_eq!(status(server.url("url"), bearer), "200");
    let (head, _) = ask(server.url("metricsUrl"), "GET", "/health", "", "");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    drop(server);

    let plain = Installation::begin(&office, &[]);
    assert_eq!(plain.said.as_object().unwrap().len(), 1, "{}", plain.said);
    assert_eq!(status(plain.url("url"), bearer), "404", "nobody wanted it");
}

#[test]
fn a_secret_is_changed_and_nobody_has_to_sign_in_again() {
    let office = Office::new();
    let before = Installation::begin(&office, &[("SESSION_SECRET", SECRET)]);
    let root = cookie(&before.log_in(""));
    let is_signed_in =
        |server: &Installation<'_>| server.get("/api/auth/session", &root).1["authenticated"].clone();
    assert_eq!(is_signed_in(&before), true);
    assert_eq!(before.ends().code, Some(0));

    let next = ("SESSION_SECRET", "the-next-secret-of-this-installation");
    let during = Installation::begin(&office, &[next, ("SESSION_SECRET_PREVIOUS", SECRET)]);
    assert_eq!(is_signed_in(&during), true);
    assert_eq!(during.ends().code, Some(0));

    let other = ("SESSION_SECRET", "a-secret-that-sealed-nothing-of-this");
    let after = Installation::begin(&office, &[other]);
    assert_eq!(is_signed_in(&after), false);
}

#[test]
fn the_most_talkative_log_tells_neither_tokens_nor_cookies_nor_secrets() {
    let office = Office::new();
    let server = Installation::begin(&office, &[("SESSION_SECRET", SECRET), ("LOG_LEVEL", "trace")]);
    let root = cookie(&server.log_in(""));
    let (_, session) = root.trim().split_once('=').unwrap();
    let (refused, _) = server.get("/api/gitlab/user?private_token=glpat-in-an-address", &root);
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    let (_, user) = server.get("/api/gitlab/user", &root);
    assert_eq!(user["username"], "root", "{user}");
    let wish = json!({ "name": "a program", "scopes": ["read"] });
    let (_, key) = post(server.url("url"), "/api/keys", &root, &wish);
    let key = key["key"].as_str().unwrap().to_owned();
    let (_, jobs) = server.get("/api/jobs", &format!("Authorization: Bearer {key}\r\n"));
    assert!(jobs["jobs"].is_array(), "{jobs}");
    let session = session.to_owned();
    let log = server.ends().stderr;
    assert!(
        log.contains("TRACE") && log.contains("/api/gitlab/user"),
        "nothing was heard: {log}"
    );
    for secret in [session.as_str(), &key, SECRET, "glpat-in-an-address"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{}… is in the log", &secret[..10]);
    }
}

#[test]
fn protected_paths_are_deleted_by_no_job() {
    let office = Office::with_files();
    assert_eq!(
        office.run(&["apply", "--yes", "groups.csv", "projects.csv"]).code,
        Some(0)
    );
    let protected = [("PROTECTED_PATHS", "acme/web/**")];
    let delete = [
        "run",
        "delete_project",
        "--where",
        "group:acme/web/**",
        "--confirm",
        "acme/web/site",
    ];
    let writes = office.writes();
    let refused = office.run_with(&protected, &delete);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("acme/web/**"), "{}", refused.stderr);
    assert_eq!(office.writes(), writes);
    let deleted = office.run(&delete);
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
}

/// A job of the command line that was cancelled so many days ago.
fn job_of_days_ago(office: &Office, days: u64) -> String {
    let clock = ManualClock::at(Timestamp::from_millis(
        SystemClock::new().now().as_millis() - i64::try_from(days * 86_400_000).unwrap(),
    ));
    let job = NewJob {
        id: format!("01890000-0000-7000-8000-{days:012}").parse().unwrap(),
        kind: "bulk_create_groups".to_owned(),
        origin: Origin::Cli,
        owner: UserKey {
            instance: office.gitlab.url().parse().unwrap(),
            user_id: 1,
        },
        username: "root".to_owned(),
        options: JobOptions::default(),
        retry_of: None,
        undo_of: None,
        autostart: false,
        request: None,
        inputs: None,
        idempotency: None,
        quota: None,
    };
    let id = job.id;
    let file = office.path("data/gitlab-bulk.db");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let database = Database::open(file.to_str().unwrap(), Arc::new(clock))
            .await
            .unwrap();
        database.create_job(job, Vec::new()).await.unwrap();
        database.move_job(id, JobEvent::Cancel, None).await.unwrap();
        database.close().await;
    });
    id.to_string()
}

#[test]
fn jobs_that_ended_long_ago_are_purged_and_others_are_kept() {
    let office = Office::with_files();
    let recent = office.run(&["plan", "groups.csv"]).job();
    let (older, oldest) = (job_of_days_ago(&office, 89), job_of_days_ago(&office, 91));
    let is_there = |job: &str| office.run(&["jobs", "show", job]).code == Some(0);
    assert!(is_there(&older) && is_there(&oldest));
    assert_eq!(office.run(&["plan", "groups.csv"]).code, Some(0));
    assert!(is_there(&older) && !is_there(&oldest), "90 days by default");

    let server = Installation::begin(&office, &[("JOB_RETENTION_DAYS", "30")]);
    while is_there(&older) {
        std::thread::yield_now();
    }
    let ran = server.ends();
    assert!(
        ran.stderr.contains("Purged jobs that ended long ago"),
        "{}",
        ran.stderr
    );
    assert!(is_there(&recent), "what has not ended stays");
}
