//! What a session is bound to: the client's address and whatever else the application named.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key::hex;

/// The longest text kept in place of an address that is none.
const LONGEST: usize = 64;

/// Where an address was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The factor `remote_address`: the peer of the application's socket.
    #[serde(rename = "remote_address")]
    RemoteAddress,
    /// The factor `X-Forwarded-For`: what a trusted proxy told the application.
    #[serde(rename = "X-Forwarded-For")]
    ForwardedFor,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RemoteAddress => "remote_address",
            Self::ForwardedFor => "X-Forwarded-For",
        })
    }
}

/// The client's address, in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The address, or what stood in its place.
    pub text: String,
    /// Where it was read.
    pub origin: Origin,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (from `{}`)", self.text, self.origin)
    }
}

/// All that a session is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factors {
    /// The client's address, where the application named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// A hash of the others, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<String>,
}

impl Factors {
    /// Of an address and of other factors by name; their order and the case of their names mean nothing.
    pub fn new(address: Option<Address>, others: impl IntoIterator<Item = (String, String)>) -> Self {
        let address = address.map(|address| Address {
            text: address.text.chars().take(LONGEST).collect(),
            ..address
        });
        let mut others: Vec<_> = others
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        others.sort();
        let digest = |others: Vec<(String, String)>| {
            let mut hash = Sha256::new();
            for part in others.iter().flat_map(|(name, value)| [name, value]) {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            hex(&hash.finalize())
        };
        Self {
            address,
            others: (!others.is_empty()).then(|| digest(others)),
        }
    }

    /// Whether two are of one client; the address counts only if it must not change.
    pub(super) fn same(&self, other: &Self, same_address: bool) -> bool {
        let text = |factors: &Self| factors.address.as_ref().map(|address| address.text.clone());
        self.others == other.others && (!same_address || text(self) == text(other))
    }
}
