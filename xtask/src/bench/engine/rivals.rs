use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::programs::{ROOT_TOKEN, Simulator};
use crate::tools::python::{self, Environment};
use crate::workspace::Workspace;

/// Other people's programs, in the versions that `referees` pins.
pub(super) struct Rivals {
    rows: PathBuf,
    lists: PathBuf,
    python_gitlab: Environment,
    gitlabform: Environment,
}

impl Rivals {
    /// Installs them below `target/` where that has not been done.
    pub(super) fn prepare(at: &Workspace) -> Result<Self> {
        let environment = |name: &str| {
            let requirements = at.root.join("referees").join(name).join("requirements.txt");
            python::environment(at, name, &requirements).map_err(|missing| anyhow::anyhow!("{missing}"))
        };
        Ok(Self {
            rows: at.root.join("xtask/rivals/python_gitlab_rows.py"),
            lists: at.root.join("xtask/rivals/python_gitlab_lists.py"),
            python_gitlab: environment("python_gitlab")?,
            gitlabform: environment("gitlabform")?,
        })
    }

    /// What a script with python-gitlab finds in a group, by listing: `{"groups": …, "projects": …}`.
    pub(super) fn list(&self, simulator: &Simulator, group: &str) -> Result<Value> {
        let mut command = self.python_gitlab.command();
        command.arg(&self.lists).args([&simulator.url, ROOT_TOKEN, group]);
        Ok(serde_json::from_slice(&done(&mut command)?)?)
    }

    /// Items per second of a script with python-gitlab that does the rows of a folder one after the other,
    /// without the time in which Python starts.
    pub(super) fn python_gitlab(&self, simulator: &Simulator, verb: &str, folder: &Path) -> Result<f64> {
        let mut command = self.python_gitlab.command();
        command
            .arg(&self.rows)
            .args([&simulator.url, ROOT_TOKEN, verb])
            .arg(folder);
        let said: Value = serde_json::from_slice(&done(&mut command)?)?;
        let number = |field: &str| said[field].as_f64().with_context(|| format!("no {field}"));
        Ok(number("items")? / number("seconds")?)
    }

    /// Runs gitlabform over everything that its configuration names.
    pub(super) fn gitlabform(&self, simulator: &Simulator, configuration: &Path) -> Result<()> {
        let home = configuration.parent().context("a file is in a folder")?;
        let mut command = Command::new(self.gitlabform.tool("gitlabform"));
        command
            .args(["-k", "-c"])
            .arg(configuration)
            .arg("ALL_DEFINED")
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("HOME", home)
            .env("GITLAB_URL", &simulator.url)
            .env("GITLAB_TOKEN", ROOT_TOKEN)
            .current_dir(home);
        done(&mut command)?;
        Ok(())
    }
}

fn done(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
