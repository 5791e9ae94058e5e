use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::guard::Guard;
use super::{Place, free_port, secret, wait_for};

/// Starts a server that keeps nothing on disk; returns its address.
pub(super) fn start(program: &Path, place: &Place, guard: &mut Guard) -> Result<String> {
    let folder = place.within("redis")?;
    let password = secret()?;
    let port = free_port()?;
    let log = place.folder.join("redis.log");
    let said = File::create(&log)?;
    let mut server = place
        .command(program)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(said.try_clone()?)
        .stderr(said)
        .spawn()?;
    // Not as arguments, which everybody on the machine can read.
    let mut settings = server.stdin.take().context("no way to tell it its settings")?;
    write!(
        settings,
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {}\nsave \"\"\nappendonly no\ndaemonize no\n",
        folder.display()
    )?;
    drop(settings);
    let ready = wait_for(
        "Redis",
        || match server.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("it ended with {status}:\n{}", std::fs::read_to_string(&log)?),
        },
        || knows(port, &password),
    );
    guard.watch(server)?;
    ready?;
    Ok(format!("redis://default:{password}@127.0.0.1:{port}/"))
}

/// Whether the server on this port is ours: no other takes the password.
fn knows(port: u16, password: &str) -> bool {
    let asked = || -> std::io::Result<[u8; 3]> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        connection.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(connection, "AUTH {password}\r\n")?;
        let mut answer = [0; 3];
        connection.read_exact(&mut answer)?;
        Ok(answer)
    };
    asked().is_ok_and(|answer| &answer == b"+OK")
}
