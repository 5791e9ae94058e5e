//! Who asks: sessions and their cookie, API keys, and what a user's token allows.

mod administrator;
mod content;
mod cookie;
mod credential;
mod grant;
mod key;
mod login;
mod memory;
mod oauth;
mod opened_from;
mod permissions;
mod profile;
mod scoped;
mod session;
mod signed;
mod standing;
mod store;
mod stored_credential;

pub(crate) use administrator::Administrator;
pub(crate) use cookie::{
    attempt_cookie, attempt_of, clearing_cookie, opening_cookie, presents_credential, session_cookie,
};
pub(crate) use credential::{Credential, Ways};
pub(crate) use grant::GrantStore;
pub(crate) use key::{Door, KeySecret, KeyStore, NewKey, SealedHeld, presented_key};
pub(crate) use login::{Credentials, log_in};
pub(crate) use oauth::Attempt;
pub(crate) use opened_from::OpenedFrom;
pub(crate) use profile::Profile;
pub(crate) use scoped::{Gateway, Jobs, Proxied, Read, Scoped, Work};
pub(crate) use session::{Session, SessionId};
pub(crate) use signed::Signed;
pub(crate) use standing::Standings;
pub(crate) use store::{Listed, Opened, SessionStore};
pub(crate) use stored_credential::StoredCredential;
