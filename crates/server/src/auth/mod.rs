//! Who asks: sessions, their cookie, and what a user's token allows.

mod cookie;
mod login;
mod permissions;
mod profile;
mod session;
mod signed;
mod store;
mod stored_token;

pub(crate) use cookie::{clearing_cookie, opening_cookie, presents_credential, session_cookie};
pub(crate) use login::{Credentials, log_in};
pub(crate) use profile::Profile;
pub(crate) use session::{Session, SessionId};
pub(crate) use signed::Signed;
pub(crate) use store::SessionStore;
pub(crate) use stored_token::StoredToken;
