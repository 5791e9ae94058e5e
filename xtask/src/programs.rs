//! The program under measurement, as processes of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http::Connection;
use crate::stopwatch::{Stopwatch, pause};

/// The administrator's token in every simulator.
pub(crate) const ROOT_TOKEN: &str = "glpat-sim-root";

/// A running `gitlab-bulk simulate`; ends with this value.
pub(crate) struct Simulator {
    process: Child,
    pub(crate) url: String,
}

impl Simulator {
    /// Starts one on a port that the system picks. The address comes from the process's own mouth, so
    /// that what answers there is that process and no other.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(program);
        Self::spawned(
            command
                .args(["simulate", "--listen", "127.0.0.1:0"])
                .args(arguments),
        )
    }

    /// Runs any server whose first line on stdout is `{"url":…}`.
    pub(crate) fn spawned(command: &mut Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        let stdout = process.stdout.take().context("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("the server's first line is not JSON")?;
        let url = said["url"]
            .as_str()
            .context("the server names no url")?
            .to_owned();
        Ok(Self { process, url })
    }

    /// A server that says nothing about where it listens: waits until it does.
    pub(crate) fn listening(command: &mut Command, port: u16) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        for _ in 0..500 {
            if let Some(status) = process.try_wait()? {
                bail!("{} ended with {status}", command.get_program().display());
            }
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                let url = format!("http://127.0.0.1:{port}");
                return Ok(Self { process, url });
            }
            pause(Duration::from_millis(10));
        }
        process.kill()?;
        bail!("{} does not listen", command.get_program().display())
    }

    /// The most memory it held at any moment, in megabytes; 0 where the system does not tell.
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub(crate) fn peak_megabytes(&self) -> f64 {
        (peak_memory_of(self.process.id()) as f64 / 1_000_000.0).round()
    }

    /// The most memory that this process held at any moment, in megabytes with their fractions.
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub(crate) fn peak_memory(&self) -> f64 {
        peak_memory_of(self.process.id()) as f64 / 1_000_000.0
    }

    /// The memory that this process holds now, in megabytes with their fractions.
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub(crate) fn resident_memory(&self) -> f64 {
        memory_of(self.process.id(), "VmRSS:") as f64 / 1_000_000.0
    }

    /// Ends it in order, so that it keeps what it was told to keep.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status()?;
        ensure!(told.success(), "the server could not be told to stop");
        let status = self.process.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }

    /// `POST /_sim/…`.
    pub(crate) fn tell(&self, path: &str, body: &Value) -> Result<()> {
        Connection::open(&self.url)?
            .request("POST", path, None, Some(body))?
            .json()?;
        Ok(())
    }

    /// `GET /_sim/…`.
    pub(crate) fn ask(&self, path: &str) -> Result<Value> {
        Connection::open(&self.url)?
            .request("GET", path, None, None)?
            .json()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It keeps nothing, so there is nothing to end in order.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A free port of this machine. Another program may take it before it is used.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A running process, looked at from outside.
pub(crate) struct Process(u32);

/// A running server, looked at from outside.
pub(crate) struct Program {
    process: Process,
    pub(crate) url: String,
}

impl Program {
    pub(crate) fn of(server: &Simulator) -> Self {
        Self {
            process: Process(server.process.id()),
            url: server.url.clone(),
        }
    }

    /// As [`Process::core_seconds`].
    pub(crate) fn core_seconds(&self) -> Result<f64> {
        self.process.core_seconds()
    }
}

impl Process {
    /// Processor time of all its threads so far, in seconds; the system counts in hundredths.
    pub(crate) fn core_seconds(&self) -> Result<f64> {
        const TICKS_A_SECOND: f64 = 100.0;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0))
            .context("processor time is read from /proc, which this system does not have")?;
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
        let (_, fields) = stat.rsplit_once(") ").context("no fields in /proc/…/stat")?;
        let ticks = |at: usize| -> Result<f64> {
            let field = fields
                .split(' ')
                .nth(at)
                .context("too few fields in /proc/…/stat")?;
            Ok(field.parse()?)
        };
        Ok((ticks(11)? + ticks(12)?) / TICKS_A_SECOND)
    }
}

/// One run of the program from its start to its end.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) took: Duration,
    /// The most memory it held at any moment, in bytes (`VmHWM`); 0 where the system does not tell.
    pub(crate) peak_memory: u64,
    pub(crate) said: String,
}

/// A command line of the program against one instance, with a database of its own.
pub(crate) struct Client<'a> {
    pub(crate) program: &'a Path,
    pub(crate) gitlab_url: &'a str,
    pub(crate) data: PathBuf,
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Client<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command
            .args(arguments)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"))
            .env("GITLAB_URL", self.gitlab_url)
            .env("GITLAB_TOKEN", ROOT_TOKEN)
            .env("DATA_DIR", &self.data)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.data)
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end and watches its memory. What it says goes to a file, so that no pipe can
    /// hold it up.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Ended> {
        self.run_watched(arguments, |_| Ok(()))
    }

    /// As [`Client::run`], and `look` at the process every few milliseconds.
    pub(crate) fn run_watched(
        &self,
        arguments: &[&str],
        mut look: impl FnMut(&Process) -> Result<()>,
    ) -> Result<Ended> {
        std::fs::create_dir_all(&self.data)?;
        let said = self.data.join("said.txt");
        let file = std::fs::File::create(&said)?;
        let stopwatch = Stopwatch::start();
        let mut process = self
            .command(arguments)
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let mut peak_memory = 0;
        let status = loop {
            peak_memory = peak_memory.max(peak_memory_of(process.id()));
            if let Some(status) = process.try_wait()? {
                break status;
            }
            look(&Process(process.id()))?;
            pause(Duration::from_millis(10));
        };
        let took = stopwatch.elapsed();
        Ok(Ended {
            code: status.code(),
            took,
            peak_memory,
            said: std::fs::read_to_string(&said)?,
        })
    }

    /// Runs a command that prints JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.command(arguments).args(["--output", "json"]).output()?;
        ensure!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// `VmHWM` of a process that is still running.
fn peak_memory_of(process: u32) -> u64 {
    memory_of(process, "VmHWM:")
}

/// What `/proc/…/status` says under this name, in bytes; 0 where the system does not tell.
fn memory_of(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
