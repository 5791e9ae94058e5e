use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::http::Connection;
use crate::programs::{Program, ROOT_TOKEN};

const CONNECTIONS: u32 = 16;

/// A kind of request, sent many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    Version,
    ProjectByPath,
    ProjectById,
    CreateProject,
    ProjectsPage,
    ProjectsSearch,
    GroupsPage,
    GroupsSearch,
    UsersSearch,
    Members,
}

/// How many answers came for how much processor time.
pub(super) struct Measured {
    requests: u32,
    core_seconds: f64,
}

impl Measured {
    pub(super) fn per_core_second(&self) -> f64 {
        f64::from(self.requests) / self.core_seconds.max(0.01)
    }
}

impl Load {
    pub(super) const ALL: [Self; 10] = [
        Self::Version,
        Self::ProjectByPath,
        Self::ProjectById,
        Self::CreateProject,
        Self::ProjectsPage,
        Self::ProjectsSearch,
        Self::GroupsPage,
        Self::GroupsSearch,
        Self::UsersSearch,
        Self::Members,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Version => "`GET /version`",
            Self::ProjectByPath => "`GET /projects/:path`",
            Self::ProjectById => "`GET /projects/:id`",
            Self::CreateProject => "`POST /projects`",
            Self::ProjectsPage => "`GET /projects?simple=true`, 20 of 100,000",
            Self::ProjectsSearch => "`GET /projects?simple=true&search=…`, a word that few have",
            Self::GroupsPage => "`GET /groups?order_by=name`, 20 of 20,000",
            Self::GroupsSearch => "`GET /groups?search=…`, a word that few have",
            Self::UsersSearch => "`GET /users?search=…`, one user name",
            Self::Members => "`GET /projects/:id/members`",
        }
    }

    /// What "10,000 simple requests a second" means: one thing is looked up or made.
    pub(super) fn is_simple(self) -> bool {
        matches!(
            self,
            Self::Version | Self::ProjectByPath | Self::ProjectById | Self::CreateProject
        )
    }

    /// A search for three letters that more rows share where there are more.
    pub(super) fn finds_more_in_more(self) -> bool {
        self == Self::UsersSearch
    }

    fn count(self) -> u32 {
        if self.is_simple() { 40_000 } else { 4_000 }
    }

    /// Sends it from sixteen connections at once, and tells what it cost the program.
    pub(super) fn run(self, program: &Program) -> Result<Measured> {
        let known = Known::prepare(program, self)?;
        if matches!(
            self,
            Self::ProjectsSearch | Self::GroupsSearch | Self::UsersSearch
        ) {
            // The first one makes the index.
            self.send(program, &known, &AtomicU32::new(0), 1)?;
        }
        let (next, requests) = (AtomicU32::new(0), self.count());
        let before = program.core_seconds()?;
        std::thread::scope(|threads| {
            let threads: Vec<_> = (0..CONNECTIONS)
                .map(|_| threads.spawn(|| self.send(program, &known, &next, requests)))
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
        })?;
        Ok(Measured {
            requests,
            core_seconds: program.core_seconds()? - before,
        })
    }

    fn send(self, program: &Program, known: &Known, next: &AtomicU32, requests: u32) -> Result<()> {
        let mut connection = Connection::open(&program.url)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= requests {
                return Ok(());
            }
            let (method, path, body) = self.request(known, number);
            let path = format!("/api/v4{path}");
            let answer = connection.request(method, &path, Some(ROOT_TOKEN), body.as_ref())?;
            ensure!(answer.status < 300, "{method} {path}: {}", answer.status);
        }
    }

    fn request(self, known: &Known, number: u32) -> (&'static str, String, Option<Value>) {
        let path = match self {
            Self::Version => "/version".to_owned(),
            Self::ProjectByPath => format!("/projects/{}", known.path.replace('/', "%2F")),
            Self::ProjectById => format!("/projects/{}", 1 + number % 5_000),
            Self::CreateProject => {
                let body = json!({"path": format!("load-{number}"), "namespace_id": known.group});
                return ("POST", "/projects".to_owned(), Some(body));
            }
            Self::ProjectsPage => format!("/projects?simple=true&page={}", 1 + number % 100),
            Self::ProjectsSearch => format!("/projects?simple=true&search={}", known.word),
            Self::GroupsPage => format!("/groups?order_by=name&page={}", 1 + number % 40),
            Self::GroupsSearch => format!("/groups?search={}", known.word),
            Self::UsersSearch => format!("/users?search=dev-{:04}", 1_001 + number % 1_000),
            Self::Members => format!("/projects/{}/members", 1 + number % 5_000),
        };
        ("GET", path, None)
    }
}

/// What the requests name: made anew for every load, so that none finds the traces of another.
struct Known {
    group: Value,
    path: String,
    word: &'static str,
}

impl Known {
    fn prepare(program: &Program, load: Load) -> Result<Self> {
        let mut connection = Connection::open(&program.url)?;
        let mut create = |path: &str, body: Value| -> Result<Value> {
            connection
                .request("POST", &format!("/api/v4{path}"), Some(ROOT_TOKEN), Some(&body))?
                .json()
        };
        let name = format!("{load:?}").to_lowercase();
        let group = create(
            "/groups",
            json!({"name": name, "path": format!("{name}-zyzzyva")}),
        )?;
        let project = create(
            "/projects",
            json!({"path": "zyzzyva", "namespace_id": group["id"]}),
        )?;
        Ok(Self {
            group: group["id"].clone(),
            path: project["path_with_namespace"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            word: "zyzzyva",
        })
    }
}
