//! `doctor`: is everything as it has to be, and if not, what mends it.

mod configuration;
mod data;
mod finding;
mod gitlab;

use std::io::Write as _;

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::colour::on_stdout;
use crate::output::{Format, results};
use finding::{Finding, Verdict};

/// `doctor`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk doctor\n  \
    gitlab-bulk doctor --output json | jq '.checks[] | select(.status != \"ok\")'\n\n\
    Changes nothing, neither here nor in GitLab. Exit code 0 when everything works (warnings count as working),\n\
    2 for a wrong configuration, 3 when GitLab, the database or Redis cannot be used, 4 when the token cannot.")]
pub(crate) struct Arguments {}

/// Checks everything, and says how to mend what is wrong.
pub(crate) async fn run(_: Arguments, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    let (config, mut findings) = configuration::check(context.config_file());
    if let Some(config) = config {
        findings.extend(data::check(&config, context.clock()).await);
        findings.extend(gitlab::check(&config, context.clock()).await);
    }
    print(&findings, context)?;
    // The first thing to mend decides: without a configuration nothing else can be right.
    let worst = findings
        .iter()
        .filter_map(|finding| match finding.verdict {
            Verdict::Failed(exit) => Some(exit),
            _ => None,
        })
        .min_by_key(|exit| *exit as u8);
    Ok(worst.unwrap_or(Exit::Done))
}

fn print(findings: &[Finding], context: &Context) -> Result<(), Failure> {
    let output = context.output();
    let failed = findings
        .iter()
        .any(|finding| matches!(finding.verdict, Verdict::Failed(_)));
    let mut out = results();
    match output.format() {
        Format::Json => {
            let status = if failed { "unhealthy" } else { "healthy" };
            return output.document(&json!({ "status": status, "checks": findings }));
        }
        Format::Ndjson => {
            for finding in findings {
                serde_json::to_writer(&mut out, finding)?;
                writeln!(out)?;
            }
        }
        Format::Csv => {
            let mut table = csv::Writer::from_writer(&mut out);
            table.write_record(["name", "status", "message", "advice"])?;
            for finding in findings {
                let advice = finding.advice.as_deref().unwrap_or_default();
                table.write_record([finding.name, finding.verdict.word(), &finding.message, advice])?;
            }
            table.flush()?;
        }
        Format::Text => {
            let coloured = on_stdout();
            for finding in findings {
                let word = format!("{:<7}", finding.verdict.word());
                let word = finding.verdict.colour().of(&word, coloured);
                writeln!(out, "{word}  {:<13}  {}", finding.name, finding.message)?;
                if let Some(advice) = &finding.advice {
                    writeln!(out, "{:24}{advice}", "")?;
                }
            }
        }
    }
    Ok(out.flush()?)
}
