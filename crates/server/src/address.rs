//! Whose request it is, as far as addresses tell.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

use crate::settings::TrustedProxies;

/// The client's address: who connected, or what trusted proxies say about who connected to them.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    if *trusted == TrustedProxies::None {
        return peer;
    }
    let mut nearest = peer;
    for (hop, address) in forwarded(headers).into_iter().rev().enumerate() {
        let believed = match trusted {
            TrustedProxies::None => false,
            TrustedProxies::Hops(hops) => hop < *hops,
            TrustedProxies::Networks(networks) => networks.iter().any(|network| network.contains(nearest)),
        };
        match address {
            Some(address) if believed => nearest = address,
            // Somebody on the way wrote what is no address: what is known so far is the best there is.
            _ => break,
        }
    }
    nearest
}

/// `X-Forwarded-For` from the client's end to ours. What a client wrote stands in one line with what the proxies
/// added, so that each part is read by itself: bytes that are no text spoil no other.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all("x-forwarded-for").iter();
    let parts = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    parts.map(address).collect()
}

fn address(part: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(part).ok()?;
    let ip: IpAddr = text.trim().trim_matches(['[', ']']).parse().ok()?;
    Some(ip.to_canonical())
}

/// What limits count by: an IPv6 client has a whole /64 to choose addresses from.
pub(crate) fn counted_as(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(trusted: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            HeaderValue::from_bytes(forwarded.as_bytes()).unwrap(),
        );
        client_address("10.0.0.1".parse().unwrap(), &headers, &trusted.parse().unwrap()).to_string()
    }

    #[test]
    fn nobody_is_believed_by_default() {
        assert_eq!(seen("false", "1.2.3.4"), "10.0.0.1");
    }

    #[test]
    fn what_a_client_adds_itself_is_beyond_the_trusted_hops() {
        assert_eq!(seen("1", "6.6.6.6, 1.2.3.4"), "1.2.3.4");
        assert_eq!(seen("2", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(seen("10.0.0.0/8", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(seen("1", "nonsense"), "10.0.0.1");
        assert_eq!(seen("1", "6.6.6.6, ä\u{647}, 1.2.3.4"), "1.2.3.4");
    }

    #[test]
    fn a_v6_client_is_counted_by_its_network() {
        let [one, other] = ["2001:db8::1", "2001:db8::2"].map(|text| counted_as(text.parse().unwrap()));
        assert_eq!(one, other);
    }
}
