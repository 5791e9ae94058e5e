use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::server::Stage;
use crate::reader::Reader;
use crate::variable::Variable;

const LOG_LEVEL: Variable = Variable::new("LOG_LEVEL", "info")
    .allowed("error, warn, info, debug, trace, or a filter like info,engine=debug")
    .means("How much is logged to stderr. Commands that run in the foreground log only warnings unless this is set.");
const LOG_FORMAT: Variable = Variable::new("LOG_FORMAT", "")
    .without("text (`json` in production)")
    .allowed("text or json")
    .means("One line of text or one JSON object per event.");

pub(crate) const VARIABLES: &[Variable] = &[LOG_LEVEL, LOG_FORMAT];

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// A line of text.
    Text,
    /// A JSON object.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Logs {
    /// A filter of `tracing_subscriber`.
    pub filter: String,
    /// Whether somebody asked for it.
    pub chosen: bool,
    /// How a line looks.
    pub format: LogFormat,
}

impl Logs {
    pub(crate) fn read(read: &mut Reader<'_>, stage: Stage) -> Self {
        let chosen = read.is_given(&LOG_LEVEL);
        let filter = read.value(&LOG_LEVEL, filter);
        let format = read.optional(&LOG_FORMAT, |text| match text.to_lowercase().as_str() {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("is neither text nor json".to_owned()),
        });
        let usual = if stage == Stage::Production {
            LogFormat::Json
        } else {
            LogFormat::Text
        };
        Self {
            filter,
            chosen,
            format: format.unwrap_or(usual),
        }
    }
}

/// A misspelled level would be read as the name of a part of the program, of which alone everything is logged.
fn filter(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let is_clear = |part: &&str| part.contains(['=', '[']) || is_level(part);
    let filter = parts.join(",");
    if parts.iter().all(is_clear) && EnvFilter::try_new(&filter).is_ok() {
        Ok(filter)
    } else {
        Err("is not a level or a filter".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn a_level_is_one_of_five_words_and_a_filter_says_which_part_has_which() {
        for text in ["error", "INFO", "off", "info,engine=debug", "engine[job]=debug"] {
            assert_eq!(filter(text), Ok(text.to_owned()));
        }
        assert_eq!(filter("warn, server=trace"), Ok("warn,server=trace".to_owned()));
        for text in ["loud", "verbose", "info,engin", "engine=loud", "info,,"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }
}
