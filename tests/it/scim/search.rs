//! Lists: filters, pages, order, cursors.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Pushed, Said};

async fn people(house: &Pushed, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let body = json!({
            "userName": format!("user{number:02}@x"), "externalId": format!("E{number}"), "active": number % 2 == 0,
            "title": format!("T{}", 9 - number % 10), "emails": [{ "value": format!("U{number}@mail.example"), "type": "work" }],
        });
        ids.push(house.post("/Users", &body).await.is(201).id());
    }
    ids
}

async fn query(house: &Pushed, pairs: &[(&str, &str)]) -> Said {
    house
        .send(house.request(Method::GET, "/Users").query(pairs))
        .await
}

fn ids(said: &Said) -> Vec<String> {
    let resources = said.body["Resources"]
        .as_array()
        .unwrap_or_else(|| panic!("{said:?}"));
    let ids = resources
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test]
async fn pages_are_clamped_and_stable() {
    let house = Pushed::start().await;
    let all = people(&house, 7).await;
    for (pairs, start, expected) in [
        (vec![], 1, &all[..]),
        (vec![("startIndex", "1"), ("count", "3")], 1, &all[..3]),
        (vec![("startIndex", "4"), ("count", "3")], 4, &all[3..6]),
        (vec![("startIndex", "7"), ("count", "300")], 7, &all[6..]),
        (vec![("startIndex", "8")], 8, &[]),
        (vec![("startIndex", "0"), ("count", "1")], 1, &all[..1]),
        (vec![("count", "0")], 1, &[]),
        (vec![("count", "-5")], 1, &[]),
    ] {
        let said = query(&house, &pairs).await.is(200);
        assert_eq!(ids(&said), expected, "{pairs:?}");
        assert_eq!(
            (
                &said.body["totalResults"],
                &said.body["startIndex"],
                &said.body["itemsPerPage"]
            ),
            (&json!(7), &json!(start), &json!(expected.len())),
            "{pairs:?}"
        );
    }
    assert_eq!(
        query(&house, &[("count", "x")]).await.refusal(),
        (400, "invalidValue")
    );
    house.delete(&format!("/Users/{}", all[1])).await.is(204);
    house.user("later").await;
    let said = query(&house, &[("count", "2")]).await;
    assert_eq!(ids(&said), [all[0].clone(), all[2].clone()]);
}

#[tokio::test]
async fn filters_find_by_index_and_without() {
    let house = Pushed::start().await;
    let all = people(&house, 12).await;
    let group = house.group("devs", &[&all[3], &all[5]]).await;
    let expect = async |filter: &str, expected: &[usize]| {
        let said = query(&house, &[("filter", filter)]).await.is(200);
        let expected: Vec<String> = expected.iter().map(|at| all[*at].clone()).collect();
        assert_eq!(ids(&said), expected, "{filter}");
    };
    expect("userName eq \"USER03@x\"", &[3]).await;
    expect("externalId eq \"E3\" and active eq false", &[3]).await;
    expect("externalId eq \"e3\"", &[]).await;
    expect("emails.value eq \"u3@MAIL.example\"", &[3]).await;
    expect("emails[type eq \"work\"].value eq \"u3@mail.example\"", &[3]).await;
    expect("emails[type eq \"home\" and value eq \"u3@mail.example\"]", &[]).await;
    expect("userName sw \"user1\" or externalId eq \"E0\"", &[0, 10, 11]).await;
    expect("title eq \"t0\" and active eq false", &[9]).await;
    expect("meta.lastModified lt \"2026-01-01T00:00:00Z\"", &[]).await;
    expect(&format!("groups eq \"{group}\""), &[3, 5]).await;
    expect(
        &format!("groups.display eq \"devs\" and id eq \"{}\"", all[5]),
        &[5],
    )
    .await;
    expect(
        &format!("not (groups eq \"{group}\") and userName sw \"user0\" and active eq false"),
        &[1, 7, 9],
    )
    .await;
    for wrong in ["shoe eq \"44\"", "userName is \"x\"", "password pr", "("] {
        let said = query(&house, &[("filter", wrong)]).await;
        assert_eq!(said.refusal(), (400, "invalidFilter"), "{wrong}");
    }
    let deep = "(".repeat(10_000);
    assert_eq!(
        query(&house, &[("filter", &deep)]).await.refusal(),
        (400, "tooMany")
    );
    assert_eq!(
        house.find("/Groups", "displayName eq \"DEVS\"").await,
        (1, group.clone())
    );
    assert_eq!(
        house.find("/Groups", &format!("members eq \"{}\"", all[3])).await,
        (1, group.clone())
    );
    assert_eq!(
        house.find("/Groups", "members.display eq \"user05@x\"").await,
        (1, group)
    );
}

