//! Whole jobs against the simulator: what happens in GitLab, and what the ledger says of it.

mod crashes;
mod existing;
mod faults;
mod life;
mod order;
mod world;
