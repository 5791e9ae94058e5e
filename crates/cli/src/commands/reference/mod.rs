//! What there is to know: operations, templates, completions.

pub(crate) mod completions;
pub(crate) mod operations;
pub(crate) mod template;
