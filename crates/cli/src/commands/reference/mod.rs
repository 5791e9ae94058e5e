//! What there is to know: operations, templates, the schema of manifests, completions, the manual.

pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod operations;
pub(crate) mod schema;
pub(crate) mod template;
