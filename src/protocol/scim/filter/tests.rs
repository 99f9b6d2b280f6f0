//! Filters asked of one user: the RFC's meanings, the identity providers' shapes, the laws.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::error::{ScimError, ScimType};
use super::super::schema::{ENTERPRISE_URN, ResourceType};
use super::super::tolerances::Tolerances;
use super::{Bound, Filter};

fn bjensen() -> Map<String, Value> {
    let user = json!({
        "id": "u1",
        "externalId": "Ext-1",
        "userName": "BJensen@Example.com",
        "name": { "familyName": "Jensen", "givenName": "Bärbel" },
        "active": true,
        "title": "",
        "emails": [
            { "value": "bj@work.example", "type": "work", "primary": true },
            { "value": "babs@home.example", "type": "home" },
        ],
        "meta": { "lastModified": "2026-05-13T04:42:34.500Z" },
        ENTERPRISE_URN: { "employeeNumber": "701984", "manager": { "value": "m1" } },
    });
    user.as_object().unwrap().clone()
}

fn bind(text: &str, tolerances: Tolerances) -> Result<Bound, ScimError> {
    Filter::parse(text)?.bind(&ResourceType::user(Vec::new()), tolerances)
}

fn matches(text: &str) -> bool {
    let bound = bind(text, Tolerances::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
    bound.matches(&bjensen(), &|id| id == "g1")
}

fn refused(text: &str, tolerances: Tolerances) -> ScimType {
    bind(text, tolerances).expect_err(text).kind
}

#[test]
fn operators_mean_what_the_rfc_says() {
    for text in [
        "userName eq \"bjensen@EXAMPLE.com\"",
        "USERNAME EQ \"bjensen@example.com\"",
        "externalId eq \"Ext-1\"",
        "not (externalId eq \"ext-1\")",
        "name.givenName sw \"BÄR\"",
        "userName co \"jensen\" and userName ew \".com\"",
        "nickName ne \"x\"",
        "not (nickName pr) and userName pr",
        "not (title pr)",
        "nickName eq null and userName ne null",
        "active eq true or title pr",
        "title pr or userName pr and active eq true",
        "(title pr or userName pr) and active eq true",
        "meta.lastModified gt \"2026-05-13T04:42:34Z\"",
        "meta.lastModified eq \"2026-05-13T06:42:34.5+02:00\"",
        "emails co \"home.example\"",
        "emails.type eq \"work\" and emails.value co \"home\"",
        "emails[type eq \"work\" and value co \"@work\"]",
        "emails[not (type eq \"work\") and value pr]",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"b\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"701984\"",
        "userName gt \"a\" and userName le \"bjensen@example.com\"",
        "emails pr and name pr",
    ] {
        assert!(matches(text), "{text}");
    }
    for text in [
        "emails[type eq \"work\" and value co \"home\"]",
        "userName eq \"bjensen\"",
        "emails ne \"babs@home.example\"",
        "title pr or nickName pr and active eq true",
        "active eq false",
        "meta.lastModified lt \"2026-05-13T04:42:34Z\"",
    ] {
        assert!(!matches(text), "{text}");
    }
}

#[test]
fn entra_asks_in_its_own_ways() {
    for text in [
        "emails[type eq \"work\"].value eq \"BJ@work.example\"",
        "emails[primary eq \"True\"].value eq \"bj@work.example\"",
        "id eq \"u1\" and manager eq \"m1\"",
        "externalId eq Ext-1",
        "employeeNumber eq 701984",
        "groups eq \"g1\"",
        "groups[value eq \"g1\"] and groups.value eq \"g1\"",
    ] {
        assert!(matches(text), "{text}");
    }
    assert!(!matches("emails[type eq \"home\"].value eq \"bj@work.example\""));
    assert!(!matches("groups eq \"g2\""));
}

#[test]
fn pingfederate_shouts_its_operator() {
    assert!(matches("userName Eq \"bjensen@example.com\""));
}

#[test]
fn what_means_nothing_is_refused_and_never_answered_with_everybody() {
    let all = Tolerances::default();
    for text in [
        "shoe eq \"44\"",
        "userName is \"x\"",
        "userName eq",
        "userName",
        "",
        "(userName pr",
        "userName eq 'x'",
        "displayName eq My Group",
        "active gt true",
        "active eq 1",
        "name eq \"x\"",
        "meta.created eq \"yesterday\"",
        "userName[value eq \"x\"]",
        "emails[addresses[type eq \"x\"]]",
        "password eq \"secret\"",
        "userName eq \"\\x\"",
        "userName pr userName pr",
        "active co \"t\"",
    ] {
        assert_eq!(refused(text, all), ScimType::InvalidFilter, "{text}");
    }
    let strict = Tolerances::none();
    for text in ["externalId eq Ext-1", "active eq \"True\""] {
        assert_eq!(refused(text, strict), ScimType::InvalidFilter, "{text}");
    }
}

#[test]
fn hostile_filters_are_capped() {
    let all = Tolerances::default();
    let deep = format!("{}active pr{}", "(".repeat(40), ")".repeat(40));
    let wide = vec!["active pr"; 200].join(" or ");
    let long = format!("userName eq \"{}\"", "x".repeat(5000));
    for text in [deep, wide, long] {
        assert_eq!(refused(&text, all), ScimType::TooMany);
    }
}

#[test]
fn what_a_type_lacks_matches_nothing_of_it_when_several_are_searched() {
    let filter = Filter::parse("displayName eq \"x\" or members eq \"u1\"").unwrap();
    let user = ResourceType::user(Vec::new());
    let bound = filter.bind_among(&user, Tolerances::default()).unwrap();
    assert!(!bound.matches(&bjensen(), &|_| true));
}

#[test]
fn equalities_name_what_an_index_can_find() {
    let lookups = |text: &str| {
        let bound = bind(text, Tolerances::default()).unwrap();
        let found = bound.lookups();
        let told: Vec<String> = found
            .iter()
            .map(|lookup| format!("{}={}", lookup.attribute, lookup.text))
            .collect();
        told.join(" ")
    };
    assert_eq!(lookups("userName eq \"A@x\" and active eq true"), "userName=a@x");
    assert_eq!(lookups("emails[type eq \"work\"].value eq \"A@x\""), "emails=a@x");
    assert_eq!(lookups("emails eq \"A@x\""), "emails=a@x");
    assert_eq!(lookups("id eq \"U\" and groups eq \"G\""), "id=U groups=G");
    assert_eq!(lookups("userName eq \"a\" or id eq \"b\""), "");
    assert_eq!(lookups("emails.type eq \"work\" and manager eq \"m\""), "");
    assert_eq!(lookups("not (id eq \"b\")"), "");
}

fn leaf() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(
        [
            "userName sw \"b\"",
            "active eq false",
            "emails[type eq \"work\"]",
            "nickName pr",
            "groups eq \"g1\"",
            "meta.lastModified ge \"2026-05-13T04:42:34Z\"",
            "name.familyName ne \"Jensen\"",
        ]
        .as_slice(),
    )
}

proptest! {
    #[test]
    fn de_morgan_holds(a in leaf(), b in leaf(), c in leaf()) {
        prop_assert_eq!(matches(&format!("not ({a} and {b})")), matches(&format!("not ({a}) or not ({b})")));
        prop_assert_eq!(matches(&format!("not ({a} or {b})")), matches(&format!("not ({a}) and not ({b})")));
        prop_assert_eq!(matches(&format!("{a} and {b} or {c}")), matches(&format!("({a} and {b}) or {c}")));
        prop_assert_eq!(matches(&format!("{a} or {b} and {c}")), matches(&format!("{a} or ({b} and {c})")));
        prop_assert_eq!(matches(&format!("not (not ({a}))")), matches(a));
    }
}
