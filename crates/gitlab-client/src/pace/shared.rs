use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::UserKey;

use super::QuotaReport;

/// Budgets that several processes keep together: the turns of a rate, and places for requests in flight.
///
/// Turns are reserved a few at a time and shortly before they are used, so that a process asks a few times a second
/// and not for every request. While nobody can be asked, each process keeps to its part of every budget.
#[async_trait]
pub trait SharedPace: Debug + Send + Sync + 'static {
    /// Whether asking makes sense at this moment.
    fn is_reached(&self) -> bool;

    /// Among how many processes budgets are divided while nobody can be asked, this one included. At least one.
    fn processes(&self) -> u32;

    /// Reserves turns and claims places. `None` when there is no answer.
    async fn reserve(&self, wish: &Wish) -> Option<Reserved>;

    /// Tells the other processes that GitLab has asked this user to wait.
    fn tell_shut(&self, user: &UserKey, wait: Duration);

    /// Tells the other processes how little is left of the window in which GitLab counts this user's requests.
    fn tell_quota(&self, user: &UserKey, left: &QuotaReport);
}

/// What a process would like to have of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The budget's name, the same in every process.
    pub budget: Arc<str>,
    /// From one turn to the next; zero when there is no rate.
    pub interval: Duration,
    /// So many turns at most.
    pub turns: u32,
    /// None that is later than so far from now.
    pub ahead: Duration,
    /// How late a turn may still be caught up with.
    pub late: Duration,
    /// Places, where they are shared too.
    pub places: Option<Claim>,
}

/// Places for requests in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of all processes together.
    pub all: u32,
    /// Of these for jobs at most.
    pub for_jobs: u32,
    /// What this process has in flight.
    pub in_flight: Lanes,
    /// What it would have in flight if it could, those included.
    pub wanted: Lanes,
}

/// A number for each lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// For people.
    pub people: u32,
    /// For jobs.
    pub jobs: u32,
}

/// What it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// So many turns, an interval apart.
    pub turns: u32,
    /// Microseconds from now to the first of them, or, without turns, to the first that is free; less than zero when
    /// it is to be caught up with.
    pub first_in: i64,
    /// What it may have in flight.
    pub places: Lanes,
}

/// How a gate reaches the other processes.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pub(crate) pace: Arc<dyn SharedPace>,
    /// The gate's name among all processes.
    pub(crate) budget: Arc<str>,
    /// Whether places are shared, and not the rate alone.
    pub(crate) with_places: bool,
}
