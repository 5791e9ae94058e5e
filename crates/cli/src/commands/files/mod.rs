//! What is done with files: `plan`, `apply` and `export`.

pub(crate) mod apply;
pub(crate) mod export;
pub(crate) mod input;
pub(crate) mod plan;
