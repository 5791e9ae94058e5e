//! What is done to everything that a selector names: `run`.

pub(crate) mod run;
