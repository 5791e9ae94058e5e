//! What there is to know: operations, templates, completions, the manual.

pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod operations;
pub(crate) mod template;
