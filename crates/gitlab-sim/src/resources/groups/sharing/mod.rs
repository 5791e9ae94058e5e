//! Groups invited to groups (GitLab API facts §7.1.10).

mod lists;
mod share;
mod unshare;

pub(super) use lists::{invited, invited_to};
pub(super) use share::share;
pub(super) use unshare::unshare;
