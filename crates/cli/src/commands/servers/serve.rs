use std::io::Write;
use std::sync::Arc;

use clap::Args;
use config::Purpose;
use serde_json::json;
use server::{Listeners, Nodes};
use tokio::net::TcpListener;

use crate::composition::{compose, server_settings};
use crate::context::Context;
use crate::core_dump;
use crate::failure::{Exit, Failure, chain};
use crate::output::results;
use crate::retention;

/// `serve`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk serve\n  \
    HOST=0.0.0.0 PORT=8080 GITLAB_URL=https://gitlab.example.com gitlab-bulk serve\n\n\
    The first line on stdout is {\"url\":…}, with gatewayUrl and metricsUrl where these listen; the log goes\n\
    to stderr. SIGTERM or Ctrl-C stops it: open requests and items get 10 seconds, what is\n\
    not done by then is settled at the next start.")]
pub(crate) struct Arguments {}

/// Serves until it is told to stop.
pub(crate) async fn run(_: Arguments, context: &Context) -> Result<Exit, Failure> {
    context.without_server()?;
    let config = context.config(Purpose::Serve)?;
    let mut settings = server_settings(&config)?;
    if settings.production {
        core_dump::forbid();
    }
    if let Some(redis) = &config.data.redis {
        settings.nodes = Nodes::over(
            redis.clone(),
            Arc::clone(context.clock()),
            settings.metrics.clone(),
        );
    }
    let mut watched = config.clone();
    watched.gitlab.client.shared_pace = settings.nodes.shared_pace();
    watched.gitlab.client.watch = Arc::new(settings.metrics.clone());
    let composition = compose(&watched, context.clock(), "server").await?;
    let _tidy = retention::keep(&composition, config.jobs.retention);
    let listeners = Listeners {
        main: listen(config.server.listen, "HOST and PORT say where to listen").await?,
        gateway: match config.server.gateway {
            Some(address) => Some(listen(address, "GATEWAY_LISTEN says where to listen").await?),
            None => None,
        },
        metrics: match config.metrics.listen {
            Some(address) => Some(listen(address, "METRICS_LISTEN says where to listen").await?),
            None => None,
        },
    };
    let mut said = json!({ "url": format!("http://{}", listeners.main.local_addr()?) });
    if let Some(gateway) = &listeners.gateway {
        said["gatewayUrl"] = json!(format!("http://{}", gateway.local_addr()?));
    }
    if let Some(metrics) = &listeners.metrics {
        said["metricsUrl"] = json!(format!("http://{}", metrics.local_addr()?));
    }
    let mut out = results();
    writeln!(out, "{said}")?;
    out.flush()?;
    let stop = context.interrupts().token();
    server::serve(
        settings,
        composition.engine.clone(),
        composition.client.clone(),
        Arc::clone(&composition.clock),
        listeners,
        stop,
    )
    .await
    .map_err(|error| Failure::internal(chain(&error)))?;
    composition.storage.close().await;
    tracing::info!("Stopped");
    Ok(Exit::Done)
}

/// Takes an address to listen on.
pub(super) async fn listen(address: std::net::SocketAddr, advice: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::internal(format!("cannot listen on {address}: {error}")).advise(advice))
}
