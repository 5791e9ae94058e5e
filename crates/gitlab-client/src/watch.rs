use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};

/// What came of a request that was to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// GitLab answered.
    Answered(StatusCode),
    /// Not a byte of it left.
    NotSent,
    /// It left, and no whole answer came.
    Lost,
}

/// Is told of every request to GitLab when it is over. Called on the path of each: it counts, and does nothing else.
pub trait Watch: fmt::Debug + Send + Sync {
    /// A request took so long from sending to the end of its answer; waiting for the budget is not in it.
    fn arrived(&self, method: &Method, arrival: Arrival, took: Duration);
}

/// Nobody looks.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn arrived(&self, _: &Method, _: Arrival, _: Duration) {}
}
