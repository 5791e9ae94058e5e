//! What is done with files: `plan` and `apply`.

pub(crate) mod apply;
pub(crate) mod input;
pub(crate) mod plan;
