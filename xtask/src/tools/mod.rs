//! Programs that are not ours and that some steps need.

pub(crate) mod deny;
pub(crate) mod go;
pub(crate) mod node;
pub(crate) mod python;

/// A tool that is not there, and how to get it.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) tool: &'static str,
    pub(crate) why: String,
    pub(crate) remedy: &'static str,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is missing ({}); {}", self.tool, self.why, self.remedy)
    }
}
