use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::Timestamp;
use engine::vault::{Purpose, Vault};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

use crate::settings::OAuthClient;

/// What an attempt to sign in has to remember while somebody is at GitLab. Lies sealed in a cookie of that browser:
/// whoever comes back with a code has to be who left.
#[derive(Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Comes back from GitLab as it went there.
    state: String,
    /// Proves that whoever redeems the code asked for it.
    pub(crate) verifier: String,
    /// Where to go afterwards, on this server.
    pub(crate) return_to: String,
    until: Timestamp,
}

impl Attempt {
    /// A new attempt, good until this moment.
    pub(crate) fn new(return_to: Option<&str>, until: Timestamp) -> Self {
        let random = || BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Self {
            state: random(),
            verifier: random(),
            return_to: return_to.filter(|path| is_local(path)).unwrap_or("/").to_owned(),
            until,
        }
    }

    /// The page of GitLab's that asks the person.
    pub(crate) fn question(&self, oauth: &OAuthClient, redirect_uri: &str) -> Url {
        let mut url = oauth.instance.to_url();
        let path = format!("{}oauth/authorize", url.path());
        url.set_path(&path);
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        url.query_pairs_mut()
            .append_pair("client_id", &oauth.id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", "api")
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// As a cookie's value.
    pub(crate) fn seal(&self, vault: &Vault) -> Option<String> {
        let plain = Zeroizing::new(serde_json::to_vec(self).ok()?);
        Some(BASE64_URL_SAFE_NO_PAD.encode(vault.seal(Purpose::OAuthAttempt, b"", &plain)))
    }

    /// The attempt in a cookie, if it is the one that this state belongs to, and not too old.
    pub(crate) fn open(cookie: &str, state: &str, vault: &Vault, now: Timestamp) -> Option<Self> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let plain = vault.open(Purpose::OAuthAttempt, b"", &sealed).ok()?;
        let attempt: Self = serde_json::from_slice(&plain).ok()?;
        // Hashes are compared, so that the time it takes tells nothing.
        let is_its = Sha256::digest(&attempt.state) == Sha256::digest(state);
        (is_its && now < attempt.until).then_some(attempt)
    }
}

/// A path on this server and nothing else: `//host` and `/\host` lead elsewhere.
fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new(vec![7; 32], None).unwrap()
    }

    #[test]
    fn nobody_is_sent_elsewhere_afterwards() {
        let until = Timestamp::from_millis(1);
        for (asked, goes) in [
            ("/jobs/7?tab=items", "/jobs/7?tab=items"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("", "/"),
        ] {
            assert_eq!(Attempt::new(Some(asked), until).return_to, goes, "{asked}");
        }
    }

    #[test]
    fn an_attempt_is_found_by_its_own_state_and_in_time() {
        let attempt = Attempt::new(None, Timestamp::from_millis(10));
        let cookie = attempt.seal(&vault()).unwrap();
        let open = |cookie: &str, state: &str, at: i64| {
            Attempt::open(cookie, state, &vault(), Timestamp::from_millis(at)).is_some()
        };
        assert!(open(&cookie, &attempt.state, 9));
        assert!(!open(&cookie, &attempt.state, 10));
        assert!(!open(&cookie, "another", 9));
        assert!(!open(&cookie[1..], &attempt.state, 9));
        assert!(!open("", "", 9));
    }
}
