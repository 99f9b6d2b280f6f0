//! The brake: mass deactivation and the emptying of groups stop until a person says otherwise.

use reqwest::Method;
use serde_json::{Value, json};

use super::Pushed;
use super::client::{OPERATOR, READER};
use crate::mail::post::{Post, Tls};

const HOUR: i64 = 3_600_000;

/// Ten users at the most, half of them at the most.
const LIMITS: &str = "[directory.limits]\nusers = { max = 10, percent = 50, at_least = 3 }\n\
                      memberships = { max = 12, percent = 100 }";

pub(super) async fn users(house: &Pushed, count: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(count);
    for number in 0..count {
        ids.push(house.user(&format!("user{number:04}")).await);
    }
    ids
}

async fn set_active(house: &Pushed, id: &str, active: bool) -> u16 {
    let operations = json!([{ "op": "replace", "path": "active", "value": active }]);
    house.patch(&format!("/Users/{id}"), &operations).await.status
}

async fn held(house: &Pushed) -> Vec<Value> {
    let said = house
        .operator(READER, Method::GET, "/directories/corp")
        .await
        .is(200);
    said.body["pushed"]["held"].as_array().unwrap().clone()
}

#[tokio::test]
async fn mass_deactivation_is_held_until_an_operator_releases_it() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 30).await;
    house.clock.advance(HOUR);
    for id in &ids[..10] {
        assert_eq!(set_active(&house, id, false).await, 200);
    }
    let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
    let said = house.patch(&format!("/Users/{}", ids[10]), &operations).await;
    assert_eq!(said.refusal(), (429, ""));
    assert_eq!(said.header("retry-after"), "900");
    let reason = "the pushes of an hour remove 11 of 30 users, more than the limit of 10";
    assert!(said.body["detail"].as_str().unwrap().contains(reason), "{said:?}");
    assert_eq!(held(&house).await[0]["reason"], reason);
    let status = house.operator(READER, Method::GET, "/status").await;
    assert_eq!(
        status.body["directories"][0]["pushed"]["held"][0]["reason"],
        reason
    );
    // Nothing of it was done; losses of every kind wait, the rest goes on.
    assert_eq!(
        house.get(&format!("/Users/{}", ids[10])).await.body["active"],
        true
    );
    assert_eq!(house.delete(&format!("/Users/{}", ids[11])).await.status, 429);
    assert_eq!(set_active(&house, &ids[0], true).await, 200);
    house.user("newcomer").await;
    let title = json!([{ "op": "replace", "path": "title", "value": "Dr" }]);
    house.patch(&format!("/Users/{}", ids[10]), &title).await.is(200);
    // Hours do not release it.
    house.clock.advance(3 * HOUR);
    assert_eq!(set_active(&house, &ids[10], false).await, 429);
    let path = "/directories/corp/release";
    house.operator(READER, Method::POST, path).await.is(403);
    house.operator(OPERATOR, Method::POST, path).await.is(200);
    for id in &ids[..25] {
        assert_eq!(set_active(&house, id, false).await, 200);
    }
    assert!(held(&house).await.is_empty());
    // An hour later the limits are there again.
    house.clock.advance(2 * HOUR);
    let mut said = Vec::new();
    for id in &ids[25..] {
        said.push(set_active(&house, id, false).await);
    }
    assert_eq!(
        said,
        [200, 200, 200, 429, 429],
        "of the six that are active, three are always allowed"
    );
}

#[tokio::test]
async fn administrators_hear_of_a_brake_once_for_each_time_it_stops() {
    let post = Post::with(Tls::Never, &[]).await;
    let told = "[notify]\nadministrators = [\"ops@corp.example\"]\n[smtp]";
    let house = Pushed::with(&format!("{LIMITS}\n{told}\n{}", post.section())).await;
    let ids = users(&house, 30).await;
    house.clock.advance(HOUR);
    house.daemon.alert().await;
    for round in 1..=2 {
        for id in &ids[..11] {
            set_active(&house, id, false).await;
        }
        assert_eq!(held(&house).await.len(), 1);
        house.daemon.alert().await;
        house.daemon.alert().await;
        let path = "/directories/corp/release";
        house.operator(OPERATOR, Method::POST, path).await.is(200);
        house.daemon.alert().await;
        while house.daemon.cleaner().outbox().waiting() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(post.taken().len(), round);
        let mail = &post.taken()[round - 1];
        assert!(
            mail.text()
                .contains("remove 11 of 30 users, more than the limit of 10"),
            "{}",
            mail.text()
        );
        for id in &ids[..11] {
            assert_eq!(set_active(&house, id, true).await, 200);
        }
        house.clock.advance(3 * HOUR);
    }
}

