//! From bytes on a connection to a handler and back.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod page;
pub(crate) mod pipeline;
pub(crate) mod refuse;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod router;
pub(crate) mod server;

pub(crate) use call::Call;
pub(crate) use page::Offset;
pub(crate) use reply::{Answer, Refusal, Reply};
