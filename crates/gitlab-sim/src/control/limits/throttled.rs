use std::net::IpAddr;

use crate::ids::UserId;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    User(UserId),
    Address(IpAddr),
}

/// Who calls an endpoint, and about which group or project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) who: Who,
    /// As the path names it.
    pub(crate) source: &'a str,
}

impl Who {
    pub(crate) fn is_signed_in(self) -> bool {
        matches!(self, Self::User(_))
    }
}

/// The state of the most restrictive request throttle after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttled {
    pub(crate) limit: u64,
    pub(crate) period: u64,
    pub(crate) observed: u64,
    /// When the window ends, in seconds since 1970.
    pub(crate) reset: i64,
    /// GitLab's name of the throttle.
    pub(crate) name: &'static str,
}

impl Throttled {
    pub(crate) fn is_over(self) -> bool {
        self.observed > self.limit
    }

    pub(crate) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.observed)
    }
}
