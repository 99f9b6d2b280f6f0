//! Whether a filter fits an entry.

use crate::protocol::ldap::{Filter, dn};

/// Attributes whose values are compared byte by byte.
const BYTES: [&str; 2] = ["objectGUID", "invocationId"];
/// Attributes whose values are names.
const NAMES: [&str; 2] = ["member", "uniqueMember"];

/// Whether it fits an entry of which this tells the values of an attribute.
pub(super) fn fits(filter: &Filter, values: &dyn Fn(&str) -> Vec<Vec<u8>>) -> bool {
    match filter {
        Filter::And(inner) => inner.iter().all(|filter| fits(filter, values)),
        Filter::Or(inner) => inner.iter().any(|filter| fits(filter, values)),
        Filter::Not(inner) => !fits(inner, values),
        Filter::Present(name) => !values(name).is_empty(),
        Filter::Equal(name, value) | Filter::About(name, value) => {
            values(name).iter().any(|own| equal(name, own, value))
        }
        Filter::AtLeast(name, value) => ordered(&values(name), value, |own, given| own >= given),
        Filter::AtMost(name, value) => ordered(&values(name), value, |own, given| own <= given),
        Filter::Parts(name, parts) => values(name).iter().any(|own| has_parts(own, parts)),
        Filter::Rule { .. } => false,
    }
}

fn equal(name: &str, own: &[u8], given: &[u8]) -> bool {
    let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is(&BYTES) {
        return own == given;
    }
    match (std::str::from_utf8(own), std::str::from_utf8(given)) {
        (Ok(own), Ok(given)) if is(&NAMES) => dn::key(own) == dn::key(given),
        (Ok(own), Ok(given)) => own.to_lowercase() == given.to_lowercase(),
        _ => own == given,
    }
}

fn ordered(values: &[Vec<u8>], given: &[u8], judge: fn(i64, i64) -> bool) -> bool {
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    let given = number(given);
    let own = values.first().and_then(|value| number(value));
    own.zip(given).is_some_and(|(own, given)| judge(own, given))
}

fn has_parts(own: &[u8], parts: &[Vec<u8>]) -> bool {
    let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase();
    let own = lower(own);
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return true;
    };
    let Some(mut rest) = own.strip_prefix(&lower(first)) else {
        return false;
    };
    for part in parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default() {
        let Some((_, after)) = rest.split_once(&lower(part)) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(&lower(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ldap::Entry;

    #[test]
    fn filters_fit_as_people_mean_them() {
        let entry = Entry {
            dn: "cn=a".to_owned(),
            attributes: vec![
                ("cn".to_owned(), vec![b"Team Rocket".to_vec()]),
                ("n".to_owned(), vec![b"10".to_vec()]),
                ("member".to_owned(), vec![b"CN=A, DC=x".to_vec()]),
            ],
        };
        let fit = |text: &str| fits(&Filter::parse(text).unwrap(), &|name| entry.values(name).to_vec());
        for yes in [
            "(cn=team*)",
            "(cn=*m ro*et)",
            "(n>=9)",
            "(!(n<=9))",
            "(member=cn=a,dc=x)",
            "(&(CN=*)(|(n=1)(n=10)))",
        ] {
            assert!(fit(yes), "{yes}");
        }
        for no in ["(cn=rocket*)", "(n>=11)", "(x=*)", "(|)"] {
            assert!(!fit(no), "{no}");
        }
    }
}
