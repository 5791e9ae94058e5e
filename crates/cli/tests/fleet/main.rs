//! Three nodes on one PostgreSQL and one Redis, as processes: whatever happens to one of them or to what they share, a
//! job is done to its end, and everything in it once.
//!
//! They need programs that not every machine has. `cargo xtask test` sees to them; without it these tests say nothing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod fleet;
mod job;
mod node;
mod outage;
mod person;
mod restart;
mod takeover;
