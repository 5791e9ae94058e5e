//! What the program does while its ways are counted: jobs that create, change and find nothing to do, and pages of
//! GitLab's that a signed-in client reads through the server.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::bench::engine::rows::{Rows, Settings, files};
use crate::bench::server::load;
use crate::bench::server::proxies::Proxy;
use crate::programs::{Client, Simulator};

const PROJECTS: u32 = 4_000;
const PAGES: u32 = 20_000;

pub(super) fn run(program: &Path, scratch: &Path) -> Result<()> {
    jobs(program, scratch)?;
    pages(program, scratch)
}

fn jobs(program: &Path, scratch: &Path) -> Result<()> {
    let gitlab = Simulator::start(program, &["--groups", "0", "--projects", "0", "--users", "20"])?;
    let data = scratch.join("data");
    let _ = std::fs::remove_dir_all(&data);
    let client = Client {
        program,
        gitlab_url: &gitlab.url,
        data,
        settings: vec![("GITLAB_API_RATE_LIMIT", "unlimited".to_owned())],
    };
    let rows = Rows::new(PROJECTS / 50, PROJECTS);
    for settings in [Settings::First, Settings::Second, Settings::Second] {
        let folder = rows.write(&scratch.join("rows"), settings)?;
        let files = files(&folder, &["groups", "projects", "members"])?;
        let arguments: Vec<&str> = ["apply", "--yes", "--update-existing"]
            .into_iter()
            .chain(files.iter().map(String::as_str))
            .collect();
        let ended = client.run(&arguments)?;
        ensure!(ended.code == Some(0), "apply failed: {}", ended.said);
    }
    gitlab.stop()
}

fn pages(program: &Path, scratch: &Path) -> Result<()> {
    let gitlab = Simulator::start(program, &["--groups", "20", "--projects", "200", "--users", "20"])?;
    for cache in [false, true] {
        let server = Proxy::ours(program, &gitlab, scratch, cache)?;
        for page in [
            "/projects?simple=true&per_page=20",
            "/groups?per_page=20",
            "/projects/1",
        ] {
            load::send(&server.as_server(), page, PAGES / 3)?;
        }
        server.server.stop()?;
    }
    gitlab.stop()
}