#[tokio::test]
async fn what_is_held_is_held_after_a_restart() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 30).await;
    house.clock.advance(HOUR);
    for id in &ids[..11] {
        set_active(&house, id, false).await;
    }
    let reason = held(&house).await[0]["reason"].clone();
    let house = house.restarted().await;
    assert_eq!(held(&house).await[0]["reason"], reason);
    assert_eq!(set_active(&house, &ids[20], false).await, 429);
    house
        .operator(OPERATOR, Method::POST, "/directories/corp/release")
        .await
        .is(200);
    let house = house.restarted().await;
    assert_eq!(set_active(&house, &ids[20], false).await, 200);
    let directory = house.daemon.directory(&"corp".into()).unwrap();
    let trail = directory.audit_of("corp", 10).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|record| (&*record.actor, &*record.action))
        .collect();
    assert_eq!(
        told,
        [("operator ops", "pushes released"), ("scim", "pushes held")]
    );
}

#[tokio::test]
async fn requests_at_the_same_time_do_not_slip_through() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 30).await;
    house.clock.advance(HOUR);
    let all = ids.iter().map(|id| set_active(&house, id, false));
    let said = futures_util::future::join_all(all).await;
    assert_eq!(said.iter().filter(|status| **status == 200).count(), 10);
    assert_eq!(house.find("/Users", "active eq true").await.0, 20);
}

#[tokio::test]
async fn what_was_made_within_the_hour_is_removed_at_once() {
    let house = Pushed::start().await;
    let post = |number: usize| json!({ "method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": { "userName": format!("probe{number}") } });
    let said = house
        .post(
            "/Bulk",
            &json!({ "Operations": (0..1000).map(post).collect::<Vec<_>>() }),
        )
        .await
        .is(200);
    let paths: Vec<String> = said.body["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| {
            told["location"]
                .as_str()
                .unwrap()
                .split("corp")
                .nth(1)
                .unwrap()
                .to_owned()
        })
        .collect();
    let members: Vec<&str> = paths
        .iter()
        .map(|path| path.rsplit('/').next().unwrap())
        .collect();
    let group = house.group("probes", &members).await;
    house.clock.advance(HOUR - 1);
    house
        .patch(
            &format!("/Groups/{group}"),
            &json!([{ "op": "replace", "path": "members", "value": [] }]),
        )
        .await
        .is(200);
    let delete = |path: &String| json!({ "method": "DELETE", "path": path });
    let said = house
        .post(
            "/Bulk",
            &json!({ "Operations": paths.iter().map(delete).collect::<Vec<_>>() }),
        )
        .await
        .is(200);
    let told = said.body["Operations"].as_array().unwrap();
    assert!(told.iter().all(|told| told["status"] == "204"), "{:?}", told[999]);
    assert_eq!(house.find("/Users", "userName pr").await.0, 0);
    assert!(held(&house).await.is_empty());
}

#[tokio::test]
async fn a_restart_makes_nobody_old() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 30).await;
    let house = house.restarted().await;
    for id in &ids {
        house.delete(&format!("/Users/{id}")).await.is(204);
    }
}

#[tokio::test]
async fn what_is_put_right_again_does_not_count() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 30).await;
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    let group = house.group("all", &members).await;
    house.clock.advance(HOUR);
    let path = format!("/Groups/{group}");
    let member = |op: &str, id: &str| json!([{ "op": op, "path": "members", "value": [{ "value": id }] }]);
    for id in &ids {
        assert_eq!(set_active(&house, id, false).await, 200);
        assert_eq!(set_active(&house, id, true).await, 200);
        house.patch(&path, &member("remove", id)).await.is(200);
        house.patch(&path, &member("add", id)).await.is(200);
    }
    assert!(held(&house).await.is_empty());
}

#[tokio::test]
async fn losses_slide_out_of_the_hour() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 60).await;
    house.clock.advance(HOUR);
    for id in &ids[..20] {
        assert_eq!(set_active(&house, id, false).await, 200);
        house.clock.advance(HOUR / 9);
    }
    assert!(held(&house).await.is_empty());
}

#[tokio::test]
async fn a_refused_push_costs_nothing() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 30).await;
    house.clock.advance(HOUR);
    for _ in 0..20 {
        // It deactivates one user and takes the name of another, which is refused.
        let body = json!({ "userName": "user0001", "active": false });
        house.put(&format!("/Users/{}", ids[0]), &body).await.is(409);
    }
    for id in &ids[..10] {
        assert_eq!(set_active(&house, id, false).await, 200);
    }
}

#[tokio::test]
async fn memberships_are_limited_together() {
    let house = Pushed::with(LIMITS).await;
    let ids = users(&house, 9).await;
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (one, other) = (
        house.group("one", &members).await,
        house.group("other", &members).await,
    );
    house.clock.advance(HOUR);
    let clear = json!([{ "op": "remove", "path": "members" }]);
    house.patch(&format!("/Groups/{one}"), &clear).await.is(200);
    assert_eq!(house.patch(&format!("/Groups/{other}"), &clear).await.status, 429);
    assert_eq!(house.members(&other).await.len(), 9);
    assert_eq!(house.delete(&format!("/Groups/{other}")).await.status, 429);
}
