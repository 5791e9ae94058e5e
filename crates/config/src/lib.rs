//! The configuration: environment, then `.env`, then a TOML file, then defaults; checked in full.
//!
//! Every mistake is reported at once, with the variable's name and what is allowed, before anything
//! else happens. What passes is plain structs, one per topic, that nothing else needs to check.

#[cfg(test)]
mod documented;
mod environment;
#[cfg(test)]
mod examples;
mod reader;
pub mod sections;
mod variable;

use std::path::Path;

use domain::Problems;

pub use environment::Environment;
use reader::Reader;
use sections::{
    TOPICS, cache, data, gitlab, jobs, limits, logs, metrics, remote, server, session, traces, webhooks,
};
pub use variable::Variable;

/// Everything this installation was told.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the server is reached.
    pub server: server::Server,
    /// How people stay signed in.
    pub session: session::Session,
    /// Where things are kept.
    pub data: data::Data,
    /// How GitLab is talked to.
    pub gitlab: gitlab::Gitlab,
    /// What callers may ask of us.
    pub limits: limits::Limits,
    /// How jobs are kept and run.
    pub jobs: jobs::Jobs,
    /// The response cache.
    pub cache: cache::Cache,
    /// Who may read what is counted.
    pub metrics: metrics::Metrics,
    /// How another server is talked to.
    pub remote: remote::Remote,
    /// Who is told of requests and jobs as they happen.
    pub traces: traces::Traces,
    /// Whose hooks are believed.
    pub webhooks: webhooks::Webhooks,
    /// What is logged, and how.
    pub logs: logs::Logs,
    /// What works but should not stay so; for people, at every start.
    pub warnings: Vec<String>,
}

/// What the configuration is for; a server needs more than a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A command in the foreground.
    Command,
    /// `serve`.
    Serve,
}

impl Config {
    /// Reads the process's environment, `.env` in the current directory, and this TOML file.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load(file: Option<&Path>, purpose: Purpose) -> Result<Self, Problems> {
        // What is not UTF-8 cannot be the value of any of our variables.
        let process = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut environment = Environment::of(process).with_dotenv(Path::new(".env"));
        if let Some(file) = file {
            environment = environment.with_toml(file);
        }
        Self::read(&environment, purpose)
    }

    /// Checks these values.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(environment: &Environment, purpose: Purpose) -> Result<Self, Problems> {
        let mut read = Reader::new(environment);
        let server = server::Server::read(&mut read);
        let stage = server.stage;
        let mut config = Self {
            server,
            session: session::Session::read(&mut read, stage, purpose == Purpose::Serve),
            data: data::Data::read(&mut read),
            gitlab: gitlab::Gitlab::read(&mut read, stage),
            limits: limits::Limits::read(&mut read),
            jobs: jobs::Jobs::read(&mut read),
            cache: cache::Cache::read(&mut read),
            metrics: metrics::Metrics::read(&mut read),
            remote: remote::Remote::read(&mut read),
            traces: traces::Traces::read(&mut read),
            webhooks: webhooks::Webhooks::read(&mut read),
            logs: logs::Logs::read(&mut read, stage),
            warnings: Vec::new(),
        };
        let (problems, warnings, read) = read.finish();
        debug_assert_eq!(
            read,
            TOPICS
                .iter()
                .flat_map(|topic| topic.variables)
                .map(|variable| variable.name)
                .collect(),
            "every variable is read, and every variable that is read is described"
        );
        Problems(problems).into_result()?;
        config.warnings = warnings;
        let unknown = environment
            .in_toml()
            .iter()
            .filter(|name| !read.contains(name.as_str()));
        config
            .warnings
            .extend(unknown.map(|name| format!("{name} in the configuration file means nothing")));
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(variables: &[(&str, &str)], purpose: Purpose) -> Vec<String> {
        match Config::read(&Environment::of(variables.iter().copied()), purpose) {
            Ok(_) => Vec::new(),
            Err(Problems(problems)) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once_with_what_is_allowed() {
        let found = problems(
            &[
                ("PORT", "70000"),
                ("GITLAB_URL", "gitlab"),
                ("GITLAB_API_RATE_LIMIT", "fast"),
                ("SESSION_SECRET", "too-short-to-be-safe"),
                ("MAX_FILE_SIZE", "lots"),
                ("LOG_FORMAT", "xml"),
                ("DATABASE_URL", "postgres://user:password@db:many/x"),
                ("REDIS_URL", "redis://:password@cache/many"),
            ],
            Purpose::Serve,
        );
        insta::assert_snapshot!(found.join("\n"), @r"
        PORT: is not a whole number (found `70000`; allowed: 0 to 65535; 0 picks a free port)
        SESSION_SECRET: is too short (allowed: at least 32 bytes, random: `openssl rand -hex 32`)
        DATABASE_URL: is not the address of a PostgreSQL database: error with configuration: invalid port number (allowed: sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME)
        REDIS_URL: is not the address of a Redis: Invalid database number (allowed: redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH)
        GITLAB_URL: not a URL; give it like https://gitlab.example.com (found `gitlab`; allowed: the address of a GitLab server, like https://gitlab.example.com or https://example.com/gitlab)
        GITLAB_API_RATE_LIMIT: is not a number (found `fast`; allowed: a number above 0, auto or unlimited)
        MAX_FILE_SIZE: is not a size (found `lots`; allowed: a size like 50mb)
        LOG_FORMAT: is neither text nor json (found `xml`; allowed: text or json)
        ");
    }

    #[test]
    fn production_demands_a_secret_of_a_server_only() {
        let production = [("NODE_ENV", "production")];
        assert_eq!(
            problems(&production, Purpose::Serve),
            [
                "SESSION_SECRET: is needed when APP_ENV is production (allowed: at least 32 bytes, random: `openssl rand -hex 32`)"
            ]
        );
        assert!(problems(&production, Purpose::Command).is_empty());
    }

    #[test]
    fn the_token_is_in_no_debug_text() {
        let environment = Environment::of([
            ("GITLAB_TOKEN", "glpat-do-not-show-me"),
            (
                "SESSION_SECRET",
                "0123456789abcdef0123456789abcdef-do-not-show-me",
            ),
        ]);
        let config = Config::read(&environment, Purpose::Serve).unwrap();
        assert!(!format!("{config:?}").contains("do-not-show-me"));
    }
}
