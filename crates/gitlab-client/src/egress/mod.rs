//! Where connections may go, and how they are protected.

pub(crate) mod address;
pub(crate) mod host_policy;
pub(crate) mod resolver;
pub(crate) mod tls;

pub use address::Reach;
pub use host_policy::{AllowedHost, HostPolicy, HostRefused, InvalidAllowedHost};
pub use resolver::{Resolve, SystemResolver};
pub use tls::{TlsError, check_ca_file, install_crypto};
