//! `cargo xtask demo | test | fuzz | dist | bench`: whatever is done to the whole project, by one name each.
//!
//! Every cargo command here names the whole workspace, so that all of them resolve the same features
//! and none rebuilds what another has built.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

mod bench;
mod demo;
mod dist;
mod fuzz;
mod http;
mod programs;
mod services;
mod stopwatch;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  demo [ARGUMENTS…]  build the program and run `gitlab-bulk demo` with these arguments
  test [STEP…]       format, lint, document and run every test; with names, only those steps
  fuzz [TARGET…]     throw hostile input at every parser, each for a minute or `--seconds N`
  dist               build the program as it is given to people, and say where it is
  services COMMAND…  run a command with a PostgreSQL and a Redis of its own (TEST_DATABASE_URL, TEST_REDIS_URL)
  bench engine …     measure what the engine promises, beside python-gitlab and gitlabform
  bench import …     measure the main job against its floors and its rivals
  bench server …     measure the server, beside nginx, Express and Node's Socket.IO
  bench simulator …  measure the simulator at the size of a large instance
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_deref() {
        Some("demo") => demo::run(&rest),
        Some("test") => test::run(&rest),
        Some("fuzz") => fuzz::run(&rest),
        Some("dist") => dist::run(&rest),
        Some("services") => services::run(&rest),
        Some("bench") => bench::run(&rest),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
