//! Talk for people, on stderr.

use std::io::{IsTerminal, Write};
use std::sync::LazyLock;

use indicatif::MultiProgress;

use super::colour::Colour;

/// All progress bars; whatever else is written to stderr has to lift them out of the way.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Where bars are drawn.
pub(super) fn bars() -> &'static MultiProgress {
    &BARS
}

/// Whether a person looks at stderr.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether stderr may be coloured (`NO_COLOR`, and only on a terminal).
pub(crate) fn is_coloured() -> bool {
    is_terminal() && super::colour::is_wanted()
}

/// Bytes as they are.
pub(crate) fn raw(bytes: &[u8]) {
    // Nowhere is left to complain to when stderr is closed.
    BARS.suspend(|| std::io::stderr().write_all(bytes))
        .unwrap_or_default();
}

/// A line (or several).
pub(crate) fn say(text: &str) {
    raw(format!("{text}\n").as_bytes());
}

/// Something doubtful.
pub(crate) fn warn(text: &str) {
    say(&format!(
        "{} {text}",
        Colour::Yellow.of("warning:", is_coloured())
    ));
}

/// Something that went wrong.
pub(crate) fn error(text: &str) {
    say(&format!("{} {text}", Colour::Red.of("error:", is_coloured())));
}
