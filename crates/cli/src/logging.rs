//! Logs go to stderr, never through a progress bar.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::Purpose;
use crate::config::sections::logs::{LogFormat, Logs};
use crate::output::talk;

/// Starts logging; what was started first stays.
pub(crate) fn start(logs: &Logs, purpose: Purpose) {
    // In the foreground people see progress and results; a server's log is what it has to say.
    let filter = if purpose == Purpose::Serve || logs.chosen {
        logs.filter.as_str()
    } else {
        "warn"
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(talk::is_coloured())
        .with_writer(Lines);
    let _ = match logs.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
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
