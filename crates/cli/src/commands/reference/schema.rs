use std::io::Write;

use clap::Args;
use engine::{manifest, operations};

use crate::failure::{Exit, Failure};
use crate::output::results;

/// `schema`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk schema > manifest.schema.json\n\n\
    An editor that knows YAML checks a manifest that begins with\n  \
    # yaml-language-server: $schema=manifest.schema.json")]
pub(crate) struct Arguments {}

/// Prints the JSON Schema of a manifest.
pub(crate) fn run(_: &Arguments) -> Result<Exit, Failure> {
    let mut out = results();
    out.write_all(text().as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

fn text() -> String {
    let schema = manifest::schema(&operations::registry());
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::reference::assert_generated;

    #[test]
    fn the_schema_in_the_documentation_is_that_of_the_operations() {
        assert_generated("docs/manifest.schema.json", &text());
    }
}
