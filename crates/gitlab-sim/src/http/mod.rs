//! From bytes on a connection to a handler and back.

mod bent;
mod body;
mod broken;
mod call;
mod credentials;
pub(crate) mod page;
mod pipeline;
pub(crate) mod refuse;
pub(crate) mod reply;
mod request;
pub(crate) mod router;
pub(crate) mod server;
mod visit;

pub(crate) use call::Call;
pub(crate) use page::Offset;
pub(crate) use reply::{Answer, Refusal, Reply};
