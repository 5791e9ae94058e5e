use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How near an address is, and with that who may be sent there.
///
/// Ordered by strictness, so that the strictest of several readings of one address is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Somewhere on the Internet.
    Public,
    /// A network of the operator: RFC 1918, unique local, carrier-grade NAT, benchmarking, documentation.
    Private,
    /// This machine.
    Loopback,
    /// Link-local, metadata services, unspecified, multicast, broadcast, reserved: never a GitLab.
    Never,
}

/// Metadata services whose addresses are in ranges that are otherwise allowed.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200), // Alibaba Cloud
    Ipv4Addr::new(168, 63, 129, 16),   // Azure's wire server
    Ipv4Addr::new(192, 0, 0, 192),     // Oracle Cloud
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254), // AWS
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254), // Google Cloud
];

impl Reach {
    /// How near `address` is. An IPv6 address that carries an IPv4 one (mapped, compatible, NAT64, 6to4)
    /// counts as the nearer of the two.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

fn of_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        _ if METADATA_V4.contains(&address) => Reach::Never,
        // 0/8 means this host, 169.254/16 is link-local, 224/4 multicast, 240/4 reserved up to broadcast,
        // 192.88.99/24 the retired 6to4 relays.
        (0 | 224.., _, _) | (169, 254, _) | (192, 88, 99) => Reach::Never,
        (127, _, _) => Reach::Loopback,
        (10, _, _)
        | (172, 16..=31, _)
        | (192, 168, _)
        | (100, 64..=127, _)
        | (192, 0, 0 | 2)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => Reach::Private,
        _ => Reach::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> Reach {
    if METADATA_V6.contains(&address) || address.is_unspecified() {
        return Reach::Never;
    }
    if address.is_loopback() {
        return Reach::Loopback;
    }
    let segments = address.segments();
    let last_two = || embedded(segments[6], segments[7]);
    match segments {
        // Mapped (::ffff:a.b.c.d), its SIIT sibling, the retired compatible form, and NAT64's well-known prefix,
        // which reaches what IPv4 reaches.
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            last_two()
        }
        // A local NAT64 prefix is at least private.
        [0x64, 0xff9b, 1, ..] => last_two().max(Reach::Private),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo hides an IPv4 address behind an exclusive or; then link-local and multicast.
        [0x2001, 0, ..] | [0xfe80..=0xfebf | 0xff00..=0xffff, ..] => Reach::Never,
        // Unique local, site-local (deprecated), discard-only, documentation.
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x100, 0, 0, 0, ..] | [0x2001, 0xdb8, ..] => {
            Reach::Private
        }
        // Only 2000::/3 is handed out as global unicast.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

fn embedded(high: u16, low: u16) -> Reach {
    of_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_range_has_its_reach() {
        for (reach, addresses) in [
            (
                Reach::Never,
                &[
                    "169.254.169.254",
                    "169.254.0.1",
                    "0.0.0.0",
                    "0.1.2.3",
                    "224.0.0.1",
                    "239.255.255.255",
                    "255.255.255.255",
                    "240.0.0.1",
                    "100.100.100.200",
                    "168.63.129.16",
                    "192.0.0.192",
                    "::",
                    "fe80::1",
                    "febf::1",
                    "ff02::1",
                    "fd00:ec2::254",
                    "fd20:ce::254",
                    "::ffff:169.254.169.254",
                    "::169.254.169.254",
                    "64:ff9b::a9fe:a9fe",
                    "64:ff9b:1::a9fe:a9fe",
                    "2002:a9fe:a9fe::1",
                    "::ffff:0:a9fe:a9fe",
                    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                    "::ffff:0.0.0.0",
                    "4000::1",
                ][..],
            ),
            (
                Reach::Loopback,
                &[
                    "127.0.0.1",
                    "127.255.255.254",
                    "::1",
                    "::ffff:127.0.0.1",
                    "64:ff9b::7f00:1",
                    "2002:7f00:1::",
                ][..],
            ),
            (
                Reach::Private,
                &[
                    "10.0.0.1",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "100.64.0.1",
                    "198.18.0.1",
                    "192.0.2.1",
                    "198.51.100.7",
                    "203.0.113.9",
                    "fc00::1",
                    "fd12:3456::1",
                    "fec0::1",
                    "2001:db8::1",
                    "::ffff:10.0.0.1",
                    "64:ff9b::a00:1",
                    "64:ff9b:1::808:808",
                    "2002:c0a8:101::1",
                ][..],
            ),
            (
                Reach::Public,
                &[
                    "8.8.8.8",
                    "172.32.0.1",
                    "100.128.0.1",
                    "172.65.251.78",
                    "2606:4700:90::1",
                    "::ffff:8.8.8.8",
                    "64:ff9b::808:808",
                ][..],
            ),
        ] {
            for text in addresses {
                assert_eq!(Reach::of(text.parse().unwrap()), reach, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn wrapping_an_address_never_brings_it_nearer_the_public(bits in any::<u32>()) {
            let plain = Ipv4Addr::from(bits);
            let reach = Reach::of(plain.into());
            let [a, b, c, d] = plain.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for wrapped in [
                plain.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                prop_assert!(Reach::of(wrapped.into()) >= reach, "{wrapped}");
            }
        }
    }
}
