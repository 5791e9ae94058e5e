//! A PostgreSQL and a Redis of our own for as long as a test needs them: on free ports, reached through loopback only,
//! in a temporary folder. No server that the machine runs already is used or touched.
//!
//! What is missing is installed by [`Services::start`] where the machine is Debian or one of its relatives.
#![expect(clippy::print_stdout, reason = "says what it installs, before it does")]

mod guard;
mod log;
mod packages;
mod place;
mod postgres;
mod redis;
mod server;

use std::process::Command;

use anyhow::{Context, Result};

use self::guard::Guard;
use self::place::Place;
pub use self::server::Server;

/// Both of them. They stop and their folder goes with this value, and just so when this process is killed.
#[derive(Debug)]
pub struct Services {
    /// Fsync is off: it survives being killed, not a power failure.
    pub postgres: Server,
    /// Keeps nothing on disk: killed, it begins empty.
    pub redis: Server,
    // After the servers, whose files are in its folder.
    _guard: Guard,
}

impl Services {
    /// Starts both. What is missing is installed where that is possible, after asking who sits at a terminal.
    ///
    /// # Errors
    /// A program is missing and cannot be installed, which the error says how to mend; or a server does not begin
    /// within a minute, with what it said.
    pub fn start() -> Result<Self> {
        let programs = packages::find_or_install()?;
        let place = Place::make()?;
        let guard = Guard::of(place.folder())?;
        let postgres = postgres::start(&programs.postgres, &place, &guard)
            .context("PostgreSQL for the tests does not start")?;
        let redis =
            redis::start(&programs.redis, &place, &guard).context("Redis for the tests does not start")?;
        Ok(Self {
            postgres,
            redis,
            _guard: guard,
        })
    }

    /// Tells a command, and so the tests that it runs, where they are.
    pub fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("TEST_DATABASE_URL", self.postgres.url())
            .env("TEST_REDIS_URL", self.redis.url())
    }
}
