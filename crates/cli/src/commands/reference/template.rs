use std::io::Write;

use clap::{Args, ValueEnum};
use domain::{Problem, Problems};
use engine::import::template::{TemplateFormat, template};
use engine::operations;

use crate::failure::{Exit, Failure};
use crate::output::results;

/// `template OPERATION`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk template create_project --format csv > projects.csv\n  \
    gitlab-bulk template members --format yaml")]
pub(crate) struct Arguments {
    /// The operation (`create_group`), or what its files hold (`groups`)
    operation: String,
    /// The format of the file
    #[arg(long, short, value_enum, default_value_t)]
    format: FileFormat,
}

/// Formats of a template.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FileFormat {
    /// A header and a row
    #[default]
    Csv,
    /// A list, with a comment for each field
    Yaml,
    /// A list
    Json,
}

/// Prints a template; what it prints can be applied as it is.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let registry = operations::registry();
    let wanted = arguments.operation.as_str();
    let found = registry
        .iter()
        .find(|operation| operation.name() == wanted || operation.items() == wanted);
    let Some(operation) = found else {
        let names: Vec<&str> = registry.iter().map(|operation| operation.name()).collect();
        let problem = Problem::new("unknown operation")
            .value(wanted)
            .allowed(names.join(", "));
        return Err(Failure::invalid(
            "there is no such operation",
            Problems::from(problem),
        ));
    };
    let format = match arguments.format {
        FileFormat::Csv => TemplateFormat::Csv,
        FileFormat::Yaml => TemplateFormat::Yaml,
        FileFormat::Json => TemplateFormat::Json,
    };
    let mut out = results();
    out.write_all(template(operation.as_ref(), format).as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}
