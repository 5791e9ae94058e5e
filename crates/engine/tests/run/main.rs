//! Whole jobs against the simulator: what happens in GitLab, and what the ledger says of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set the scene has failed")]

mod access;
mod approval_rules;
mod asked;
mod bodies;
mod branches;
mod crashes;
mod creating;
mod exactly_once;
mod existing;
mod faults;
mod labels;
mod life;
mod lifecycle;
mod manifest;
mod members;
mod order;
mod other_versions;
mod pace;
mod push_rules;
mod put_back;
mod quotas;
mod random_jobs;
mod refused;
mod requests;
mod resolve;
mod results;
mod retries;
mod selections;
mod selectors;
mod settings;
mod siblings;
mod stale_plans;
mod turns;
mod undo;
mod variables;
mod verify;
mod waits;
mod waves;
mod world;
