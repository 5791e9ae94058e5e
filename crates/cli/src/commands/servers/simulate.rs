use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use gitlab_sim::{EstateOptions, Options, RateLimit, Simulator, Tier};
use serde_json::json;

use crate::context::Context;
use crate::failure::{Exit, Failure, chain};
use crate::output::results;
use crate::output::talk;

/// `simulate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    gitlab-bulk simulate\n  \
    gitlab-bulk simulate --groups 0 --projects 0 --users 4000 --latency 50 --rate-limit 6300/60\n\n\
    The first line on stdout is {\"url\":…}. The administrator is `root` with token `glpat-sim-root`; every\n\
    seeded user `dev-0001` … has the token `glpat-sim-dev-0001` …. Ctrl-C stops it.")]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8929")]
    listen: SocketAddr,
    /// What the estate and everything random is made from
    #[arg(long, value_name = "N", default_value_t = EstateOptions::default().seed)]
    seed: u64,
    /// Groups at all depths, exactly
    #[arg(long, value_name = "N", default_value_t = EstateOptions::default().groups)]
    groups: u32,
    /// Projects, exactly
    #[arg(long, value_name = "N", default_value_t = EstateOptions::default().projects)]
    projects: u32,
    /// Users besides root, exactly
    #[arg(long, value_name = "N", default_value_t = EstateOptions::default().users)]
    users: u32,
    /// How long every answer waits, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// A throttle, per user: N requests in each window of so many seconds
    #[arg(long, value_name = "N/SECONDS")]
    rate_limit: Option<RateLimit>,
    /// The licence it pretends to have: free, premium or ultimate
    #[arg(long, value_name = "TIER", default_value = "free")]
    tier: Tier,
    /// Keep the state in this file; an existing one is loaded, and wins over the estate's options
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Let other machines that know this token use the control calls under /_sim
    #[arg(long, value_name = "TOKEN")]
    control_token: Option<String>,
}

/// Serves a simulated GitLab until it is told to stop.
pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let simulator = Simulator::start_with(Options {
        listen: arguments.listen,
        estate: EstateOptions {
            seed: arguments.seed,
            groups: arguments.groups,
            projects: arguments.projects,
            users: arguments.users,
        },
        latency: Duration::from_millis(arguments.latency),
        rate_limit: arguments.rate_limit,
        tier: arguments.tier,
        state_file: arguments.state,
        control_token: arguments.control_token,
        ..Options::default()
    })
    .await
    .map_err(|error| Failure::internal(chain(&error)))?;
    let mut out = results();
    writeln!(out, "{}", json!({ "url": simulator.url() }))?;
    out.flush()?;
    introduce(&simulator);
    talk::say("Ctrl-C stops it.");
    context.interrupts().first().await;
    talk::say("Stopping.");
    simulator.stop().await;
    Ok(Exit::Done)
}

/// Says what it holds and how to use it.
pub(super) fn introduce(simulator: &Simulator) {
    let what = simulator.describe();
    talk::say(&format!(
        "Simulated GitLab at {}: {} groups, {} projects, {} users, {} memberships",
        what.url, what.groups, what.projects, what.users, what.members
    ));
    talk::say(&format!("  administrator  root      token {}", what.root_token));
    if let Some(token) = &what.user_token {
        talk::say(&format!("  seeded user    dev-0001  token {token}"));
    }
    talk::say(&format!(
        "  OAuth client   {}, secret {}; users sign in with sim-password-NAME",
        what.client_id, what.client_secret
    ));
    talk::say(&format!(
        "  licence        {}; faults, limits, time and statistics are below {}/_sim (docs/simulator.md)",
        what.licence, what.url
    ));
}
