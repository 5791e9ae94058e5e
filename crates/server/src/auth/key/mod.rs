//! Keys for programs: found by their hash, and the only thing that opens the credential behind them.

mod held;
mod presented;
mod secret;
mod store;

pub(crate) use held::SealedHeld;
pub(crate) use presented::{Door, presented_key};
pub(crate) use secret::KeySecret;
pub(crate) use store::{KeyStore, NewKey};
