//! A few colours, where a terminal shows them and nobody objects.

use std::io::IsTerminal;

/// A colour of the terminal's own palette.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Red,
    Green,
    Yellow,
    Cyan,
    Dim,
}

impl Colour {
    /// The text in this colour, or as it is.
    pub(crate) fn of(self, text: &str, coloured: bool) -> String {
        let code = match self {
            Self::Red => "31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Cyan => "36",
            Self::Dim => "2",
        };
        if coloured {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Whether nobody objects: `NO_COLOR` unset or empty, and the terminal not a dumb one.
pub(crate) fn is_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// Whether results on stdout may be coloured.
pub(crate) fn on_stdout() -> bool {
    std::io::stdout().is_terminal() && is_wanted()
}
