//! People who are not members yet.

use serde::{Deserialize, Serialize};

use super::Secret;
use crate::access::AccessLevel;
use crate::ids::UserId;
use crate::time_text::{Day, Moment};

/// Someone was invited by an address that no user has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub(crate) id: u64,
    /// In lower case.
    pub(crate) email: String,
    pub(crate) level: AccessLevel,
    pub(crate) expires_on: Option<Day>,
    pub(crate) by: Option<UserId>,
    pub(crate) created_at: Moment,
    pub(crate) token: Secret,
}

/// A user asked to become a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessRequest {
    pub(crate) id: u64,
    pub(crate) user: UserId,
    pub(crate) requested_at: Moment,
}
