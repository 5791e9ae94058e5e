//! The program as people use it: typed at a terminal, against a simulated GitLab.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod afterwards;
mod apply;
mod configuration;
mod crash;
mod installation;
mod interrupt;
mod jobs;
mod limits;
mod manifest;
mod mistakes;
mod office;
mod plan;
mod reference;
mod remote;
mod run;
mod samples;
mod sealed;
mod servers;
#[cfg(target_os = "linux")]
mod terminal;
mod traces;
mod unconfirmed;
mod upkeep;
mod usage;
