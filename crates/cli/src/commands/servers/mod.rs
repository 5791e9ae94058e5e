//! What stays up: `simulate`, `serve`, `demo`.

pub(crate) mod simulate;
