use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::{Config, Purpose};
use domain::{Clock, Problems, SystemClock};

use crate::arguments::Global;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::logging;
use crate::output::{Output, talk};
use crate::program::Program;
use crate::remote::Remote;

/// What every command is given.
pub(crate) struct Context {
    output: Output,
    program: Program,
    config_file: Option<PathBuf>,
    server: Option<String>,
    interrupts: Interrupts,
    clock: Arc<dyn Clock>,
}

impl Context {
    /// Listens for signals from now on.
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            output: Output::new(global.output),
            program: Program::of(global),
            config_file: global.config.clone(),
            server: global.server.clone(),
            interrupts: Interrupts::listen(),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// How results are printed.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// How the program is called again.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// Time, for everything in this process.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Ctrl-C and SIGTERM.
    pub(crate) fn interrupts(&self) -> &Interrupts {
        &self.interrupts
    }

    /// `--config`.
    pub(crate) fn config_file(&self) -> Option<&Path> {
        self.config_file.as_deref()
    }

    /// Refuses `--server`, for what is done on this machine only.
    pub(crate) fn without_server(&self) -> Result<(), Failure> {
        match self.server {
            None => Ok(()),
            Some(_) => Err(
                Failure::usage("--server is for plan, apply, run, export and jobs")
                    .advise("leave it out: this command works on this machine"),
            ),
        }
    }

    /// The server that is to do it, if one is named.
    ///
    /// # Errors
    /// The configuration is wrong, the address is none of a server, or there is no API key.
    pub(crate) fn remote(&self) -> Result<Option<Remote>, Failure> {
        let Some(address) = &self.server else {
            return Ok(None);
        };
        let config = self.config(Purpose::Command)?;
        let clock = Arc::clone(&self.clock);
        let interrupts = self.interrupts.clone();
        Remote::new(
            address,
            config.remote.key.as_ref(),
            clock,
            self.output,
            self.program.clone(),
            interrupts,
        )
        .map(Some)
    }

    /// The checked configuration; says what is doubtful in it and starts the log.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn config(&self, purpose: Purpose) -> Result<Config, Failure> {
        let config = Config::load(self.config_file.as_deref(), purpose)
            .map_err(|problems: Problems| Failure::invalid("the configuration is wrong", problems))?;
        logging::start(&config.logs, config.traces.collector.as_ref(), purpose);
        for warning in &config.warnings {
            // What a server says is its log, of which every line has one form.
            if purpose == Purpose::Serve {
                tracing::warn!("{warning}");
            } else {
                talk::warn(warning);
            }
        }
        Ok(config)
    }
}
