use std::net::{IpAddr, Ipv4Addr};

use domain::InstanceUrl;
use gitlab_client::{AllowedHost, HostPolicy};
use http::{HeaderMap, HeaderValue};
use server::TrustedProxies;

use crate::choose;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Addresses that people and proxies give: of a GitLab server, of a client, of trusted proxies.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match choice % 3 {
        0 => instance(text),
        1 => forwarded(text),
        _ => {
            if let Ok(TrustedProxies::Networks(networks)) = text.parse() {
                assert!(!networks.is_empty());
            }
        }
    }
}

/// An address is printed as it is read, and nobody is let through to a host that is not listed.
fn instance(text: &str) {
    let Ok(instance) = text.parse::<InstanceUrl>() else {
        return;
    };
    let printed = instance.to_string();
    assert_eq!(
        printed.parse::<InstanceUrl>().as_ref(),
        Ok(&instance),
        "{text:?} is printed as {printed:?}"
    );
    let url = instance.to_url();
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(url.path().ends_with('/'));
    let listed: AllowedHost = "gitlab.test".parse().expect("a host");
    let policy = HostPolicy::listed([listed]);
    if policy.check(&url).is_ok() {
        assert_eq!(url.host_str(), Some("gitlab.test"), "{text:?} was let through");
    }
}

fn forwarded(text: &str) {
    let Ok(value) = HeaderValue::from_str(text) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", value);
    let seen = |trusted: TrustedProxies| server::fuzzing::client_address(PEER, &headers, &trusted);
    assert_eq!(seen(TrustedProxies::None), PEER, "nobody is believed");
    let parts = text.split(',').count();
    let one = seen(TrustedProxies::Hops(1));
    let last = text
        .split(',')
        .next_back()
        .unwrap_or_default()
        .trim()
        .trim_matches(['[', ']']);
    let last = last.parse().map_or(PEER, |ip: IpAddr| ip.to_canonical());
    assert_eq!(one, last, "one hop says who connected to it, of {parts}");
    let _ = seen(TrustedProxies::Hops(usize::MAX));
}
