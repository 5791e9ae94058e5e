use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use gitlab_sim::{Options, Simulator};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A person with a terminal, a folder of their own, and a GitLab to work on.
pub(crate) struct Office {
    pub(crate) gitlab: Simulator,
    folder: TempDir,
    runtime: Runtime,
}

/// What a command came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Three groups, one below another, two projects and a member.
pub(crate) const GROUPS: &str =
    "name,path,parent,visibility\nAcme,acme,,public\nWeb,web,acme,public\nOps,ops,acme,private\n";
pub(crate) const PROJECTS: &str =
    "name,path,group,visibility\nSite,site,acme/web,public\nTools,tools,acme/ops,private\n";
pub(crate) const MEMBERS: &str = "username,group,access_level\ndev-0001,acme/web,developer\n";

impl Office {
    /// A GitLab with nothing but `root` and a few users.
    pub(crate) fn new() -> Self {
        Self::with_users(5)
    }

    /// A GitLab with `root` and so many users.
    pub(crate) fn with_users(users: u32) -> Self {
        Self::at(Options::empty().users(users))
    }

    /// A GitLab like this.
    pub(crate) fn at(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let gitlab = runtime.block_on(Simulator::start_with(options)).unwrap();
        Self {
            gitlab,
            folder: tempfile::tempdir().unwrap(),
            runtime,
        }
    }

    /// As [`Office::new`], with the three small files in the folder.
    pub(crate) fn with_files() -> Self {
        let office = Self::new();
        office.file("groups.csv", GROUPS);
        office.file("projects.csv", PROJECTS);
        office.file("members.csv", MEMBERS);
        office
    }

    /// Puts a file into the folder.
    pub(crate) fn file(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with the environment of this office, and nothing else in it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gitlab-bulk"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("GITLAB_URL", self.gitlab.url())
            .env("GITLAB_TOKEN", self.gitlab.root_token())
            .env("GITLAB_API_RATE_LIMIT", "unlimited")
            .env("GITLAB_SETTLE_MS", "0")
            .env("DATA_DIR", self.path("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Types a command and waits for its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(&self.command(arguments).output().unwrap())
    }

    /// As [`Office::run`], with further variables.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        self.ran(&command.envs(variables.iter().copied()).output().unwrap())
    }

    /// Begins a command and leaves it running.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits for the end of a command that was begun.
    pub(crate) fn end(&self, child: Child) -> Ran {
        self.ran(&child.wait_with_output().unwrap())
    }

    fn ran(&self, output: &Output) -> Ran {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            assert!(
                !text.contains(&self.gitlab.root_token()),
                "the token is in the output:\n{text}"
            );
            assert!(
                !text.contains('\u{1b}'),
                "no terminal is there, and it is coloured:\n{text}"
            );
            text
        };
        Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Everything written so far, as one text per stream: names of the run are replaced by fixed words.
    pub(crate) fn tidy(&self, text: &str) -> String {
        let mut tidied = text
            .replace(self.gitlab.url(), "<gitlab>")
            .replace(&self.folder.path().display().to_string(), "<folder>");
        while let Some(id) = tidied
            .split(|letter: char| !(letter.is_ascii_hexdigit() || letter == '-'))
            .find(|word| word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4)
        {
            tidied = tidied.replace(&id.to_owned(), "<job>");
        }
        without_durations(&tidied)
    }

    /// Writes that GitLab was asked for.
    pub(crate) fn writes(&self) -> usize {
        self.gitlab
            .journal(0)
            .iter()
            .filter(|entry| entry.method != "GET")
            .count()
    }

    /// Has the administrator make a token of `root` with these scopes.
    pub(crate) fn token_with(&self, scopes: &[&str]) -> String {
        self.token(&serde_json::json!({ "name": "narrow", "scopes": scopes }))
    }

    /// Has the administrator make a token of `root` that stops working on this day.
    pub(crate) fn token_until(&self, day: &str) -> String {
        self.token(&serde_json::json!({ "name": "short", "scopes": ["api"], "expires_at": day }))
    }

    fn token(&self, wish: &Value) -> String {
        let token = self.by_hand("POST", "users/1/personal_access_tokens", wish);
        token["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{token}"))
            .to_owned()
    }

    /// The administrator does something in GitLab without us; returns GitLab's answer.
    pub(crate) fn by_hand(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let address = self.gitlab.address();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} /api/v4/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             PRIVATE-TOKEN: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.gitlab.root_token(),
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Makes GitLab wait before each answer.
    pub(crate) fn slow_down(&self, millis: u64) {
        let _inside = self.runtime.enter();
        let changes = serde_json::from_value(serde_json::json!({ "latencyMs": millis })).unwrap();
        self.gitlab.limit(changes).unwrap();
    }

    /// Everything there is in GitLab, as lines.
    pub(crate) fn estate(&self) -> String {
        let estate = self.gitlab.estate();
        let groups = estate
            .groups
            .iter()
            .map(|group| format!("group   {}\n", group.full_path));
        let projects = estate
            .projects
            .iter()
            .map(|project| format!("project {}\n", project.full_path));
        let members = estate
            .members
            .iter()
            .filter(|member| member.username != "root")
            .map(|member| format!("member  {} {}\n", member.source, member.username));
        groups.chain(projects).chain(members).collect()
    }
}

impl Ran {
    /// Stdout as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// The id of the job that was made.
    pub(crate) fn job(&self) -> String {
        job_in(&self.stderr).unwrap_or_else(|| panic!("no job: {}", self.stderr))
    }
}

fn job_in(text: &str) -> Option<String> {
    Some(
        text.lines()
            .find_map(|line| line.strip_prefix("Job "))?
            .split_whitespace()
            .next()?
            .to_owned(),
    )
}

/// Reads stderr of a running command up to the line that names the job.
pub(crate) fn job_of(child: &mut Child) -> String {
    let said = heard_until(child, |said| job_in(said).is_some());
    job_in(&said).unwrap()
}

/// Reads stderr of a running command up to the line with which `enough` is said, and nothing of what comes after it.
pub(crate) fn heard_until(child: &mut Child, enough: impl Fn(&str) -> bool) -> String {
    let (stderr, mut said) = (child.stderr.as_mut().unwrap(), Vec::new());
    let mut byte = [0];
    while stderr.read(&mut byte).unwrap() > 0 {
        said.push(byte[0]);
        if byte[0] == b'\n' && enough(&String::from_utf8_lossy(&said)) {
            return String::from_utf8(said).unwrap();
        }
    }
    panic!("it ended without saying that: {}", String::from_utf8_lossy(&said));
}

/// `in 1.2 s` becomes `in <time>`.
fn without_durations(text: &str) -> String {
    let without = |text: &str, items: &str| {
        let mut parts = text.split(items);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |tidied, part| match part.split_once(':') {
            Some((_, rest)) => format!("{tidied}{items}<time>:{rest}"),
            None => format!("{tidied}{items}{part}"),
        })
    };
    without(&without(text, " items in "), " item in ")
}
