//! Groups that are invited to a project (GitLab API facts §7.2.8), and those it is in.

mod groups;
mod share;
mod unshare;

pub(super) use groups::{groups, invited_groups, share_locations};
pub(super) use share::share;
pub(super) use unshare::unshare;
