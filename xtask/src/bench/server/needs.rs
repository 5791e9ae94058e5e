use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::tools::node;

/// Connections that are open in one process at a time, and what else it has open.
const OPEN_FILES: u64 = 11_000;

/// Says everything that is missing, before anything is built or measured.
pub(super) fn check() -> Result<()> {
    let mut missing = Vec::new();
    if nginx().is_none() {
        missing.push("nginx is not there (Debian: apt-get install nginx-light)".to_owned());
    }
    if let Err(node) = node::look() {
        missing.push(node.to_string());
    }
    if !Path::new("/proc/self/stat").exists() {
        missing.push("processor time and memory are read from /proc, which is Linux's".to_owned());
    }
    if let Err(most) = open_files(OPEN_FILES) {
        missing.push(format!(
            "10,000 connections take {OPEN_FILES} open files in a process, and the system allows {most}; raise it \
             (`ulimit -Hn`, `LimitNOFILE=`)"
        ));
    }
    ensure!(
        missing.is_empty(),
        "this cannot be measured here: {}",
        missing.join("; ")
    );
    Ok(())
}

/// Debian keeps it where people's `PATH` does not look.
pub(super) fn nginx() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join("nginx"))
        .find(|file| file.is_file())
}

/// Lets this process, and those that it starts, have so many files open; else says how many they may have.
#[cfg(unix)]
fn open_files(wanted: u64) -> Result<(), u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if enough(current) {
        return Ok(());
    }
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if enough(maximum) && setrlimit(Resource::Nofile, raised).is_ok() {
        Ok(())
    } else {
        Err(maximum.or(current).unwrap_or_default())
    }
}

/// There is no such limit.
#[cfg(not(unix))]
fn open_files(_: u64) -> Result<(), u64> {
    Ok(())
}
