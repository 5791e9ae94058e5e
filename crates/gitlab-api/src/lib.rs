//! What GitLab says on its REST API v4: paths, names, pages, error bodies and resources.
//!
//! Facts only, no IO: how an address is spelled ([`path`]), what a path or a name may look like and what
//! GitLab answers when it does not ([`names`]), how pages are linked ([`page`]), what an error body means to a
//! person ([`error_body`]), and the resources as a client reads them ([`resources`]). The client and the
//! simulator share the rules; the simulator writes its bodies by itself, with every key GitLab documents, so
//! that a resource type here that reads too little or too much shows up in a test.

pub mod error_body;
pub mod names;
pub mod page;
pub mod path;
pub mod resources;
mod tier;

pub use error_body::ErrorBody;
pub use path::{ApiPath, ObjectRef};
pub use tier::Tier;
