//! The one way out to GitLab.
//!
//! Every request of the product passes here, typed or proxied, and with that one policy about which servers may
//! be talked to, one budget per instance and user, one judgement of what an answer means, and one place that
//! keeps secrets out of logs.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use futures::TryStreamExt;
//! # use gitlab_api::{ApiPath, resources::{Group, Project}};
//! # use gitlab_client::*;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! install_crypto();
//! let policy = HostPolicy::listed(["gitlab.example.com".parse()?]);
//! let clock = Arc::new(domain::SystemClock::new());
//! let client = GitlabClient::new(Settings::new(policy), clock, Arc::new(SeededJitter::new(42)))?;
//!
//! let instance = "https://gitlab.example.com".parse()?;
//! let token = Token::personal("glpat-…")?;
//! let before_login = client.session(&instance, None, token.clone())?;
//! let user = before_login.current_user().await?;
//!
//! // From now on with the budget that all sessions of this user share.
//! let gitlab = client.session(&instance, Some(user.id), token)?;
//!
//! // Reads are repeated where that may help, and typed.
//! let group: Group = gitlab.get(ApiPath::group("acme/web"), NO_QUERY, Lane::People).await?;
//! let mut pages = std::pin::pin!(gitlab.pages::<Project>("projects", &[("membership", true)], Lane::Jobs));
//! while let Some(page) = pages.try_next().await? {
//!     println!("{} of {:?}", page.items.len(), page.total);
//! }
//!
//! // A write is sent once. What came of it is a value, and `Unknown` is never taken for a failure.
//! let body = serde_json::json!({ "name": "Site", "path": "site", "namespace_id": group.id });
//! match gitlab.send(&WriteRequest::post("projects").body(body), Lane::Jobs).await {
//!     Answer::Done(reply) => println!("{:?}", reply.json::<Project>()?),
//!     Answer::Refused(refusal) => println!("GitLab says no: {refusal}"),
//!     Answer::Throttled(waiting) => println!("again after {}", waiting.until),
//!     Answer::Busy(_) | Answer::NotSent(_) => println!("nothing was done, may be sent again"),
//!     Answer::Unknown(doubt) => println!("look before doing anything: {doubt}"),
//! }
//! # Ok(()) }
//! ```
//!
//! | module | owns |
//! |---|---|
//! | `egress` | [`HostPolicy`], addresses, resolver, TLS |
//! | `pace` | budgets: rate, places, quota, endpoint limits, two [`Lane`]s |
//! | [`verdict`](mod@verdict) | what an outcome means |
//! | `read`, `pages`, `write`, `account` | what a [`Gitlab`] session can do |
//! | `lines` | connections that whoever waits for an answer drives |
//! | `oauth` | credentials that change while they are in use |
//! | `passthrough` | the proxy's way out |
//! | [`redact`] | what may be logged |

mod account;
mod attempt;
mod backoff;
mod client;
mod egress;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod graphql;
mod instance_clock;
mod lines;
mod oauth;
mod outage;
mod pace;
mod pages;
pub mod passthrough;
mod read;
pub mod redact;
mod route;
mod session;
mod settings;
mod token;
pub mod verdict;
mod watch;
mod write;

pub use account::{Allowance, TokenFacts};
pub use backoff::{Jitter, SeededJitter};
pub use client::{GitlabClient, SetupError};
pub use egress::{
    AllowedHost, HostPolicy, HostRefused, InvalidAllowedHost, Reach, Resolve, SystemResolver, TlsError,
    check_ca_file, install_crypto,
};
pub use error::{Cause, GitlabError, Refusal};
pub use instance_clock::ClockOffset;
pub use oauth::{Renewal, TokenPair};
pub use pace::{
    Claim, EndpointClass, InvalidRate, JobLimits, Lane, Lanes, LongLimit, QuotaReport, Rate, Reserved,
    SharedPace, WaitReason, Waiting, Wish,
};
pub use pages::Page;
pub use passthrough::{InvalidPath, Passthrough};
pub use read::NO_QUERY;
pub use session::Gitlab;
pub use settings::Settings;
pub use token::{Fingerprint, InvalidToken, Token, TokenKind};
pub use watch::{Arrival, Unwatched, Watch};
pub use write::{Answer, Doubt, Reply, WriteMethod, WriteRequest};
