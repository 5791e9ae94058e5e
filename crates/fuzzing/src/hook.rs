use domain::InstanceUrl;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::choose;

/// What GitLab's hooks say, by whoever knows the secret: their bodies, and which instance they are from.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    match choice % 2 {
        0 => body(bytes),
        _ => instance(bytes),
    }
}

/// Only an object says something, it says the same however it is laid out, and nothing that it did not say.
fn body(bytes: &[u8]) {
    let Some(heard) = server::fuzzing::hook(bytes) else {
        return;
    };
    // What nobody looks at may be wrong: half a character, a number that is too large.
    let Ok(said) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let object = said.as_object().expect("an object was read");
    assert!(object.contains_key("event_name"), "{heard} from {said}");
    let laid_out = serde_json::to_vec_pretty(&said).expect("JSON is written");
    assert_eq!(server::fuzzing::hook(&laid_out).as_deref(), Some(heard.as_str()));
    // A few fields of it, some of them twice, as `Debug` writes them: each byte at most as `\u{10ffff}`.
    assert!(
        heard.len() <= 2_000 + 40 * bytes.len(),
        "{} bytes of {}",
        heard.len(),
        bytes.len()
    );
}

/// A header names a server by its address, or nothing.
fn instance(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let configured: InstanceUrl = "https://example.com/gitlab".parse().expect("an address");
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-gitlab-instance"), value)]);
    if let Some(instance) = server::fuzzing::hook_instance(&headers, &configured) {
        let url = instance.to_url();
        assert!(matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        assert!(url.username().is_empty() && url.password().is_none());
        assert_eq!(
            instance == configured,
            url.origin() == configured.to_url().origin()
        );
    }
}
