//! Logs go to stderr, never through a progress bar.

use std::io::{self, Write};

use config::Purpose;
use config::sections::logs::{LogFormat, Logs};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};
use url::Url;

use crate::output::talk;
use crate::traces;

/// Starts logging, and sending traces to a collector where there is one; what was started first stays.
pub(crate) fn start(logs: &Logs, collector: Option<&Url>, purpose: Purpose) {
    // In the foreground people see progress and results; a server's log is what it has to say.
    let filter = if purpose == Purpose::Serve || logs.chosen {
        logs.filter.as_str()
    } else {
        "warn"
    };
    let lines = fmt::layer().with_ansi(talk::is_coloured()).with_writer(Lines);
    let filter = EnvFilter::new(filter);
    let lines = match logs.format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let traces = collector.map(traces::layer);
    let (traces, failure) = match traces {
        None => (None, None),
        Some(Ok(layer)) => (Some(layer), None),
        Some(Err(failure)) => (None, Some(failure)),
    };
    let _ = tracing_subscriber::registry().with(lines).with(traces).try_init();
    if let Some(failure) = failure {
        tracing::warn!("Traces cannot be sent: {failure}");
    }
}

/// Writes whole lines to stderr, lifting a progress bar out of the way.
struct Lines;

impl MakeWriter<'_> for Lines {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line(Vec::new())
    }
}

struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        talk::raw(&self.0);
    }
}
