//! What a session is bound to, made of what an application sent.

use crate::directory::session::{Address, Factors, Origin};
use crate::http::address::{Network, behind, parse};
use crate::protocol::crowd::Factor;

/// The factors in their one spelling: the client's address by the rule of trusted proxies, whatever else there is as
/// it is. `remote_host` is the address once more, told by a name server, and says nothing here.
pub(super) fn factors(sent: &[Factor], trusted: &[Network]) -> Factors {
    let named = |name: &str| sent.iter().find(|factor| factor.name.eq_ignore_ascii_case(name));
    let address = named("remote_address").map(|factor| factor.value.as_str());
    let forwarded = named("X-Forwarded-For").map(|factor| factor.value.as_str());
    let others = sent.iter().filter(|factor| {
        !["remote_address", "x-forwarded-for", "remote_host"]
            .iter()
            .any(|name| factor.name.eq_ignore_ascii_case(name))
    });
    Factors::new(
        address.map(|peer| client(peer, forwarded, trusted)),
        others.map(|factor| (factor.name.clone(), factor.value.clone())),
    )
}

fn client(peer: &str, forwarded: Option<&str>, trusted: &[Network]) -> Address {
    let seen = |text: String, origin| Address { text, origin };
    let Some(peer) = parse(peer) else {
        return seen(peer.trim().to_owned(), Origin::RemoteAddress);
    };
    let hops = forwarded.into_iter().flat_map(|list| list.rsplit(','));
    match behind(peer, hops.filter(|hop| !hop.trim().is_empty()), trusted) {
        Ok(client) if client == peer => seen(client.to_string(), Origin::RemoteAddress),
        Ok(client) => seen(client.to_string(), Origin::ForwardedFor),
        // What a trusted proxy calls `unknown` is one client at least for as long as it says so.
        Err(hop) => seen(hop.trim().to_owned(), Origin::ForwardedFor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sent: &[(&str, &str)]) -> Factors {
        let sent: Vec<_> = sent
            .iter()
            .map(|(name, value)| Factor {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        factors(&sent, &["10.0.0.0/8".parse().unwrap()])
    }

    fn address(sent: &[(&str, &str)]) -> String {
        of(sent)
            .address
            .map_or_else(String::new, |address| address.to_string())
    }

    #[test]
    fn the_address_is_that_of_the_client_behind_trusted_proxies() {
        let peer = |value| ("remote_address", value);
        let list = |value| ("X-Forwarded-For", value);
        assert_eq!(address(&[]), "");
        assert_eq!(
            address(&[peer("192.0.2.1")]),
            "`192.0.2.1` (from `remote_address`)"
        );
        assert_eq!(
            address(&[peer("10.0.0.1"), list("203.0.113.9, 192.0.2.1, 10.0.0.2")]),
            "`192.0.2.1` (from `X-Forwarded-For`)"
        );
        assert_eq!(
            address(&[list("192.0.2.1"), peer("198.51.100.1")]),
            "`198.51.100.1` (from `remote_address`)",
            "a stranger's header is nothing"
        );
        for spelling in ["::ffff:192.0.2.1", " 192.0.2.1 ", "192.0.2.1:4711"] {
            assert_eq!(address(&[peer(spelling)]), "`192.0.2.1` (from `remote_address`)");
        }
        assert_eq!(
            address(&[peer("FE80:0::1%eth0")]),
            "`fe80::1` (from `remote_address`)"
        );
        assert_eq!(
            address(&[peer("10.0.0.1"), list("unknown")]),
            "`unknown` (from `X-Forwarded-For`)"
        );
        assert_eq!(
            address(&[peer("10.0.0.1"), list(" , ")]),
            "`10.0.0.1` (from `remote_address`)"
        );
    }

    #[test]
    fn other_factors_count_in_any_order() {
        let one = of(&[("Random-Number", "7"), ("NAME", "x")]);
        assert_eq!(
            one,
            of(&[("name", "x"), ("random-number", "7"), ("remote_host", "pc")])
        );
        assert_ne!(one, of(&[("NAME", "7"), ("Random-Number", "x")]));
        assert_ne!(one, of(&[("NAME", "x")]));
    }
}
