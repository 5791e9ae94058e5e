//! What GitLab granted for "Sign in with GitLab": a pair of tokens that changes every two hours, for all sessions,
//! API keys and jobs that hold it.

mod key;
mod live;
mod revocation;
mod store;

pub(crate) use key::GrantKey;
pub(crate) use store::GrantStore;
