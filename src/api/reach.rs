//! Where downloads may be sent. A server says where its files are, and a faulty or compromised one could name a machine that
//! only this one reaches: so files come from the public Internet, from the hosts that the administrator named, and from this
//! machine when the API is there too.
//!
//! A name is judged by what it resolves to, at the very resolution that the connection is made by ([`Guarded`]): another one, a
//! moment later, could say something else. An address written as such needs no resolution and is judged by itself
//! ([`Reach::check`]). Behind a proxy names are the proxy's to resolve, and to judge.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::download::DownloadError;
use super::settings::is_loopback;
use crate::domain::text::token;

/// What is admitted.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    internal_hosts: Arc<BTreeSet<String>>,
    /// The API is on this very machine, and so may its files be.
    on_this_machine: bool,
}

impl Reach {
    /// The public Internet and these hosts, named as in an address and without a dot at the end; this machine too where
    /// `on_this_machine`.
    pub fn new(internal_hosts: &BTreeSet<String>, on_this_machine: bool) -> Self {
        Self { internal_hosts: Arc::new(internal_hosts.clone()), on_this_machine }
    }

    /// Whether an address may be asked, as far as its text tells: over https, in the clear only within this machine.
    ///
    /// # Errors
    /// [`DownloadError::Malformed`], [`DownloadError::Unprotected`], [`DownloadError::NotPublic`].
    pub fn check(&self, url: &Url) -> Result<(), DownloadError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DownloadError::Malformed);
        }
        match url.scheme() {
            "https" => {}
            "http" if self.on_this_machine && is_loopback(url) => {}
            _ => return Err(DownloadError::Unprotected),
        }
        let is_admitted = match url.host().ok_or(DownloadError::Malformed)? {
            Host::Ipv4(address) => self.admits(&address.to_string(), address.into()),
            Host::Ipv6(address) => self.admits(&address.to_string(), address.into()),
            Host::Domain(name) => self.admits_name(name),
        };
        if is_admitted { Ok(()) } else { Err(Self::refusal(url)) }
    }

    /// What to say of an address that is not admitted.
    pub fn refusal(url: &Url) -> DownloadError {
        DownloadError::NotPublic(match url.host() {
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(name)) => token(without_dot(name)),
            None => String::new(),
        })
    }

    /// Whether a name may be resolved at all: these ones are this machine's, whoever resolves them.
    fn admits_name(&self, name: &str) -> bool {
        let name = without_dot(name);
        let is_local = name == "localhost" || name.ends_with(".localhost");
        !is_local || self.on_this_machine || self.internal_hosts.contains(name)
    }

    /// Whether a host may be had at an address.
    fn admits(&self, host: &str, address: IpAddr) -> bool {
        is_public(address)
            || (self.on_this_machine && address.is_loopback())
            || self.internal_hosts.contains(without_dot(host))
    }
}

/// The same name may be written with a dot at its end.
fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The system's resolver.
#[derive(Debug)]
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A resolver that keeps back what is not admitted.
pub(super) struct Guarded {
    pub reach: Reach,
    pub resolver: Arc<dyn Resolve>,
}

