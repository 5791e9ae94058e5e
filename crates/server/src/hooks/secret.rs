use http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// Whether a message brings one of our secrets in `X-Gitlab-Token` (GitLab API facts §9.1).
pub(crate) fn is_known(headers: &HeaderMap, secrets: &[SecretString]) -> bool {
    let Some(given) = headers.get("x-gitlab-token") else {
        return false;
    };
    // Of digests, a comparison that ends early tells nothing; and each is compared, whichever it is.
    let given = Sha256::digest(given.as_bytes());
    secrets.iter().fold(false, |known, secret| {
        known | (Sha256::digest(secret.expose_secret().as_bytes()) == given)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_secret_is_good_while_it_is_being_changed_and_nothing_else_is() {
        let secrets: Vec<SecretString> = vec!["the new one".into(), "the old one".into()];
        let known = |given: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(given) = given {
                headers.insert("x-gitlab-token", given.parse().unwrap());
            }
            is_known(&headers, &secrets)
        };
        assert!(known(Some("the new one")) && known(Some("the old one")));
        for wrong in [
            None,
            Some(""),
            Some("the new on"),
            Some("the new one,the old one"),
        ] {
            assert!(!known(wrong), "{wrong:?}");
        }
    }
}
