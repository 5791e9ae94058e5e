use std::path::Path;

use config::{Config, Purpose};
use domain::{Problem, Problems};

use super::finding::Finding;
use crate::failure::Exit;

const NAME: &str = "configuration";

/// Reads it as `serve` would. The rest can be checked when at least a command could work with it.
pub(super) fn check(file: Option<&Path>) -> (Option<Config>, Vec<Finding>) {
    match Config::load(file, Purpose::Serve) {
        Ok(config) => {
            let mut findings = vec![works(&config)];
            findings.extend(
                config
                    .warnings
                    .iter()
                    .map(|warning| Finding::doubtful(NAME, warning)),
            );
            (Some(config), findings)
        }
        Err(Problems(problems)) => {
            let findings = problems.iter().map(wrong).collect();
            (Config::load(file, Purpose::Command).ok(), findings)
        }
    }
}

fn works(config: &Config) -> Finding {
    Finding::works(
        NAME,
        format!(
            "`serve` listens on {}, browsers reach it at {}; {}",
            config.server.listen,
            config
                .server
                .public_url
                .as_ref()
                .map_or_else(|| format!("http://{}", config.server.listen), ToString::to_string),
            config.gitlab.url
        ),
    )
}

fn wrong(problem: &Problem) -> Finding {
    Finding::failed(NAME, Exit::Wrong, problem.to_string()).advise("docs/configuration.md has every variable")
}