/// A name leads to nothing that is admitted.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name is admitted")]
pub(super) struct NotAdmitted;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        let (reach, resolving) = (self.reach.clone(), self.resolver.resolve(name));
        Box::pin(async move {
            let admitted: Vec<SocketAddr> =
                resolving.await?.filter(|address| reach.admits(&host, address.ip())).collect();
            if admitted.is_empty() {
                return Err(NotAdmitted.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public Internet: in none of the blocks that IANA keeps for special purposes (registries
/// “IPv4 Special-Purpose Address Space” and “IPv6 Special-Purpose Address Space”), nor multicast, nor reserved. Addresses that
/// carry another one (mapped, translated, tunnelled) are none: what they carry is reached as it is.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(block, length)| is_within_v4(address, *block, *length)),
        IpAddr::V6(address) => {
            is_within_v6(address, GLOBAL_UNICAST.0, GLOBAL_UNICAST.1)
                && !SPECIAL_V6.iter().any(|(block, length)| is_within_v6(address, *block, *length))
        }
    }
}

#[expect(clippy::ip_constant, reason = "a block by its first address, written as in the registry")]
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network, unspecified
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared by the customers of a provider
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, with the metadata of clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24), // AMT
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // relays of 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 3),     // multicast, reserved, broadcast
];

/// The only block that public addresses are in.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Special blocks of [`GLOBAL_UNICAST`].
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, benchmarks, ORCHID
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// `length`: 1 to 32 bits.
fn is_within_v4(address: Ipv4Addr, block: Ipv4Addr, length: u32) -> bool {
    (address.to_bits() ^ block.to_bits()) >> (32 - length) == 0
}

/// `length`: 1 to 128 bits.
fn is_within_v6(address: Ipv6Addr, block: Ipv6Addr, length: u32) -> bool {
    (address.to_bits() ^ block.to_bits()) >> (128 - length) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reach(on_this_machine: bool) -> Reach {
        let hosts = ["fichiers.prefecture.intra", "10.1.2.3", "fd00::7"].map(str::to_owned);
        Reach::new(&hosts.into(), on_this_machine)
    }

    fn checked(text: &str, on_this_machine: bool) -> Result<(), DownloadError> {
        reach(on_this_machine).check(&Url::parse(text).unwrap())
    }

    #[test]
    fn files_come_over_https_or_from_this_machine_when_the_api_is_there() {
        assert_eq!(checked("https://stockage.example/f?s=1", false), Ok(()));
        assert_eq!(checked("https://93.184.215.14:8443/f", false), Ok(()));
        assert_eq!(checked("https://[2606:2800:220:1::1]/f", false), Ok(()));
        for unprotected in
            ["http://stockage.example/f", "ftp://stockage.example/f", "http://fichiers.prefecture.intra/"]
        {
            for on_this_machine in [false, true] {
                assert_eq!(checked(unprotected, on_this_machine), Err(DownloadError::Unprotected), "{unprotected}");
            }
        }
        for local in ["http://127.0.0.1:9000/f", "http://localhost:9000/f", "https://[::1]/f", "https://localhost./f"] {
            assert_eq!(checked(local, true), Ok(()), "{local}");
            assert!(checked(local, false).is_err(), "{local}: nobody on the network sends the program to this machine");
        }
        assert!(checked("https://10.0.0.1/", true).is_err(), "this machine alone");
        for with_name in ["https://moi@stockage.example/f", "https://:secret@stockage.example/f"] {
            assert_eq!(checked(with_name, false), Err(DownloadError::Malformed), "{with_name}");
        }
    }

    #[test]
    fn an_address_that_is_not_public_is_refused_however_it_is_written() {
        for (text, host) in [
            ("https://127.0.0.1/f/facture-de-jeanne.pdf?signature=s3cret", "127.0.0.1"),
            ("https://2130706433/", "127.0.0.1"),
            ("https://0x7f000001/", "127.0.0.1"),
            ("https://0x7f.1/", "127.0.0.1"),
            ("https://0177.0.0.01/", "127.0.0.1"),
            ("https://127.1/", "127.0.0.1"),
            ("https://127.0.0.1./", "127.0.0.1"),
            ("https://１２７.0.0.1/", "127.0.0.1"),
            ("https://127。0。0。1/", "127.0.0.1"),
            ("https://%31%32%37.1/", "127.0.0.1"),
            ("https:\\\\127.1\\f", "127.0.0.1"),
            ("https://0/", "0.0.0.0"),
            ("https://169.254.169.254/latest/meta-data/", "169.254.169.254"),
            ("https://[::]/", "::"),
            ("https://[::1]/", "::1"),
            ("https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
            ("https://[::ffff:5db8:d70e]/", "::ffff:93.184.215.14"),
            ("https://[::127.0.0.1]/", "::7f00:1"),
            ("https://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1"),
            ("https://[2002:7f00:1::]/", "2002:7f00:1::"),
            ("https://[2001::7f00:1]/", "2001::7f00:1"),
            ("https://[fe80::1]/", "fe80::1"),
            ("https://[fd12:3456::1]/", "fd12:3456::1"),
            ("https://LOCALHOST/", "localhost"),
            ("https://localhost./", "localhost"),
            ("https://pièces.localhost/", "xn--pices-5ra.localhost"),
        ] {
            assert_eq!(checked(text, false), Err(DownloadError::NotPublic(host.to_owned())), "{text}");
        }
        for no_address in ["https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://", "https://1.2.3.4.5/"] {
            assert!(Url::parse(no_address).is_err(), "{no_address}");
        }
        let said = checked("https://127.1/f/facture-de-jeanne.pdf?signature=s3cret", false).unwrap_err().to_string();
        assert!(said.contains("127.0.0.1") && !said.contains("jeanne") && !said.contains("s3cret"), "{said}");
    }

    #[test]
    fn a_host_that_the_administrator_named_is_admitted_and_no_other() {
        for named in ["https://10.1.2.3/f", "https://[fd00::7]/f", "https://fichiers.prefecture.intra./f"] {
            assert_eq!(checked(named, false), Ok(()), "{named}");
        }
        assert!(checked("https://10.1.2.4/f", false).is_err());
        let private = "10.9.9.9".parse().unwrap();
        let reach = reach(false);
        assert!(
            reach.admits("fichiers.prefecture.intra", private) && reach.admits("fichiers.prefecture.intra.", private)
        );
        for other in ["prefecture.intra", "autre.fichiers.prefecture.intra", "fichiers.prefecture.intra.example"] {
            assert!(!reach.admits(other, private), "{other}");
        }
    }

    /// The registries of IANA and what RFC 4291 and 5735 keep apart, as they are written there.
    const SPECIAL: [&str; 52] = [
        "0.0.0.0/8",
        "0.0.0.0/32",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.0.0/29",
        "192.0.0.8/32",
        "192.0.0.9/32",
        "192.0.0.10/32",
        "192.0.0.170/32",
        "192.0.0.171/32",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "::1/128",
        "::/128",
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001::/32",
        "2001:1::1/128",
        "2001:2::/48",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:30::/28",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/9",
        "ff00::/8",
    ];

    /// The first and the last address of a block.
    fn bounds(block: &str) -> (IpAddr, IpAddr) {
        let (first, length) = block.split_once('/').unwrap();
        let length: u32 = length.parse().unwrap();
        match first.parse().unwrap() {
            IpAddr::V4(first) => {
                let last = u32::from(first) | u32::MAX.checked_shr(length).unwrap_or(0);
                (first.into(), IpAddr::V4(last.into()))
            }
            IpAddr::V6(first) => {
                let last = u128::from(first) | u128::MAX.checked_shr(length).unwrap_or(0);
                (first.into(), IpAddr::V6(last.into()))
            }
        }
    }

    fn special(address: IpAddr) -> Option<&'static str> {
        SPECIAL.into_iter().find(|block| {
            let (first, last) = bounds(block);
            first.is_ipv4() == address.is_ipv4() && (first..=last).contains(&address)
        })
    }

    #[test]
    fn the_bounds_of_every_special_block_are_refused_and_what_lies_beside_public_ones_is_not() {
        for block in SPECIAL {
            let (first, last) = bounds(block);
            assert!(!is_public(first) && !is_public(last), "{block}");
        }
        for public in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2a01:e0a::1",
            "3ffe:ffff::",
            "3fff:1000::",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    /// Any address, and many in or beside the special blocks.
    fn any_address() -> impl Strategy<Value = IpAddr> {
        let beside = (prop::sample::select(&SPECIAL[..]), any::<u128>(), -2_i8..=2).prop_map(
            |(block, within, step)| match bounds(block) {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    let span = u128::from(u32::from(last) - u32::from(first)) + 1;
                    let at = u128::from(u32::from(first)) + within % span;
                    let at = u32::try_from(at).unwrap().wrapping_add_signed(step.into());
                    IpAddr::V4(at.into())
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    let span = (u128::from(last) - u128::from(first)).saturating_add(1);
                    let at = (u128::from(first) + within % span).wrapping_add_signed(step.into());
                    IpAddr::V6(at.into())
                }
                _ => unreachable!(),
            },
        );
        prop_oneof![any::<Ipv4Addr>().prop_map(IpAddr::V4), any::<Ipv6Addr>().prop_map(IpAddr::V6), beside]
    }

    proptest! {
        #[test]
        fn a_public_address_is_in_no_special_block(address in any_address()) {
            if is_public(address) {
                prop_assert_eq!(special(address), None);
                prop_assert!(!address.is_loopback() && !address.is_multicast() && !address.is_unspecified());
            }
            if let (IpAddr::V4(_), None) = (address, special(address)) {
                prop_assert!(is_public(address), "not more than that is refused");
            }
        }
    }
}
