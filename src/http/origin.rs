//! Where an application's requests may come from: an address, a network, a pattern of octets, a host.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::address::Network;
use super::hosts::Hosts;

/// One line of an address list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Origin {
    /// `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
    Network(Network),
    /// `192.168.*.*`: IPv4 only, each octet a number or a star.
    Pattern([Option<u8>; 4]),
    /// `jira.corp.example`: whatever addresses it has at the time.
    Host(Arc<str>),
}

impl Origin {
    /// Whether requests may come from the address.
    pub fn admits(&self, address: IpAddr, hosts: &Hosts) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Network(network) => network.contains(address),
            Self::Pattern(octets) => match address {
                IpAddr::V4(address) => {
                    let mut pairs = octets.iter().zip(address.octets());
                    pairs.all(|(wanted, octet)| wanted.is_none_or(|wanted| wanted == octet))
                }
                IpAddr::V6(_) => false,
            },
            Self::Host(name) => hosts.has(name, address),
        }
    }

    /// The host, if it is one.
    pub fn host(&self) -> Option<&Arc<str>> {
        match self {
            Self::Host(name) => Some(name),
            Self::Network(_) | Self::Pattern(_) => None,
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        if let Some(octets) = pattern(text) {
            return Ok(Self::Pattern(octets));
        }
        if is_host(text) {
            return Ok(Self::Host(text.trim_end_matches('.').to_ascii_lowercase().into()));
        }
        Err(format!(
            "`{text}` is no address, network, pattern or host; \
             hint: write `192.0.2.7`, `192.0.2.0/24`, `192.168.*.*` or `jira.corp.example`"
        ))
    }
}

fn pattern(text: &str) -> Option<[Option<u8>; 4]> {
    let octet = |part: &str| match part {
        "*" => Some(None),
        number => number.parse().ok().map(Some),
    };
    let octets: Option<Vec<_>> = text.split('.').map(octet).collect();
    octets?.try_into().ok()
}

/// Labels of letters, digits, `-`, `_`. The last one is no number: `192.0.2.300` is a mistake, not a host.
fn is_host(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        let plain = bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && text.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Pattern(octets) => {
                let shown =
                    octets.map(|octet| octet.map_or_else(|| "*".to_owned(), |octet| octet.to_string()));
                f.write_str(&shown.join("."))
            }
            Self::Host(name) => f.write_str(name),
        }
    }
}

impl JsonSchema for Origin {
    fn schema_name() -> Cow<'static, str> {
        "Origin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An address, a network in CIDR notation, a pattern such as `192.168.*.*`, or a host name."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(origin: &str, address: &str) -> bool {
        let origin: Origin = origin.parse().unwrap();
        origin.admits(address.parse().unwrap(), &Hosts::none())
    }

    #[test]
    fn addresses_networks_and_patterns_admit_what_they_say() {
        assert!(admits("192.0.2.7", "192.0.2.7") && !admits("192.0.2.7", "192.0.2.8"));
        assert!(admits("192.0.2.0/24", "::ffff:192.0.2.8"));
        assert!(admits("2001:db8::/32", "2001:db8::1"));
        assert!(admits("192.168.*.*", "192.168.7.9") && admits("192.168.*.*", "::ffff:192.168.7.9"));
        assert!(!admits("192.168.*.*", "192.169.7.9") && !admits("*.*.*.*", "2001:db8::1"));
        assert!(admits("10.*.0.1", "10.9.0.1") && !admits("10.*.0.1", "10.9.0.2"));
        assert!(
            !admits("jira.corp.example", "192.0.2.7"),
            "nothing is known of it yet"
        );
    }

    #[test]
    fn what_is_nothing_of_the_kind_is_refused() {
        let host = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string());
        assert_eq!(host("Jira.Corp.Example.").unwrap(), "jira.corp.example");
        assert_eq!(host("localhost").unwrap(), "localhost");
        assert_eq!(host("192.168.*.*").unwrap(), "192.168.*.*");
        let long = "a".repeat(64);
        for wrong in [
            "",
            "*",
            "192.168.*",
            "192.168.*.*.*",
            "192.0.2.300",
            "192.0.2.0/33",
            "a b",
            "-a.example",
            "a..b",
            "http://jira",
            "jira:8080",
            "é.example",
            &long,
        ] {
            assert!(host(wrong).unwrap_err().contains("hint: write"), "{wrong}");
        }
    }
}
