use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use config::{Config, Environment, Purpose};
use domain::{Job, JobStatus};
use gitlab_sim::{EstateOptions, Options, Simulator};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::api::Api;
use super::serve::listen;
use super::simulate::introduce;
use crate::composition::{compose, server_settings};
use crate::context::Context;
use crate::failure::{Exit, Failure, chain};
use crate::logging;
use crate::output::progress::Progress;
use crate::output::talk;

/// What is imported: a real estate in small.
const SAMPLE: [(&str, &str); 3] = [
    (
        "groups.csv",
        include_str!("../../../../../samples/salsa-small/groups.csv"),
    ),
    (
        "projects.csv",
        include_str!("../../../../../samples/salsa-small/projects.csv"),
    ),
    (
        "members.csv",
        include_str!("../../../../../samples/salsa-small/members.csv"),
    ),
];

/// Users that the simulated GitLab has; the sample's members are among them.
const USERS: u32 = 600;

/// Requests per second: an import that one can watch, but not for long.
const RATE: &str = "100";

/// Variables that a demo takes from the environment; it brings everything else itself.
const TAKEN: [&str; 5] = ["GITLAB_API_RATE_LIMIT", "HOST", "LOG_FORMAT", "LOG_LEVEL", "PORT"];

/// `demo`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk demo\n  \
    gitlab-bulk demo --exit --output json\n\n\
    Everything runs in this one process on this machine; nothing else is needed, and nothing is left behind.\n\
    Ctrl-C stops it.")]
pub(crate) struct Arguments {
    /// Address of the server, instead of `HOST` and `PORT`; a free port is taken when it is not free
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address of the simulated GitLab; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    gitlab: SocketAddr,
    /// Keep the database here instead of in a temporary directory
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Stop after the import
    #[arg(long)]
    exit: bool,
}

/// A GitLab, a server, and an import through it that one can watch.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    let temporary = tempfile::tempdir()?;
    let data = arguments.data.as_deref().unwrap_or(temporary.path());
    let gitlab = Simulator::start_with(Options {
        listen: arguments.gitlab,
        estate: EstateOptions {
            users: USERS,
            ..EstateOptions::default()
        },
        ..Options::default()
    })
    .await
    .map_err(|error| Failure::internal(chain(&error)))?;
    introduce(&gitlab);

    let config = configuration(&gitlab, data)?;
    logging::start(&config.logs, None, Purpose::Command);
    let composition = compose(&config, context.clock(), "server").await?;
    let listener = listener(arguments.listen.unwrap_or(config.server.listen)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let server = tokio::spawn(server::serve(
        server_settings(&config)?,
        composition.engine.clone(),
        composition.client.clone(),
        Arc::clone(&composition.clock),
        listener,
        stop.clone(),
    ));
    talk::say(&format!("Server at {url}"));

    let imported = tokio::select! {
        imported = import(&url, &gitlab, &composition.clock) => Some(imported?),
        () = context.interrupts().first() => None,
    };
    if let Some(job) = &imported {
        say(context, &url, &gitlab, job)?;
        if !arguments.exit {
            talk::say("Everything stays up until Ctrl-C.");
            context.interrupts().first().await;
        }
    }
    stop.cancel();
    server
        .await
        .map_err(|error| Failure::internal(chain(&error)))?
        .map_err(|error| Failure::internal(chain(&error)))?;
    composition.storage.close().await;
    gitlab.stop().await;
    Ok(match imported {
        Some(job) if job.status == JobStatus::Completed && job.failure_count + job.unconfirmed_count == 0 => {
            Exit::Done
        }
        Some(_) => Exit::SomeFailed,
        None => Exit::Interrupted,
    })
}

/// A configuration of its own, whatever the environment says about other installations.
fn configuration(gitlab: &Simulator, data: &Path) -> Result<Config, Failure> {
    let own = [
        ("GITLAB_URL".to_owned(), gitlab.url().to_owned()),
        ("DATA_DIR".to_owned(), data.display().to_string()),
    ];
    let taken = TAKEN
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)));
    // The first to name a variable wins.
    let rate = ("GITLAB_API_RATE_LIMIT".to_owned(), RATE.to_owned());
    let environment = Environment::of(own.into_iter().chain(taken).chain([rate]));
    Config::read(&environment, Purpose::Serve)
        .map_err(|problems| Failure::invalid("the configuration is wrong", problems))
}

/// The wanted address, or a free port beside it.
async fn listener(wanted: SocketAddr) -> Result<TcpListener, Failure> {
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            talk::warn(&format!("{wanted} is in use; taking another port"));
            listen(
                SocketAddr::new(wanted.ip(), 0),
                "HOST and PORT say where to listen",
            )
            .await
        }
        Err(_) => listen(wanted, "HOST and PORT say where to listen").await,
    }
}

/// Signs in, uploads the sample and follows the job to its end.
async fn import(url: &str, gitlab: &Simulator, clock: &Arc<dyn domain::Clock>) -> Result<Job, Failure> {
    let api = Api::sign_in(url, gitlab.url(), &gitlab.root_token()).await?;
    let mut job = api.import(&SAMPLE).await?;
    talk::say(&format!(
        "Job {} imports {} groups, projects and members …",
        job.id, job.total
    ));
    let mut progress = Progress::of(&job, clock);
    while matches!(
        job.status,
        JobStatus::Planning | JobStatus::Planned | JobStatus::Pending | JobStatus::Running
    ) {
        clock
            .sleep(
                progress
                    .interval()
                    .max(std::time::Duration::from_millis(50))
                    .min(POLL),
            )
            .await;
        job = api.job(&job).await?;
        progress.show(&job);
    }
    Ok(job)
}

/// How rarely the job is asked for.
const POLL: std::time::Duration = std::time::Duration::from_millis(250);

fn say(context: &Context, url: &str, gitlab: &Simulator, job: &Job) -> Result<(), Failure> {
    let output = context.output();
    if !output.is_text() {
        return output.document(&json!({
            "url": url,
            "gitlabUrl": gitlab.url(),
            "token": gitlab.root_token(),
            "job": job,
        }));
    }
    let mut out = crate::output::results();
    use std::io::Write;
    writeln!(
        out,
        "Imported: {} succeeded, {} skipped, {} failed, {} unconfirmed\n\
         server  {url}\n\
         gitlab  {}\n\
         token   {}",
        job.success_count,
        job.skipped_count,
        job.failure_count,
        job.unconfirmed_count,
        gitlab.url(),
        gitlab.root_token()
    )?;
    Ok(out.flush()?)
}
