use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Ends servers and removes a folder, whatever happens to this process.
///
/// A shell of its own waits for the end of a pipe that this process holds open: it comes when the value is dropped, and
/// as well when the process is killed.
pub(super) struct Guard {
    shell: Child,
    servers: Vec<Child>,
}

/// Reads the servers' numbers, a line each, until the pipe ends. They have nothing to lose, so they are told to end at
/// once; PostgreSQL takes `QUIT` for that.
const WATCH: &str = r#"
servers=
while read -r server; do servers="$servers $server"; done
[ -z "$servers" ] || kill -QUIT $servers 2>/dev/null
tries=0
for server in $servers; do
    while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 100 ]; do
        [ "$tries" -lt 50 ] || kill -KILL "$server" 2>/dev/null
        tries=$((tries + 1))
        sleep 0.1
    done
done
rm -rf -- "$1"
"#;

impl Guard {
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", WATCH, "guard"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        Ok(Self {
            shell: shell.spawn().context("cannot run sh")?,
            servers: Vec::new(),
        })
    }

    /// From now on this server ends with the value.
    pub(super) fn watch(&mut self, server: Child) -> Result<()> {
        use std::io::Write as _;

        let pipe = self.shell.stdin.as_mut().context("the pipe is closed")?;
        writeln!(pipe, "{}", server.id())?;
        self.servers.push(server);
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        for server in &mut self.servers {
            // Without it the shell would wait for what has ended and is only not buried.
            let _ = server.wait();
        }
        let _ = self.shell.wait();
    }
}
