//! The words of the product as types: jobs, items, plans, their states and rules.
//!
//! Pure: no IO, no SQL, no HTTP. Everything here can be tested without a runtime. Words are those of
//! the contract: an *instance* is one GitLab server, a *user* a pair of instance and GitLab user id,
//! an *item* one operation on one target, a *job* an ordered set of items, the *ledger* the record of
//! what was intended and what came of it.

mod access_level;
mod alarm;
mod api_key;
mod clock;
mod instance;
mod item;
mod job;
mod options;
mod problem;
mod timestamp;
mod visibility;

pub use access_level::{AccessLevel, UnknownAccessLevel};
pub use alarm::Alarm;
pub use api_key::{KeyId, KeyScope, KeyScopes, UnknownKeyScope};
pub use clock::{Clock, ManualClock, SystemClock};
pub use instance::{InstanceUrl, InvalidInstanceUrl, UserKey};
pub use item::{
    Action, Change, IllegalItemTransition, Item, ItemError, ItemEvent, ItemResult, ItemStatus, LookAt, Source,
};
pub use job::{IllegalJobTransition, Job, JobEvent, JobId, JobStatus, JobUser, Origin};
pub use options::{JobOptions, Waves};
pub use problem::{Problem, Problems};
pub use timestamp::Timestamp;
pub use visibility::{UnknownVisibility, Visibility};
