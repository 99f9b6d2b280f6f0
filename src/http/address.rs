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

/// The client's address. `X-Forwarded-For` is believed from trusted proxies only, and read from the right: the
/// first address that is no trusted proxy is the client, since whatever stands left of it is the client's own claim.
///
/// `None` when a trusted proxy forwarded something that is no address.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return Some(client);
    }
    for value in headers.get_all("x-forwarded-for").into_iter().rev() {
        for hop in value.to_str().ok()?.rsplit(',') {
            client = parse(hop.trim())?;
            if !is_trusted(client) {
                return Some(client);
            }
        }
    }
    Some(client)
}

fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|hop| hop.strip_suffix(']'))
        .unwrap_or(hop);
    let address = bare
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip()))?;
    Some(IpAddr::to_canonical(&address))
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
