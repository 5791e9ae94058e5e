use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::guard::Lookout;
use crate::log::Log;

/// How long a server may take to begin.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How long one that was told to end may take before it is not asked any more.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// One server, which can be taken away and brought back with what it has on disk.
#[derive(Debug)]
pub struct Server {
    url: String,
    launch: Launch,
    /// `None` while it is down.
    running: Option<Running>,
}

/// How a server is begun, each time.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
    /// What it reads before it begins: not as arguments, which everybody on the machine can read.
    pub(crate) settings: String,
    /// What it says when it has begun to listen. One whose port is somebody else's ends without having said it.
    pub(crate) ready: &'static str,
    pub(crate) lookout: Lookout,
}

#[derive(Debug)]
struct Running {
    process: Child,
    log: Log,
}

impl Server {
    pub(crate) fn begin(url: String, launch: Launch) -> Result<Self> {
        let mut server = Self {
            url,
            launch,
            running: None,
        };
        server.start()?;
        Ok(server)
    }

    /// Its address, with the password; the same after each start.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes it away at once: connections are cut, nothing is finished. Returns when it is gone. PostgreSQL recovers
    /// at its next start what was committed.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn kill(&mut self) -> Result<()> {
        let Some(Running { mut process, log }) = self.running.take() else {
            return Ok(());
        };
        // PostgreSQL's "immediate shutdown". After SIGKILL its children would be there for a moment, with its files.
        let told = Command::new("kill")
            .args(["-QUIT", &process.id().to_string()])
            .status()
            .context("cannot run kill")?;
        ensure!(told.success(), "kill ended with {told}");
        if !log.ends(GONE_WITHIN) {
            process.kill()?;
        }
        process.wait()?;
        self.launch.lookout.forget(process.id())
    }

    /// Starts it again, at the same address, with what it has on disk. Returns when it listens.
    ///
    /// # Errors
    /// It ends instead, or does not listen within a minute; with what it said.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.running.is_none(), "{} is running", self.launch.name);
        let name = self.launch.name;
        let running = self.running.insert(self.launch.spawn()?);
        match running.log.says_ready(READY_WITHIN) {
            Ok(()) => Ok(()),
            Err(RecvTimeoutError::Timeout) => bail!(
                "{name} is not ready within {READY_WITHIN:?}:\n{}",
                running.log.said()
            ),
            Err(RecvTimeoutError::Disconnected) => {
                let status = running.process.wait()?;
                let said = running.log.said();
                self.launch.lookout.forget(running.process.id())?;
                self.running = None;
                bail!("{name} ended with {status}:\n{said}")
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whatever does not end so is ended by the guard.
        let _ = self.kill();
    }
}

impl Launch {
    fn spawn(&mut self) -> Result<Running> {
        let (log, out) = Log::of(self.ready)?;
        let spawned = self
            .command
            .stdin(Stdio::piped())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn();
        // The command is kept, and would keep the pipe open: then the log had no end.
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = spawned.with_context(|| format!("cannot run {}", self.name))?;
        self.lookout.watch(process.id())?;
        let settings = process.stdin.take();
        // Whoever does not take them says why, and ends.
        let _ = settings
            .context("no way to tell it its settings")?
            .write_all(self.settings.as_bytes());
        Ok(Running { process, log })
    }
}

#[cfg(test)]
mod tests {
    use crate::guard::Guard;
    use crate::place::{Place, secret};

    use super::*;

    fn begin(guard: &Guard, script: &str) -> Result<Server> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let launch = Launch {
            name: "the shell",
            command,
            settings: "its settings\n".to_owned(),
            ready: "ready to accept connections",
            lookout: guard.lookout(),
        };
        Server::begin("sh://here".to_owned(), launch)
    }

    #[test]
    fn one_that_ends_before_it_is_ready_is_reported_with_all_that_it_said() {
        let place = Place::make().unwrap();
        let guard = Guard::of(place.folder()).unwrap();
        let refused = begin(&guard, "echo begins; echo 'the port is taken' >&2; exit 3").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the shell ended with exit status: 3:\nbegins\nthe port is taken\n"
        );
    }

    /// What it has on disk is there the next time, and it is begun again only when the first is gone.
    #[test]
    fn one_that_was_killed_is_gone_and_comes_back() {
        let place = Place::make().unwrap();
        let guard = Guard::of(place.folder()).unwrap();
        let lives = place.folder().join(secret().unwrap());
        let script = format!(
            "trap 'echo ended >>{0}; exit' QUIT; read settings; echo \"$settings\" >>{0}
            echo 'ready to accept connections'; while :; do read -r nothing <{1}; done",
            lives.display(),
            {
                let never = place.folder().join("never");
                assert!(Command::new("mkfifo").arg(&never).status().unwrap().success());
                never.display().to_string()
            }
        );
        let mut server = begin(&guard, &script).unwrap();
        server.kill().unwrap();
        server.start().unwrap();
        let twice = server.start().unwrap_err();
        server.kill().unwrap();

        assert_eq!(twice.to_string(), "the shell is running");
        assert_eq!(
            std::fs::read_to_string(lives).unwrap(),
            "its settings\nended\nits settings\nended\n"
        );
    }
}
