//! The server: HTTP API, sessions, proxy to GitLab, Socket.IO, and the jobs made through them.
//!
//! | module | owns |
//! |---|---|
//! | [`serve`](fn@serve) | composition and graceful stop |
//! | `chain` | what every request passes, in one visible function |
//! | `routes` | one file per resource and verb |
//! | `openapi` | what is said of all routes: the OpenAPI document and the page made of it |
//! | `overviews` | what takes many questions to GitLab, kept for a moment |
//! | `request`, `error` | what routes take, and how they refuse |
//! | `auth` | sessions and their cookie, API keys, login |
//! | `audit` | who did what, written down |
//! | `proxy` | what passes through to GitLab, by the proxy and the gateway, and the answers kept |
//! | `changes` | what has changed at GitLab: kept answers go, followers are told |
//! | `hooks` | what GitLab tells by itself |
//! | `listen` | connections, on one listener or two |
//! | `dispatch`, `credentials` | running jobs, with tokens sealed for them |
//! | `verifications` | jobs that are compared with GitLab just now |
//! | `live` | Socket.IO |
//! | `nodes` | the other nodes: what they are told, what is counted together |
//! | `metrics` | what Prometheus reads |

mod address;
mod app;
mod audit;
mod auth;
mod chain;
mod changes;
mod credentials;
mod dispatch;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hooks;
mod limits;
mod listen;
mod live;
mod metrics;
mod nodes;
mod openapi;
mod overviews;
mod proxy;
mod request;
mod routes;
mod serve;
mod settings;
mod verifications;
mod windows;

pub use metrics::Metrics;
pub use nodes::{InvalidRedisAddress, Nodes, RedisAddress, RedisError, reach as reach_redis};
pub use openapi::document as openapi;
pub use serve::{Listeners, ServeError, serve};
pub use settings::{
    InboundLimit, InvalidTrustedProxies, Network, OAuthClient, ServerSettings, TrustedProxies, Webhooks,
};
