//! The proxy's way out: the same policy, budget and credentials as typed calls, but bodies stream through
//! untouched and undecoded.

mod forward;
mod headers;
pub mod parameter;
pub(crate) mod raw_path;

pub use forward::{Forwarded, Passthrough, Target};
pub use headers::{clean_request, clean_response, rewrite_links, rewrite_location};
pub use raw_path::{InvalidPath, check};
