use std::net::IpAddr;

use crate::ids::UserId;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    User(UserId),
    Address(IpAddr),
}

/// The state of the most restrictive request throttle after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttled {
    pub(crate) limit: u64,
    pub(crate) period: u64,
    pub(crate) observed: u64,
    /// When the window ends, in seconds since 1970.
    pub(crate) reset: i64,
    /// It counts a user, not an address.
    pub(crate) signed_in: bool,
}

impl Throttled {
    pub(crate) fn is_over(self) -> bool {
        self.observed > self.limit
    }

    /// GitLab's name of the throttle.
    pub(crate) fn name(self) -> &'static str {
        if self.signed_in {
            "throttle_authenticated_api"
        } else {
            "throttle_unauthenticated_api"
        }
    }

    pub(crate) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.observed)
    }
}
