//! What stays up: `simulate`, `serve`, `demo`.

mod api;
pub(crate) mod demo;
pub(crate) mod serve;
pub(crate) mod simulate;
