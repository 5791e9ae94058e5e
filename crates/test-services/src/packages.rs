use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Where Debian keeps the programs of each version of PostgreSQL, beside those for everybody.
const VERSIONS: &str = "/usr/lib/postgresql";

/// What the servers are started from.
pub(crate) struct Programs {
    /// The folder that has `initdb` and `postgres`.
    pub(crate) postgres: PathBuf,
    /// `redis-server`.
    pub(crate) redis: PathBuf,
}

/// Finds them. On Debian and its relatives what is missing is installed, after asking who sits at a terminal.
pub(crate) fn find_or_install() -> Result<Programs> {
    let missing = match find() {
        Ok(programs) => return Ok(programs),
        Err(missing) => missing,
    };
    let by_hand = format!("apt-get install {}", missing.join(" "));
    ensure!(
        on_path("apt-get").is_some(),
        "the tests need PostgreSQL 14 or newer (with initdb) and redis-server in PATH; what Debian calls {} is \
         missing here",
        missing.join(" and ")
    );
    println!("The tests need servers of their own: {by_hand}");
    if std::io::stdin().is_terminal() {
        print!("Install them now? [y/N] ");
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            bail!("they were not installed; run: {by_hand}");
        }
    }
    apt_get(&["update"]).with_context(|| format!("run as root: {by_hand}"))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(&[&install, missing.as_slice()].concat()).with_context(|| format!("run as root: {by_hand}"))?;
    find().map_err(|missing| anyhow::anyhow!("{} is installed and cannot be found", missing.join(" and ")))
}

/// The programs, or the Debian packages that bring those that are missing.
fn find() -> Result<Programs, Vec<&'static str>> {
    let postgres = postgres();
    let redis = on_path("redis-server").or_else(|| on_path("valkey-server"));
    match (postgres, redis) {
        (Some(postgres), Some(redis)) => Ok(Programs { postgres, redis }),
        (postgres, redis) => Err([
            postgres.is_none().then_some("postgresql"),
            redis.is_none().then_some("redis-server"),
        ]
        .into_iter()
        .flatten()
        .collect()),
    }
}

/// The folder of the newest version.
fn postgres() -> Option<PathBuf> {
    let complete = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .max();
    if let Some((_, folder)) = newest {
        return Some(folder);
    }
    let folder = on_path("initdb")?.parent()?.to_owned();
    complete(&folder).then_some(folder)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()?;
    ensure!(
        status.success(),
        "apt-get {} ended with {status}",
        arguments.join(" ")
    );
    Ok(())
}
