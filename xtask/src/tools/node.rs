use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Missing;
use crate::workspace::Workspace;

/// Node in a folder whose packages are installed as its lock file says; no script of theirs is run.
pub(crate) fn install(folder: &Path) -> Result<Command, Missing> {
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-fund", "--no-audit"])
        .current_dir(folder)
        .output()
        .map_err(|error| missing(&error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(missing(&said.trim().lines().last().unwrap_or("no reason given")));
    }
    let mut node = Command::new("node");
    node.current_dir(folder);
    Ok(node)
}

/// Node in a copy of a folder of `xtask/rivals`, with its packages.
pub(crate) fn rival(at: &Workspace, name: &str, scratch: &Path) -> Result<Command> {
    let (from, folder) = (at.root.join("xtask/rivals").join(name), scratch.join(name));
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    install(&folder).map_err(|missing| anyhow::anyhow!("{missing}"))
}

/// Whether both are there at all.
pub(crate) fn look() -> Result<(), Missing> {
    for program in ["node", "npm"] {
        let output = Command::new(program).arg("--version").output();
        output.map_err(|error| missing(&format!("{program}: {error}")))?;
    }
    Ok(())
}

fn missing(why: &dyn std::fmt::Display) -> Missing {
    Missing {
        tool: "node with npm",
        why: why.to_string(),
        remedy: "install Node.js 20 or newer (Debian: apt-get install nodejs npm)",
    }
}
