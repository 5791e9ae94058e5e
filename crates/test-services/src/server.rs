use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::guard::Lookout;

/// How long a server may take to begin.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How often it is asked whether it has begun.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// One server, which can be taken away and brought back with what it has on disk.
#[derive(Debug)]
pub struct Server {
    url: String,
    launch: Launch,
    /// `None` while it is down.
    process: Option<Child>,
}

/// How a server is begun, each time.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
    /// What it reads before it begins: not as arguments, which everybody on the machine can read.
    pub(crate) settings: String,
    pub(crate) log: PathBuf,
    /// Whether the server that listens there is this one and answers.
    pub(crate) answers: Answers,
    pub(crate) lookout: Lookout,
}

#[derive(Debug)]
pub(crate) enum Answers {
    /// It says this in its log, once for each time that it has begun.
    Says(&'static str),
    /// Redis: it takes the password.
    Takes { port: u16, password: String },
}

impl Server {
    pub(crate) fn begin(url: String, launch: Launch) -> Result<Self> {
        let mut server = Self {
            url,
            launch,
            process: None,
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
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        // PostgreSQL's "immediate shutdown". After SIGKILL its children would be there for a moment, with its files.
        let told = Command::new("kill")
            .args(["-QUIT", &process.id().to_string()])
            .status()
            .context("cannot run kill")?;
        ensure!(told.success(), "kill ended with {told}");
        let asked = now();
        while process.try_wait()?.is_none() {
            if asked.elapsed() > Duration::from_secs(10) {
                process.kill()?;
            }
            pause(Duration::from_millis(10));
        }
        self.launch.lookout.forget(process.id())
    }

    /// Starts it again, at the same address, with what it has on disk. Returns when it answers.
    ///
    /// # Errors
    /// It does not begin, or does not answer within a minute; with what it said.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "{} is running", self.launch.name);
        let said_before = self.launch.said().len();
        let log = File::options().create(true).append(true).open(&self.launch.log)?;
        let mut process = self
            .launch
            .command
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot run {}", self.launch.name))?;
        self.launch.lookout.watch(process.id())?;
        let mut settings = process.stdin.take().context("no way to tell it its settings")?;
        settings.write_all(self.launch.settings.as_bytes())?;
        drop(settings);
        let process = self.process.insert(process);
        let asked = now();
        while !self.launch.answers(said_before) {
            if let Some(status) = process.try_wait()? {
                self.launch.lookout.forget(process.id())?;
                self.process = None;
                bail!(
                    "{} ended with {status}:\n{}",
                    self.launch.name,
                    self.launch.said()
                );
            }
            ensure!(
                asked.elapsed() < READY_WITHIN,
                "{} does not answer within {READY_WITHIN:?}",
                self.launch.name
            );
            pause(ASK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whatever does not end so is ended by the guard.
        let _ = self.kill();
    }
}

impl Launch {
    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn answers(&self, said_before: usize) -> bool {
        match &self.answers {
            Answers::Says(ready) => self
                .said()
                .get(said_before..)
                .is_some_and(|said| said.contains(ready)),
            Answers::Takes { port, password } => crate::redis::knows(*port, password),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what is watched is another process")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "what is watched is another process")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
