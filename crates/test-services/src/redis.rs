use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::guard::Guard;
use crate::place::{Place, free_port, secret};
use crate::server::{Answers, Launch, Server};

/// Starts a server that keeps nothing on disk.
pub(crate) fn start(program: &Path, place: &Place, guard: &Guard) -> Result<Server> {
    let folder = place.within("redis")?;
    let password = secret()?;
    let port = free_port()?;
    let mut command = place.command(program);
    command.arg("-");
    let settings = format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {}\nsave \"\"\nappendonly no\ndaemonize no\n",
        folder.display()
    );
    Server::begin(
        format!("redis://default:{password}@127.0.0.1:{port}/"),
        Launch {
            name: "Redis",
            command,
            settings,
            log: place.folder().join("redis.log"),
            answers: Answers::Takes { port, password },
            lookout: guard.lookout(),
        },
    )
}

/// Whether the server on this port is ours: no other takes the password.
pub(crate) fn knows(port: u16, password: &str) -> bool {
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
