use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Where things are.
pub(crate) struct Workspace {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target directory; nothing is written outside it.
    pub(crate) target: PathBuf,
}

/// How the program was built.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask is not inside a workspace")?
            .to_owned();
        // This program is `TARGET/debug/xtask`, wherever CARGO_TARGET_DIR or a configuration puts that.
        let target = std::env::current_exe()?
            .ancestors()
            .nth(2)
            .context("xtask does not run from cargo's target directory")?
            .to_owned();
        Ok(Self { root, target })
    }

    /// Cargo, to be run at the root, as if a person had called it.
    ///
    /// What the cargo that runs us told us about ourselves is taken away: build scripts (of ring, for
    /// one) ask for some of it, and would be run again each time it changes.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_about_this_program) {
                command.env_remove(name);
            }
        }
        command
    }

    /// The program itself.
    pub(crate) fn program(&self, profile: Profile) -> PathBuf {
        let folder = match profile {
            Profile::Debug => "debug",
            Profile::Release => "release",
        };
        self.target
            .join(folder)
            .join(format!("gitlab-bulk{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Whether cargo sets this variable for the program that it runs.
fn is_about_this_program(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_"]
        .iter()
        .any(|start| variable.starts_with(start))
        || ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&variable)
}

/// Builds the program as `demo` runs it: optimised, and quick to build.
pub(crate) fn build_release(workspace: &Workspace) -> Result<PathBuf> {
    let status = workspace
        .cargo(&["build", "--workspace", "--release", "--bin", "gitlab-bulk"])
        .status()
        .context("cannot run cargo")?;
    anyhow::ensure!(status.success(), "the build failed");
    Ok(workspace.program(Profile::Release))
}

/// The triple of this machine.
pub(crate) fn host() -> Result<String> {
    let told = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot run rustc")?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not tell its host")?.to_owned())
}
