use std::path::{Path, PathBuf};
use std::process::Command;

use super::Missing;
use crate::workspace::Workspace;

/// A virtual environment under `target/`.
pub(crate) struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Its interpreter.
    pub(crate) fn command(&self) -> Command {
        Command::new(self.tool("python"))
    }

    /// A program that one of its packages brought.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        let bin = if cfg!(windows) { "Scripts" } else { "bin" };
        self.folder.join(bin).join(name)
    }
}

/// The environment called `name` with exactly what `requirements` lists; made when it is not there, and
/// made again when the list has changed.
pub(crate) fn environment(at: &Workspace, name: &str, requirements: &Path) -> Result<Environment, Missing> {
    let folder = at.target.join("python").join(name);
    let made_from = folder.join("requirements.txt");
    let wanted = std::fs::read(requirements).map_err(|error| missing(&error))?;
    let environment = Environment { folder };
    if std::fs::read(&made_from).is_ok_and(|made| made == wanted) {
        return Ok(environment);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment.folder))?;
    run(environment
        .command()
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(requirements))?;
    std::fs::write(&made_from, wanted).map_err(|error| missing(&error))?;
    Ok(environment)
}

/// The source package that the file `pinned` names, with its hash, unpacked under `target/`: what a wheel leaves out,
/// its tests. Fetched when it is not there, and again when the file has changed.
pub(crate) fn sources(
    at: &Workspace,
    environment: &Environment,
    name: &str,
    pinned: &Path,
) -> Result<PathBuf, Missing> {
    let folder = at.target.join("python").join(format!("{name}-sources"));
    let made_from = folder.join("pinned.txt");
    let wanted = std::fs::read(pinned).map_err(|error| missing(&error))?;
    if !std::fs::read(&made_from).is_ok_and(|made| made == wanted) {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| missing(&error))?;
        }
        run(environment
            .command()
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--requirement"])
            .arg(pinned)
            .arg("--dest")
            .arg(&folder))?;
        let archive = only(&folder, |path| {
            path.extension().is_some_and(|extension| extension == "gz")
        })?;
        run(environment
            .command()
            .args(["-m", "tarfile", "--extract"])
            .arg(archive)
            .arg(&folder))?;
        std::fs::write(&made_from, wanted).map_err(|error| missing(&error))?;
    }
    only(&folder, Path::is_dir)
}

/// The one thing in a folder that is of that kind.
fn only(folder: &Path, kind: impl Fn(&Path) -> bool) -> Result<PathBuf, Missing> {
    let entries = std::fs::read_dir(folder).map_err(|error| missing(&error))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .find(|path| kind(path))
        .ok_or_else(|| missing(&format_args!("{} holds no such thing", folder.display())))
}

fn run(command: &mut Command) -> Result<(), Missing> {
    let output = command.output().map_err(|error| missing(&error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(missing(&said.trim().lines().last().unwrap_or("no reason given")))
}

fn missing(why: &dyn std::fmt::Display) -> Missing {
    Missing {
        tool: "python3 with venv and pip",
        why: why.to_string(),
        remedy: "install Python 3.10 or newer (Debian: apt-get install python3 python3-venv)",
    }
}
