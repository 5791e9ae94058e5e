use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::InstanceUrl;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

/// What tells one message from another, however often each is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Delivery([u8; 32]);

impl Delivery {
    /// By the id that GitLab gives it (`Idempotency-Key`, `webhook-id`), which stays the same when it is sent again;
    /// an older GitLab's by what it says. `X-Gitlab-Event-UUID` alone would not do: all hooks that one event sets
    /// off share it (GitLab API facts §9.1).
    pub(super) fn of(instance: &InstanceUrl, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        let mut add = |part: &[u8]| {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(instance.as_str().as_bytes());
        let id = ["idempotency-key", "webhook-id"]
            .iter()
            .find_map(|name| headers.get(*name));
        match id {
            Some(id) => add(id.as_bytes()),
            None => {
                add(headers
                    .get("x-gitlab-event-uuid")
                    .map_or(b"", |uuid| uuid.as_bytes()));
                add(body);
            }
        }
        Self(hasher.finalize().into())
    }

    /// What nodes call it among themselves.
    pub(super) fn name(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(pairs: &[(&'static str, &'static str)], body: &str) -> Delivery {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        Delivery::of(&"https://gitlab.test".parse().unwrap(), &headers, body.as_bytes())
    }

    #[test]
    fn a_message_is_known_by_its_id_and_without_one_by_what_it_says() {
        for name in ["idempotency-key", "webhook-id"] {
            assert_eq!(delivery(&[(name, "1")], "a"), delivery(&[(name, "1")], "b"));
            assert_ne!(delivery(&[(name, "1")], "a"), delivery(&[(name, "2")], "a"));
        }
        let of_event = |body| delivery(&[("x-gitlab-event-uuid", "1")], body);
        assert_eq!(of_event("a"), of_event("a"));
        assert_ne!(of_event("a"), of_event("b"));
        assert_ne!(of_event("a"), delivery(&[], "a"));
    }
}
