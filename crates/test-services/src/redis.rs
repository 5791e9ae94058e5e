use std::path::Path;

use anyhow::Result;

use crate::guard::Guard;
use crate::place::{Place, free_port, secret};
use crate::server::{Launch, Server};

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
            ready: "Ready to accept connections",
            lookout: guard.lookout(),
        },
    )
}
