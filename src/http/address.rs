//! Who asks: addresses, networks, the trusted-proxy rule.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// One address or a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl Network {
    /// Whether the address is in it; an IPv4 address mapped into IPv6 is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let single = || {
            text.parse::<IpAddr>()
                .ok()
                .map(|address| IpNet::from(address.to_canonical()))
        };
        text.parse().ok().or_else(single).map(Self).ok_or_else(|| {
            format!("`{text}` is neither an address nor a network; hint: write `192.0.2.7` or `192.0.2.0/24`")
        })
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Network {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "An address or a network in CIDR notation." })
    }
}

/// The client's address, as the headers of its request tell it.
///
/// `None` when a trusted proxy forwarded something that is no address.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").into_iter().rev();
    let hops = values.flat_map(|value| value.to_str().unwrap_or("not text").rsplit(','));
    behind(peer, hops, trusted).ok()
}

/// The client behind `peer`. `X-Forwarded-For` is believed from trusted proxies only, and its hops are read from the
/// right: the first address that is no trusted proxy is the client, since whatever stands left of it is the client's
/// own claim.
///
/// # Errors
/// The hop that is no address.
pub fn behind<'a>(
    peer: IpAddr,
    hops_from_right: impl Iterator<Item = &'a str>,
    trusted: &[Network],
) -> Result<IpAddr, &'a str> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    for hop in hops_from_right {
        if !is_trusted(client) {
            break;
        }
        client = parse(hop).ok_or(hop)?;
    }
    Ok(client)
}

/// An address in any spelling: with brackets, a port, a zone; an IPv4 address mapped into IPv6 is the IPv4 address.
pub fn parse(hop: &str) -> Option<IpAddr> {
    let hop = without_zone(hop.trim());
    let bare = hop
        .strip_prefix('[')
        .and_then(|hop| hop.strip_suffix(']'))
        .unwrap_or(&hop);
    let address = bare
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

/// A zone (RFC 4007 §11) names an interface of the machine that saw the address: nothing to compare by.
fn without_zone(hop: &str) -> Cow<'_, str> {
    let Some((address, rest)) = hop.split_once('%') else {
        return Cow::Borrowed(hop);
    };
    let after = rest.find(']').map_or("", |end| &rest[end..]);
    Cow::Owned(format!("{address}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", axum::http::HeaderValue::from_static(value));
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        client(peer.parse().unwrap(), &headers, &trusted).map(|address| address.to_string())
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.9"]).as_deref(),
            Some("198.51.100.9")
        );
        assert_eq!(
            seen("10.0.0.1", &["127.0.0.1, 198.51.100.9, 10.9.9.9"]).as_deref(),
            Some("198.51.100.9")
        );
        assert_eq!(
            seen("10.0.0.1", &["127.0.0.1", "198.51.100.9", "10.9.9.9"]).as_deref(),
            Some("198.51.100.9")
        );
        assert_eq!(seen("10.0.0.1", &[]).as_deref(), Some("10.0.0.1"));
        assert_eq!(seen("10.0.0.1", &["10.0.0.2"]).as_deref(), Some("10.0.0.2"));
    }

    #[test]
    fn addresses_have_many_spellings() {
        assert_eq!(
            seen("::ffff:10.0.0.1", &["::ffff:198.51.100.9"]).as_deref(),
            Some("198.51.100.9")
        );
        assert_eq!(
            seen("::1", &["[2001:db8::1]:4711"]).as_deref(),
            Some("2001:db8::1")
        );
        assert_eq!(seen("::1", &["198.51.100.9:80"]).as_deref(), Some("198.51.100.9"));
        assert_eq!(
            seen("::1", &["fe80::1%eth0"]).as_deref(),
            Some("fe80::1"),
            "a zone is of one machine"
        );
        assert_eq!(seen("::1", &["[FE80::1%25eth0]:80"]).as_deref(), Some("fe80::1"));
        assert_eq!(
            seen("::1", &["2001:DB8:0:0:0:0:0:1"]).as_deref(),
            Some("2001:db8::1")
        );
        assert_eq!(seen("::1", &["unknown"]), None);
        assert!(
            "127.0.0.1/32"
                .parse::<Network>()
                .unwrap()
                .contains("::ffff:127.0.0.1".parse().unwrap())
        );
        assert!("192.168.*.*".parse::<Network>().unwrap_err().contains("hint"));
    }
}
