use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::needs;
use crate::http::Connection;
use crate::programs::{ROOT_TOKEN, Simulator, free_port};
use crate::tools::node;
use crate::workspace::Workspace;

/// A server that hands requests on to GitLab, and what a client says to be let through.
pub(crate) struct Proxy {
    pub(crate) server: Simulator,
    /// Where GitLab's `/api/v4` is.
    pub(super) prefix: &'static str,
    /// Header lines, each with its end.
    pub(super) headers: String,
}

impl Proxy {
    /// `gitlab-bulk serve`, with its session check and budget; answers are kept or not.
    pub(crate) fn ours(program: &Path, gitlab: &Simulator, scratch: &Path, cache: bool) -> Result<Self> {
        let data = scratch.join(if cache { "server-cached" } else { "server" });
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(&data)?;
        let server = Simulator::spawned(
            Command::new(program)
                .arg("serve")
                .env_clear()
                .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"))
                .env("HOST", "127.0.0.1")
                .env("PORT", "0")
                .env("DATA_DIR", &data)
                .env("GITLAB_URL", &gitlab.url)
                .env("GITLAB_API_RATE_LIMIT", "unlimited")
                .env("GITLAB_API_CONCURRENCY", "64")
                .env("GITLAB_MAX_SOCKETS", "64")
                .env("GITLAB_MAX_IDLE_SOCKETS", "64")
                .env("CACHE_ENABLED", if cache { "true" } else { "false" })
                .env("LOG_LEVEL", "warn")
                .current_dir(&data),
        )?;
        let body = json!({ "gitlabUrl": gitlab.url, "token": ROOT_TOKEN });
        let headers = signed_in(&server, "/api/auth/login", &body)?;
        Ok(Self {
            server,
            prefix: "/api/gitlab",
            headers,
        })
    }

    /// nginx with `proxy_pass`, one process, kept connections, no log; the client brings GitLab's token itself.
    pub(super) fn nginx(gitlab: &Simulator, scratch: &Path) -> Result<Self> {
        let folder = scratch.join("nginx");
        std::fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let upstream = gitlab.url.strip_prefix("http://").context("no http address")?;
        let shown = folder.display();
        let configuration = format!(
            "daemon off; master_process off; pid {shown}/pid; error_log {shown}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; client_body_temp_path {shown}/body; proxy_temp_path {shown}/proxy;\n\
             fastcgi_temp_path {shown}/a; uwsgi_temp_path {shown}/b; scgi_temp_path {shown}/c;\n\
             keepalive_requests 1000000;\n\
             upstream gitlab {{ server {upstream}; keepalive 64; keepalive_requests 1000000; }}\n\
             server {{ listen 127.0.0.1:{port};\n\
             location / {{ proxy_pass http://gitlab; proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }} }}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration)?;
        let mut command = Command::new(needs::nginx().context("nginx was there a moment ago")?);
        command.arg("-p").arg(&folder).arg("-c").arg(&file);
        let server = Simulator::listening(&mut command, port)?;
        Ok(Self {
            server,
            prefix: "/api/v4",
            headers: format!("PRIVATE-TOKEN: {ROOT_TOKEN}\r\n"),
        })
    }

    /// Express with express-session and axios.
    pub(super) fn express(at: &Workspace, gitlab: &Simulator, scratch: &Path) -> Result<Self> {
        let mut command = node::rival(at, "express_proxy", scratch)?;
        command
            .env("NODE_ENV", "production")
            .args(["proxy.js", &gitlab.url, ROOT_TOKEN]);
        let server = Simulator::spawned(&mut command)?;
        let headers = signed_in(&server, "/login", &json!({}))?;
        Ok(Self {
            server,
            prefix: "/api/gitlab",
            headers,
        })
    }

    /// No proxy at all.
    pub(super) fn none(gitlab: &Simulator) -> Direct<'_> {
        Direct {
            url: &gitlab.url,
            prefix: "/api/v4",
            headers: format!("PRIVATE-TOKEN: {ROOT_TOKEN}\r\n"),
        }
    }

    /// As somebody sees it who only sends requests.
    pub(crate) fn as_server(&self) -> Direct<'_> {
        Direct {
            url: &self.server.url,
            prefix: self.prefix,
            headers: self.headers.clone(),
        }
    }
}

/// Where requests go, and what they say.
pub(crate) struct Direct<'a> {
    pub(super) url: &'a str,
    pub(super) prefix: &'static str,
    pub(super) headers: String,
}

/// The header line of somebody who has signed in.
pub(super) fn signed_in(server: &Simulator, path: &str, body: &serde_json::Value) -> Result<String> {
    let answer = Connection::open(&server.url)?.request("POST", path, None, Some(body))?;
    ensure!(answer.status == 200, "nobody is let in: {}", answer.status);
    let cookie = answer.cookie.context("no cookie")?;
    Ok(format!("Cookie: {cookie}\r\n"))
}
