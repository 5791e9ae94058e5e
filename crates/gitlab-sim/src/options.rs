//! What a simulator is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::background::Background;
use crate::clock::{Clock, SystemClock};
use crate::control::LimitPreset;

/// Everything `gitlab-bulk simulate` can be told, and the clock.
///
/// [`Options::default`] is a small realistic estate on a free port of the loopback interface.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Address that clients use, without a trailing slash. Default: `http://` and the bound address.
    pub public_url: Option<String>,
    /// What the estate and everything random is made from.
    pub estate: EstateOptions,
    /// Waiting time of every answer.
    pub latency: Duration,
    /// A request throttle, per user.
    pub rate_limit: Option<RateLimit>,
    /// The limits of an instance out there.
    pub limits: Option<LimitPreset>,
    /// The licence the instance pretends to have.
    pub tier: Tier,
    /// Where the state is kept over a restart. An existing file wins over [`Options::estate`].
    pub state_file: Option<PathBuf>,
    /// Opens `/_sim` to other machines that know it.
    pub control_token: Option<String>,
    /// How long what GitLab does in the background takes.
    pub background: Background,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            estate: EstateOptions::default(),
            latency: Duration::ZERO,
            rate_limit: None,
            limits: None,
            tier: Tier::Free,
            state_file: None,
            control_token: None,
            background: Background::default(),
            clock: Arc::new(SystemClock::new()),
        }
    }
}

impl Options {
    /// An instance with nothing but `root`.
    pub fn empty() -> Self {
        Self {
            estate: EstateOptions {
                seed: 1,
                groups: 0,
                projects: 0,
                users: 0,
            },
            ..Self::default()
        }
    }

    /// Listens there.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Seeds the users `dev-0001`, `dev-0002`, … in addition to `root`.
    #[must_use]
    pub fn users(mut self, count: u32) -> Self {
        self.estate.users = count;
        self
    }

    /// Seeds this many groups.
    #[must_use]
    pub fn groups(mut self, count: u32) -> Self {
        self.estate.groups = count;
        self
    }

    /// Seeds this many projects.
    #[must_use]
    pub fn projects(mut self, count: u32) -> Self {
        self.estate.projects = count;
        self
    }

    /// Another seed gives another estate of the same size.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.estate.seed = seed;
        self
    }

    /// Makes every answer wait.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Throttles every user.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Limits as an instance out there does.
    #[must_use]
    pub fn limits(mut self, preset: LimitPreset) -> Self {
        self.limits = Some(preset);
        self
    }

    /// Pretends to have this licence.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// Keeps the state there.
    #[must_use]
    pub fn state_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.state_file = Some(file.into());
        self
    }

    /// Opens the control calls to whoever sends this token.
    #[must_use]
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
    }

    /// Says how long background work takes.
    #[must_use]
    pub fn background(mut self, background: Background) -> Self {
        self.background = background;
        self
    }

    /// Takes the time from there.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

/// How large the seeded estate is. The counts are exact; one seed always gives the same estate, ids included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EstateOptions {
    pub seed: u64,
    /// Groups at all depths.
    pub groups: u32,
    /// Projects, in groups, or in users' own namespaces when there is no group.
    pub projects: u32,
    /// Users besides `root`.
    pub users: u32,
}

impl Default for EstateOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            groups: 40,
            projects: 300,
            users: 60,
        }
    }
}

/// At most `requests` of one user in each window of `seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    pub requests: u32,
    pub seconds: u32,
}

/// The text is not of the form `N/SECONDS`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rate limit is written N/SECONDS, both at least 1, as in 6300/60; this is not: {0}")]
pub struct InvalidRateLimit(String);

impl FromStr for RateLimit {
    type Err = InvalidRateLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidRateLimit(text.to_owned());
        let (requests, seconds) = text.split_once('/').ok_or_else(invalid)?;
        let number = |part: &str| part.trim().parse::<u32>().ok().filter(|number| *number > 0);
        Ok(Self {
            requests: number(requests).ok_or_else(invalid)?,
            seconds: number(seconds).ok_or_else(invalid)?,
        })
    }
}

/// A licence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    #[default]
    Free,
    Premium,
    Ultimate,
}

impl Tier {
    /// GitLab's word for the plan.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Premium => "premium",
            Self::Ultimate => "ultimate",
        }
    }
}

/// The text names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tier is free, premium or ultimate; this is not: {0}")]
pub struct InvalidTier(String);

impl FromStr for Tier {
    type Err = InvalidTier;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "free" => Ok(Self::Free),
            "premium" => Ok(Self::Premium),
            "ultimate" => Ok(Self::Ultimate),
            other => Err(InvalidTier(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_says_what_is_allowed_when_it_is_wrong() {
        for text in ["", "60", "0/60", "60/0", "-1/60", "a/b", "1/2/3"] {
            let error = text.parse::<RateLimit>().unwrap_err();
            assert!(error.to_string().contains("N/SECONDS"), "{text}: {error}");
        }
        assert_eq!(
            "6300/60".parse(),
            Ok(RateLimit {
                requests: 6300,
                seconds: 60
            })
        );
    }

    #[test]
    fn a_tier_is_one_of_three_words() {
        assert_eq!("premium".parse(), Ok(Tier::Premium));
        assert!("gold".parse::<Tier>().is_err());
    }
}
