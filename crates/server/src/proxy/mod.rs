//! What passes through to GitLab: bodies streamed and untouched, credentials exchanged, some answers kept.
//!
//! | file | owns |
//! |---|---|
//! | `forward` | a request's way: from memory or to GitLab and back |
//! | `entrance` | the two ways in, and where links lead for each |
//! | `cache` | answers that are kept; what was written since, after which they are no longer true |
//! | `address` | what an address of GitLab's API is about |
//! | `effect`, `writing` | what a write makes untrue, and who is told |
//! | `graphql` | which questions of GraphQL may change something |
//! | `hidden` | bodies that do something else than the request says |
//! | `copying` | a body that passes on while a copy is made |
//! | `gathered` | a body that is read whole, if it is small |
//! | `refusal` | GitLab's no, in our envelope |

mod address;
mod cache;
mod copying;
mod effect;
mod entrance;
mod forward;
mod gathered;
mod graphql;
mod hidden;
mod refusal;
mod writing;

pub(crate) use address::Reference;
#[cfg(feature = "fuzzing")]
pub(crate) use cache::has_it;
pub(crate) use cache::{AnswerCache, Done, Stale, Writes};
pub(crate) use entrance::Entrance;
pub(crate) use forward::{Proxy, answer_cache};
#[cfg(feature = "fuzzing")]
pub(crate) use graphql::may_write as graphql_may_write;
#[cfg(feature = "fuzzing")]
pub(crate) use hidden::outermost_names;
