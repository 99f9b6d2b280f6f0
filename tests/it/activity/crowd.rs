//! Evidence by the Crowd face: each way of being let in, and the attempts of those who are not.

use serde_json::{Value, json};
use throng::simulator::entra::Edit;

use super::{Client, NOW, explained, factors, fares, newest, people};
use crate::harness::{House, nothing};

#[tokio::test]
async fn each_way_of_being_let_in_is_evidence_and_moves_no_seq() {
    let house = House::of(20).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let before = operator.get("/api/v1/directories/corp").await.body["seq"].clone();
    let (client, people) = (Client::new(house.daemon.crowd_url()), people(&house.company, 3));
    let [(_, notified), (_, begun), (_, quiet)] = &people[..] else {
        panic!()
    };
    assert_eq!(client.notify(notified).await, 200);
    let user = explained(&operator, notified).await;
    assert_eq!(newest(&user), [NOW, "crowd", "notification", "jira"]);

    let token = client.begin(begun).await.unwrap();
    let user = explained(&operator, begun).await;
    assert_eq!(newest(&user), [NOW, "crowd", "session", "jira"]);
    house.clock.advance(60_000);
    assert_eq!(client.post(&format!("/session/{token}"), &factors()).await.0, 200);
    let user = explained(&operator, begun).await;
    assert_eq!(
        newest(&user),
        ["2027-01-15T08:01:00.000Z", "crowd", "validation", "jira"]
    );

    assert_eq!(explained(&operator, quiet).await["last_seen"], json!([]));
    let health = fares(&operator, "crowd").await;
    assert_eq!((&health["told"], &health["failing"]), (&json!(3), &json!(false)));
    assert_eq!(health["newest"], "2027-01-15T08:01:00.000Z");
    assert_eq!(fares(&operator, "source").await["newest"], Value::Null);
    let after = operator.get("/api/v1/directories/corp").await.body["seq"].clone();
    assert_eq!(before, after, "evidence is no row");
}

#[tokio::test]
async fn looking_at_a_session_or_a_user_is_no_use_of_it() {
    let house = House::of(20).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let (_, name) = people(&house.company, 1).remove(0);
    house.jira().sync().await.unwrap();
    let client = Client::new(house.daemon.crowd_url());
    let token = client.begin(&name).await.unwrap();
    house.clock.advance(60_000);
    let path = format!(
        "{}/rest/usermanagement/1/session/{token}",
        house.daemon.crowd_url()
    );
    let asked = throng::client::build().unwrap().get(path);
    let shown = asked.basic_auth("jira", Some("secret")).send().await.unwrap();
    assert_eq!(shown.status(), 200);
    assert_eq!(newest(&explained(&operator, &name).await)[0], NOW);
    assert_eq!(fares(&operator, "crowd").await["told"], 1);
}

#[tokio::test]
async fn an_inactive_user_who_is_refused_has_made_an_attempt_and_was_not_seen() {
    let house = House::of(20).await;
    let (id, name) = people(&house.company, 1).remove(0);
    house
        .company
        .tenant()
        .edit(&Edit::DisableUser { user: id })
        .unwrap();
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let client = Client::new(house.daemon.crowd_url());
    // Nobody can prove a password that is checked elsewhere: a guess is no attempt.
    for (path, body, counts) in [
        (
            format!("/authentication?username={name}"),
            json!({ "value": "guess" }),
            false,
        ),
        (format!("/authentication/notify?username={name}"), json!({}), true),
        (
            "/session?validate-password=false".to_owned(),
            json!({ "username": name, "validation-factors": factors() }),
            true,
        ),
    ] {
        house.clock.advance(1_000);
        let (status, told) = client.post(&path, &body).await;
        assert_eq!(
            (status, &told["reason"]),
            (400, &json!("INACTIVE_ACCOUNT")),
            "{path}"
        );
        let user = explained(&operator, &name).await;
        assert_eq!(user["last_seen"], json!([]), "{path}");
        assert_eq!(user["last_attempt"]["application"] == "jira", counts, "{path}");
    }
    let attempt = explained(&operator, &name).await["last_attempt"].clone();
    assert_eq!(
        (&attempt["at"], &attempt["how"]),
        (&json!("2027-01-15T08:00:03.000Z"), &json!("session"))
    );
    assert_eq!(fares(&operator, "crowd").await["told"], 0);
}

#[tokio::test]
async fn a_time_that_a_client_writes_into_an_attribute_is_evidence() {
    let writing = |text: String| {
        text.replacen(
            "directories = [\"corp\"]",
            "directories = [\"corp\"]\npermission = \"read-write\"",
            1,
        )
    };
    let house = House::with(20, "", writing).await;
    let operator = house.operator();
    operator.sync(&nothing()).await;
    let (_, name) = people(&house.company, 1).remove(0);
    let client = Client::new(house.daemon.crowd_url());
    let write = async |attribute: &str, value: &str| {
        let body = json!({ "attributes": [{ "name": attribute, "values": [value] }] });
        client
            .post(&format!("/user/attribute?username={name}"), &body)
            .await
    };
    for (attribute, value, seen) in [
        ("lastAuthenticated", "1799990000000", "2027-01-15T05:13:20.000Z"),
        (
            "login.lastLoginMillis",
            "1799999999000",
            "2027-01-15T07:59:59.000Z",
        ),
        (
            "login.lastLoginMillis",
            "1799999990000",
            "2027-01-15T07:59:59.000Z",
        ),
        ("lastAuthenticated", "1900000000000", "2027-01-15T07:59:59.000Z"),
        ("lastAuthenticated", "yesterday", "2027-01-15T07:59:59.000Z"),
        ("shoe-size", "1799999999999", "2027-01-15T07:59:59.000Z"),
    ] {
        let (status, told) = write(attribute, value).await;
        assert_eq!(status, 204, "{told}");
        let user = explained(&operator, &name).await;
        assert_eq!(
            newest(&user),
            [seen, "crowd", "attribute", "jira"],
            "{attribute} = {value}"
        );
    }
}
