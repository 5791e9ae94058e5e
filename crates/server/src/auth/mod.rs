//! Who asks: sessions and their cookie, API keys, and what a user's token allows.

mod content;
mod cookie;
mod key;
mod login;
mod memory;
mod permissions;
mod profile;
mod scoped;
mod session;
mod signed;
mod store;
mod stored_token;

pub(crate) use cookie::{clearing_cookie, opening_cookie, presents_credential, session_cookie};
pub(crate) use key::{Door, KeySecret, KeyStore, NewKey, presented_key};
pub(crate) use login::{Credentials, log_in};
pub(crate) use profile::Profile;
pub(crate) use scoped::{Gateway, Jobs, Proxied, Read, Scoped};
pub(crate) use session::{Session, SessionId};
pub(crate) use signed::Signed;
pub(crate) use store::SessionStore;
pub(crate) use stored_token::StoredToken;
