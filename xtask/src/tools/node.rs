use std::path::Path;
use std::process::Command;

use super::Missing;

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

fn missing(why: &dyn std::fmt::Display) -> Missing {
    Missing {
        tool: "node with npm",
        why: why.to_string(),
        remedy: "install Node.js 20 or newer (Debian: apt-get install nodejs npm)",
    }
}
