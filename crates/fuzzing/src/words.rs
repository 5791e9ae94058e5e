use std::fmt::{Debug, Display};
use std::str::FromStr;

use domain::{AccessLevel, JobId, KeyId, KeyScopes};
use engine::protected::ProtectedPaths;
use gitlab_client::AllowedHost;
use server::RedisAddress;
use storage::PostgresAddress;

use crate::choose;

/// Single words of addresses, columns and settings.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match choice % 8 {
        0 => printed_as_it_is_read::<JobId>(text),
        1 => printed_as_it_is_read::<KeyId>(text),
        2 => printed_as_it_is_read::<KeyScopes>(text),
        3 => printed_as_it_is_read::<AccessLevel>(text),
        4 => printed_as_it_is_read::<AllowedHost>(text),
        5 => protected(text),
        6 => without_password::<RedisAddress>(text),
        _ => without_password::<PostgresAddress>(text),
    }
}

fn printed_as_it_is_read<T: FromStr + Display + Debug + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let printed = read.to_string();
        let again = printed.parse::<T>().ok();
        assert_eq!(again, Some(read), "{text:?} is printed as {printed:?}");
    }
}

/// Whatever is written without a star is protected by its very name, and so is what holds it.
fn protected(text: &str) {
    if text.contains(['*', '?']) {
        return;
    }
    let Ok(protected) = text.parse::<ProtectedPaths>() else {
        return;
    };
    for path in text.split([',', ' ', '\n', '\t']).filter(|path| !path.is_empty()) {
        let path = path.trim_matches('/');
        for path in [path.to_owned(), path.to_lowercase()] {
            assert!(
                protected.protects(&path).is_some(),
                "{path} is not protected by {text:?}"
            );
            let mut above = path.as_str();
            while let Some((parent, _)) = above.rsplit_once('/') {
                assert!(
                    protected.reach_below(parent),
                    "what is below {parent} is not looked at"
                );
                above = parent;
            }
        }
    }
}

/// Between `:` and `@` of an address stands what nobody may see.
fn without_password<T: FromStr<Err: Display> + Display + Debug>(text: &str) {
    const SECRET: &str = "canary";
    let (scheme, rest) = text.split_once("://").unwrap_or(("redis", text));
    let address = format!("{scheme}://me:{SECRET}@{}", rest.replace(SECRET, ""));
    let told = match address.parse::<T>() {
        Ok(address) => format!("{address} {address:?}"),
        Err(error) => error.to_string(),
    };
    assert!(!told.contains(SECRET), "{told} of {address}");
}
