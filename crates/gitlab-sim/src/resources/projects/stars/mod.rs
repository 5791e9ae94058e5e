//! Stars, and who gave them (GitLab API facts §7.2.8).

mod list;
mod turn;

pub(super) use list::{starred_by, starrers};
pub(super) use turn::{star, unstar};
