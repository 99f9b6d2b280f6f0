//! Arbitrary queries.

use proptest::prelude::*;
use proptest::sample::select;

/// A query, as the tests say it.
#[derive(Clone, Debug)]
pub(super) enum Query {
    And(Vec<Query>),
    Or(Vec<Query>),
    Term(Term),
}

/// One comparison.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) property: &'static str,
    pub(super) mode: &'static str,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(&'static str),
    Bool(bool),
    Date(i64),
}

/// Properties that are texts; the last two are custom attributes.
pub(super) const TEXTS: [&str; 8] = [
    "name",
    "email",
    "firstName",
    "lastName",
    "displayName",
    "description",
    "phone",
    "Büro & co",
];
const MODES: [&str; 7] = [
    "EXACTLY_MATCHES",
    "STARTS_WITH",
    "ENDS_WITH",
    "CONTAINS",
    "LESS_THAN",
    "GREATER_THAN",
    "NULL",
];
/// What occurs in the population, in parts, in another case, with whatever means something in one of the forms.
const VALUES: [&str; 22] = [
    "", "a", "A", "al", "ali", "alice", "Alice", "ICE", "b", "bob", "é", "É", "ö", "İ", "ß", "a\"b", "<&>",
    "it's", "\\", "+47", "x y", "*",
];
/// Before, at, between and after the moments of the population.
pub(super) const MOMENTS: [i64; 5] = [-86_400_000, 0, 1_000, 1_291_782_381_181, 4_000_000_000_000];

fn term(texts: &'static [&'static str]) -> impl Strategy<Value = Query> {
    let text =
        (select(texts), select(&VALUES[..])).prop_map(|(property, value)| (property, Value::Text(value)));
    let any_text = (select(&TEXTS[..]), select(&VALUES[..]))
        .prop_map(|(property, value)| (property, Value::Text(value)));
    let truth = (select(&["active", "local"][..]), any::<bool>())
        .prop_map(|(property, value)| (property, Value::Bool(value)));
    let date = (select(&["createdDate", "updatedDate"][..]), select(&MOMENTS[..]))
        .prop_map(|(property, value)| (property, Value::Date(value)));
    let compared = prop_oneof![5 => text, 2 => any_text, 1 => truth, 2 => date];
    (compared, select(&MODES[..])).prop_map(|((property, value), mode)| {
        Query::Term(Term {
            property,
            mode,
            value,
        })
    })
}

/// Up to four levels of up to four parts; most comparisons are of what the entities have.
pub(super) fn queries(kind: &str) -> impl Strategy<Value = Query> {
    let texts = if kind == "user" {
        &TEXTS[..5]
    } else {
        &["name", "description"][..]
    };
    term(texts).prop_recursive(4, 24, 4, |inner| {
        let parts = prop::collection::vec(inner, 1..4);
        (parts, any::<bool>()).prop_map(|(parts, all)| if all { Query::And(parts) } else { Query::Or(parts) })
    })
}
