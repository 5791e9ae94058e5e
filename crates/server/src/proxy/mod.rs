//! What passes through to GitLab: bodies streamed and untouched, credentials exchanged, some answers kept.

mod cache;
mod forward;
mod keep;

pub(crate) use cache::AnswerCache;
pub(crate) use forward::Proxy;
