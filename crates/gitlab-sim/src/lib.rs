//! A GitLab in memory over real HTTP.
//!
//! For demos, tests and benchmarks: GitLab's REST API v4 with its own validation, permissions, pagination, status
//! codes, error bodies, delayed deletion and rate limits, as documented; an estate made from a seed; and faults on
//! request. It knows nothing of the clients that are tried on it.
//!
//! ```no_run
//! # async fn example() -> Result<(), gitlab_sim::StartError> {
//! use gitlab_sim::{Fault, Options, Simulator};
//!
//! let gitlab = Simulator::start_with(Options::empty().users(20)).await?;
//! gitlab.fault(Fault::post("/api/v4/projects").nth(3).accept_then_drop());
//! // … point a client at `gitlab.url()` with `gitlab.token_of("dev-0001")` …
//! assert_eq!(gitlab.stats().writes.applied, 3);
//! gitlab.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A request's way: `http` server, pipeline and router, a handler in `resources/<noun>/<verb>.rs`, which asks
//! `params`, looks at or changes `state`, asks `access` who may, and answers with a `present`ed body.

mod access;
mod background;
mod clock;
mod control;
mod graphql;
mod hooks;
mod http;
mod ids;
mod instance;
mod options;
mod params;
mod random;
mod resources;
mod secret;
mod seed;
mod simulator;
mod state;
mod time_text;

pub use access::AccessLevel;
pub use background::Background;
pub use clock::{Clock, SystemClock};
pub use control::{
    Action, Deliveries, EndpointLimit, Entities, Fault, FaultMatch, InvalidFault, InvalidLimits,
    InvalidPreset, JournalEntry, LimitChanges, LimitPreset, StatsReport, Writes,
};
pub use ids::{MemberId, NamespaceId, ProjectId, TokenId, UserId};
pub use options::{EstateOptions, InvalidRateLimit, InvalidTier, Options, RateLimit, Tier};
pub use simulator::{
    Description, EstateGroup, EstateMember, EstateProject, EstateSnapshot, Simulator, StartError,
};
