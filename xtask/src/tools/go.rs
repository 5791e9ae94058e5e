use std::path::Path;
use std::process::Command;

use super::Missing;
use crate::workspace::Workspace;

/// Where Debian keeps the sources of Go packages.
const PACKAGES: &str = "/usr/share/gocode";

/// The `go` command, to build with the Go packages of the distribution and nothing from the network.
pub(crate) fn with_package(at: &Workspace, package: &str) -> Result<Command, Missing> {
    let found = Command::new("go")
        .arg("version")
        .output()
        .map_err(|error| missing(&error))?;
    if !found.status.success() {
        return Err(missing(&String::from_utf8_lossy(&found.stderr).trim()));
    }
    let sources = Path::new(PACKAGES).join("src").join(package);
    if !sources.is_dir() {
        return Err(missing(&format_args!("{} is not there", sources.display())));
    }
    let mut go = Command::new("go");
    go.env("GO111MODULE", "off")
        .env("GOPATH", PACKAGES)
        .env("GOCACHE", at.target.join("go"))
        .env("GOTOOLCHAIN", "local");
    Ok(go)
}

fn missing(why: &dyn std::fmt::Display) -> Missing {
    Missing {
        tool: "go with go-gitlab",
        why: why.to_string(),
        remedy: "on Debian: apt-get install golang-go golang-github-xanzy-go-gitlab-dev",
    }
}
