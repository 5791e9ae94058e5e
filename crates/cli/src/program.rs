//! How this program is called again, in what it says one may do next.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use crate::arguments::Global;

/// The program with the options that tell where its jobs are: `gitlab-bulk --server https://bulk.example.com`.
#[derive(Clone, Debug)]
pub(crate) struct Program(Arc<str>);

impl Program {
    /// As it was called this time.
    pub(crate) fn of(global: &Global) -> Self {
        let mut text = Self::default().to_string();
        let config = global.config.as_ref().map(|path| path.display().to_string());
        for (option, value) in [("--config", config), ("--server", global.server.clone())] {
            if let Some(value) = value {
                text.extend([" ", option, " ", &quoted(&value)]);
            }
        }
        Self(text.into())
    }
}

impl Default for Program {
    fn default() -> Self {
        Self("gitlab-bulk".into())
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::Program;
    use crate::arguments::Global;
    use crate::output::Format;

    #[test]
    fn what_is_said_to_be_typed_next_goes_where_this_went() {
        let of = |config: Option<&str>, server: Option<&str>| {
            let global = Global {
                output: Format::Json,
                config: config.map(Into::into),
                server: server.map(Into::into),
            };
            Program::of(&global).to_string()
        };
        assert_eq!(of(None, None), "gitlab-bulk");
        assert_eq!(
            of(Some("my bulk.toml"), Some("https://bulk.example.com/x")),
            "gitlab-bulk --config 'my bulk.toml' --server https://bulk.example.com/x"
        );
        assert_eq!(
            of(Some("it's.toml"), None),
            r"gitlab-bulk --config 'it'\''s.toml'"
        );
    }
}
