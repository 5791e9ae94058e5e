//! A PostgreSQL and a Redis of our own for as long as something needs them: on free ports, reached through loopback
//! only, in a temporary folder. No server that the machine runs already is used or touched.

mod guard;
mod packages;
mod postgres;
mod redis;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use self::guard::Guard;
use crate::stopwatch::{Stopwatch, pause};

/// How long a server may take to begin.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Both of them. They stop and their folder goes with this value, and just so when this process is killed.
pub(crate) struct Services {
    database_url: String,
    redis_url: String,
    _guard: Guard,
}

impl Services {
    /// Starts both. What is missing is installed where that is possible.
    pub(crate) fn start() -> Result<Self> {
        let programs = packages::find_or_install()?;
        let place = Place::make()?;
        let mut guard = Guard::of(&place.folder)?;
        let database_url = postgres::start(&programs.postgres, &place, &mut guard)
            .context("PostgreSQL for the tests does not start")?;
        let redis_url = redis::start(&programs.redis, &place, &mut guard)
            .context("Redis for the tests does not start")?;
        Ok(Self {
            database_url,
            redis_url,
            _guard: guard,
        })
    }

    /// Tells a command, and so the tests that it runs, where they are.
    pub(crate) fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("TEST_DATABASE_URL", &self.database_url)
            .env("TEST_REDIS_URL", &self.redis_url)
    }
}

/// `cargo xtask services COMMAND…`: runs it with both of them there.
pub(crate) fn run(words: &[String]) -> Result<ExitCode> {
    let Some((program, arguments)) = words.split_first() else {
        bail!("name a command to run, like: cargo xtask services cargo test -p storage");
    };
    let services = Services::start()?;
    let mut command = Command::new(program);
    let status = services
        .tell(command.args(arguments))
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Where the servers keep their files, and whose processes they are.
struct Place {
    folder: PathBuf,
    /// PostgreSQL refuses to run as root; then it is nobody's.
    nobody: Option<(u32, u32)>,
}

impl Place {
    fn make() -> Result<Self> {
        let name = format!("gitlab-bulk-services-{}", secret()?);
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let nobody = (number("-u", None)? == 0)
            .then(|| Ok::<_, anyhow::Error>((number("-u", Some("nobody"))?, number("-g", Some("nobody"))?)))
            .transpose()?;
        Ok(Self { folder, nobody })
    }

    /// A folder within that the servers may write to.
    fn within(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        std::fs::create_dir(&folder)?;
        self.hand_over(&folder)?;
        Ok(folder)
    }

    fn hand_over(&self, path: &Path) -> Result<()> {
        #[cfg(unix)]
        if let Some((user, group)) = self.nobody {
            std::os::unix::fs::chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }

    /// A command that runs as nobody where it must not run as root, and that Ctrl-C does not reach: whoever needs the
    /// servers has to end before them.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;

            command.process_group(0);
            if let Some((user, group)) = self.nobody {
                command.uid(user).gid(group);
            }
        }
        command
    }
}

/// The number of a user or of its group, as `id` tells it; our own without a name.
fn number(which: &str, name: Option<&str>) -> Result<u32> {
    let output = Command::new("id").arg(which).args(name).output()?;
    ensure!(
        output.status.success(),
        "`id {which}` knows no {}",
        name.unwrap_or("us")
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// A port that is free at this moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// 128 bits that nobody guesses, as text.
fn secret() -> Result<String> {
    use std::fmt::Write as _;
    use std::io::Read as _;

    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// Waits until a server answers; `alive` fails when it has ended.
fn wait_for(
    name: &str,
    mut alive: impl FnMut() -> Result<()>,
    mut answers: impl FnMut() -> bool,
) -> Result<()> {
    let stopwatch = Stopwatch::start();
    while !answers() {
        alive()?;
        ensure!(
            stopwatch.elapsed() < READY_WITHIN,
            "{name} does not answer within {READY_WITHIN:?}"
        );
        pause(Duration::from_millis(50));
    }
    Ok(())
}