#[tokio::test]
async fn lists_are_sorted_by_any_attribute() {
    let house = Pushed::start().await;
    let all = people(&house, 4).await;
    let bare = house.user("aaa").await;
    let order = async |pairs: &[(&str, &str)]| ids(&query(&house, pairs).await.is(200));
    let (a, b, c, d) = (&all[0], &all[1], &all[2], &all[3]);
    assert_eq!(
        order(&[("sortBy", "title")]).await,
        [d, c, b, a, &bare].map(Clone::clone)
    );
    assert_eq!(
        order(&[("sortBy", "TITLE"), ("sortOrder", "descending"), ("count", "2")]).await,
        [&bare, a].map(Clone::clone)
    );
    assert_eq!(order(&[("sortBy", "userName"), ("count", "1")]).await, [bare]);
    assert_eq!(
        query(&house, &[("sortBy", "x"), ("sortOrder", "y")]).await.status,
        400
    );
}

#[tokio::test]
async fn a_walk_by_cursors_sees_everybody_once() {
    let house = Pushed::start().await;
    let all = people(&house, 7).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let said = query(&house, &[("cursor", &cursor), ("count", "3")])
            .await
            .is(200);
        seen.extend(ids(&said));
        match said.body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        // Whoever comes or goes before the place of the walk does not move it.
        house.delete(&format!("/Users/{}", seen[0])).await;
    }
    assert_eq!(seen, all);
    let said = query(&house, &[("cursor", &cursor), ("count", "2")]).await;
    assert_eq!(said.refusal(), (400, "invalidCount"));
    let said = query(&house, &[("cursor", &cursor), ("filter", "active eq true")]).await;
    assert_eq!(said.refusal(), (400, "invalidCursor"));
    assert_eq!(
        query(&house, &[("cursor", "x")]).await.refusal(),
        (400, "invalidCursor")
    );
    house.clock.advance(2 * 3_600_000);
    let said = query(&house, &[("cursor", &cursor), ("count", "3")]).await;
    assert_eq!(said.refusal(), (400, "expiredCursor"));
}

#[tokio::test]
async fn searches_are_posted_to_a_type_or_to_all() {
    let house = Pushed::start().await;
    let all = people(&house, 3).await;
    let group = house.group("user00@x", &[]).await;
    let body = |filter: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter, "attributes": ["displayName"],
        })
    };
    let said = house
        .post("/Users/.search", &body("userName sw \"user0\""))
        .await
        .is(200);
    assert_eq!(ids(&said), all);
    assert_eq!(said.body["Resources"][0].get("userName"), None);
    let either = body("userName eq \"user00@x\" or displayName eq \"user00@x\"");
    let said = house.post("/.search", &either).await.is(200);
    assert_eq!(ids(&said), [all[0].clone(), group.clone()]);
    let said = house
        .post("/Groups/.search", &body("displayName pr"))
        .await
        .is(200);
    assert_eq!(ids(&said), [group.as_str()]);
    let said = house
        .get("/?filter=displayName%20eq%20%22user00@x%22")
        .await
        .is(200);
    assert_eq!(ids(&said), [group]);
    assert_eq!(
        house.post("/.search", &Value::Null).await.refusal(),
        (400, "invalidSyntax")
    );
}
