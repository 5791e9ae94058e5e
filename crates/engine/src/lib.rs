//! The engine: from a file, a form or an API body to changes in GitLab, durably and exactly once.
//!
//! Data takes one path: raw rows ([`import`]) become validated items, a plan compares them with what
//! GitLab has, the runner sends them with an intent committed before and evidence after.
//! The runner knows no [`operation`] by name; operations know neither storage nor the HTTP server.

mod confirmation;
mod done;
mod engine;
pub mod estate;
pub mod events;
pub mod expand;
mod expectation;
pub mod export;
pub mod failpoint;
pub mod field;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod import;
mod inputs;
mod limits;
mod links;
mod long_limits;
mod making;
pub mod manifest;
pub mod operation;
pub mod operations;
mod plan;
mod plan_taker;
mod preflight;
pub mod protected;
mod resolve;
pub mod results;
mod retry;
mod runner;
mod secrets;
pub mod selection;
pub mod selector;
pub mod settings;
mod stored_items;
mod suggest;
mod undo;
pub mod vault;
mod verify;

pub use engine::{Actor, Engine, JobError, JobRequest, Parts};
pub use expand::{ExpandError, JobSource, Request};
pub use inputs::Inputs;
pub use limits::problems as option_problems;
pub use plan::PlanError;
pub use resolve::Resolution;
pub use runner::{PLAN_IS_FRESH, RunError, RunnerSettings, WAITS_FOR_LOGIN};
pub use secrets::SealedError;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/add-an-operation.md")]
struct AddAnOperation;
