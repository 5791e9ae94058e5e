use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::bench::server::Bench;
use crate::bench::server::proxies::signed_in;
use crate::http::Connection;
use crate::programs::Simulator;
use crate::stopwatch::pause;
use crate::tools::node;

/// A user's clients of Socket.IO.
pub(super) const OF_A_USER: usize = 1_000;
/// Enough for the job to go on until everything is measured.
const ITEMS: usize = 1_000;

/// A server that has clients of Socket.IO and tells them of a job.
pub(super) struct Host {
    pub(super) name: &'static str,
    pub(super) server: Simulator,
    /// What the clients of each user say to be let in, in header lines. The first user owns the job.
    pub(super) users: Vec<String>,
    /// The job that they follow.
    pub(super) job: String,
    is_ours: bool,
}

impl Host {
    /// `gitlab-bulk serve` with ten users and a job of the first of them.
    pub(super) fn ours(bench: &Bench, gitlab: &Simulator) -> Result<Self> {
        let data = bench.scratch.join("sockets");
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(&data)?;
        let server = Simulator::spawned(
            Command::new(&bench.program)
                .arg("serve")
                .env_clear()
                .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"))
                .env("HOST", "127.0.0.1")
                .env("PORT", "0")
                .env("DATA_DIR", &data)
                .env("GITLAB_URL", &gitlab.url)
                .env("MAX_SOCKETS_PER_USER", OF_A_USER.to_string())
                .env("LOG_LEVEL", "warn")
                .current_dir(&data),
        )?;
        let mut tokens = vec!["glpat-sim-root".to_owned()];
        tokens.extend((1..10).map(|number| format!("glpat-sim-dev-{number:04}")));
        let users = tokens
            .iter()
            .map(|token| {
                let body = json!({ "gitlabUrl": gitlab.url, "token": token });
                signed_in(&server, "/api/auth/login", &body)
            })
            .collect::<Result<Vec<_>>>()?;
        let items: Vec<Value> = (0..ITEMS)
            .map(|number| json!({ "name": format!("Heard {number}"), "path": format!("heard-{number}") }))
            .collect();
        let body = json!({ "type": "bulk_create_groups", "data": { "items": items } });
        let made = Connection::open(&server.url)?.post("/api/jobs", &users[0], &body)?;
        let job = made.json()?["id"].as_str().context("no job")?.to_owned();
        let this = Self {
            name: "ours",
            server,
            users,
            job,
            is_ours: true,
        };
        this.wait_for("running")?;
        Ok(this)
    }

    /// Node.js with `socket.io`.
    pub(super) fn node(bench: &Bench) -> Result<Self> {
        let mut command = node::rival(&bench.workspace, "socketio_server", &bench.scratch)?;
        let server = Simulator::spawned(command.env("NODE_ENV", "production").arg("server.js"))?;
        Ok(Self {
            name: "Node.js, `socket.io`",
            server,
            users: vec![String::new(); 10],
            job: "benchmark".to_owned(),
            is_ours: false,
        })
    }

    /// Pauses the job, which its followers are told of.
    pub(super) fn pause(&self) -> Result<()> {
        let path = if self.is_ours {
            format!("/api/jobs/{}/pause", self.job)
        } else {
            "/pause".to_owned()
        };
        let answer = Connection::open(&self.server.url)?.post(&path, &self.users[0], &json!({}))?;
        ensure!(answer.status == 200, "it cannot be paused: {}", answer.status);
        Ok(())
    }

    /// Lets it go on.
    pub(super) fn resume(&self) -> Result<()> {
        if self.is_ours {
            let path = format!("/api/jobs/{}/resume", self.job);
            Connection::open(&self.server.url)?
                .post(&path, &self.users[0], &json!({}))?
                .json()?;
            self.wait_for("running")?;
        }
        Ok(())
    }

    fn wait_for(&self, status: &str) -> Result<()> {
        let mut connection = Connection::open(&self.server.url)?;
        let mut last = Value::Null;
        for _ in 0..600 {
            last = connection
                .get(&format!("/api/jobs/{}", self.job), &self.users[0])?
                .json()?["status"]
                .take();
            if last == status {
                return Ok(());
            }
            pause(Duration::from_millis(50));
        }
        bail!("the job is {last}, and not {status}")
    }
}
