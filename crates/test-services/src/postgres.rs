use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Result, ensure};

use crate::guard::Guard;
use crate::place::{Place, free_port, secret};
use crate::server::{Launch, Server};

/// Starts a server with an empty database.
///
/// It does not wait for the disk: what it keeps is worth nothing after a crash of the machine. A crash of the server
/// loses nothing even so.
pub(crate) fn start(programs: &Path, place: &Place, guard: &Guard) -> Result<Server> {
    let data = place.within("postgres")?;
    let password = secret()?;
    let password_file = password_file(place, &password)?;
    let made = place
        .command(&programs.join("initdb"))
        .args(["--username=bulk", "--auth=scram-sha-256", "--encoding=UTF8"])
        .args(["--no-locale", "--no-sync"])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("--pgdata")
        .arg(&data)
        .stdin(Stdio::null())
        .output()?;
    ensure!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr).trim()
    );
    let port = free_port()?;
    let mut command = place.command(&programs.join("postgres"));
    command
        .arg("-D")
        .arg(&data)
        .arg(format!("-cport={port}"))
        .args(["-clisten_addresses=127.0.0.1", "-cunix_socket_directories="])
        .args(["-cfsync=off", "-cfull_page_writes=off"])
        .args(["-cmax_connections=300", "-cshared_buffers=64MB"]);
    Server::begin(
        format!("postgres://bulk:{password}@127.0.0.1:{port}/postgres"),
        Launch {
            name: "PostgreSQL",
            command,
            settings: String::new(),
            // In English, because its files are made without a language.
            ready: "database system is ready to accept connections",
            lookout: guard.lookout(),
        },
    )
}

/// Only its owner can read it.
fn password_file(place: &Place, password: &str) -> Result<PathBuf> {
    let path = place.within("secret")?.join("password");
    std::fs::write(&path, password)?;
    place.hand_over(&path)?;
    Ok(path)
}
