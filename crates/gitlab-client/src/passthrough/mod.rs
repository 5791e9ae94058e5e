//! The proxy's way out: the same policy, budget and credentials as typed calls, but bodies stream through
//! untouched and undecoded.

mod forward;
mod headers;
mod line;
pub mod parameter;
mod pool;
pub(crate) mod raw_path;
mod upload;

pub use forward::{Forwarded, Passthrough, Target};
pub use headers::{clean_request, clean_response, rewrite_links, rewrite_location};
pub use raw_path::{InvalidPath, check};
