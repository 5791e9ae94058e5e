//! What people and scripts read: results on stdout in the asked format, talk on stderr.

pub(crate) mod colour;
pub(crate) mod item;
pub(crate) mod job;
pub(crate) mod plan;
mod problems;
pub(crate) mod progress;
pub(crate) mod source;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod talk;
pub(crate) mod waits;

use std::io::{BufWriter, Stdout, Write};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document: what the API answers.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A table with a header row.
    Csv,
}

/// A number of items, as people say it: `1 item`, `3 items`.
pub(crate) fn items(count: impl Into<u64>) -> String {
    match count.into() {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}

/// Where results go, buffered; [`Write::flush`] it at the end.
pub(crate) fn results() -> BufWriter<Stdout> {
    BufWriter::with_capacity(64 * 1024, std::io::stdout())
}

/// Prints results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// The format that was asked for.
    pub(crate) fn format(self) -> Format {
        self.format
    }

    /// Whether people read it.
    pub(crate) fn is_text(self) -> bool {
        self.format == Format::Text
    }

    /// One JSON document: indented (`json`), or on one line (`ndjson`).
    ///
    /// # Errors
    /// Nobody reads it.
    pub(crate) fn document<T: Serialize>(self, value: &T) -> Result<(), Failure> {
        let mut out = results();
        match self.format {
            Format::Ndjson => serde_json::to_writer(&mut out, value)?,
            _ => serde_json::to_writer_pretty(&mut out, value)?,
        }
        writeln!(out)?;
        Ok(out.flush()?)
    }

    /// Ends the program: says what went wrong, and how it exits.
    pub(crate) fn finish(self, result: Result<Exit, Failure>) -> Exit {
        let failure = match result {
            Ok(exit) => return exit,
            Err(failure) => failure,
        };
        let exit = failure.exit();
        if matches!(failure, Failure::OutputClosed) {
            return exit;
        }
        talk::error(&failure.to_string());
        if let Failure::Other {
            advice: Some(advice), ..
        } = &failure
        {
            talk::say(&format!("       {advice}"));
        }
        // A pipe that is closed by now changes nothing about how this ended.
        let _ = self.explain(&failure);
        exit
    }

    /// The problems, or for programs the API's error envelope.
    fn explain(self, failure: &Failure) -> Result<(), Failure> {
        match (self.format, failure) {
            (Format::Text, Failure::Invalid { problems, .. }) => {
                talk::say(problems::text(problems).trim_end());
                Ok(())
            }
            (Format::Csv, Failure::Invalid { problems, .. }) => problems::csv(problems, results()),
            (Format::Json | Format::Ndjson, Failure::Invalid { problems, what }) => self
                .document(&json!({"error": {"code": failure.code(), "message": what, "details": problems}})),
            (Format::Json | Format::Ndjson, Failure::Other { message, .. }) => {
                self.document(&json!({"error": {"code": failure.code(), "message": message}}))
            }
            _ => Ok(()),
        }
    }
}
