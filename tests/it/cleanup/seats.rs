//! Returns by log-in where a policy counts seats: who comes back while none is free stays held, and it is said why.

use serde_json::{Value, json};

use super::town::{DAY, Person, Town, person};
use crate::activity::{Client, explained, factors};

fn policy(limit: u32, keep_free: u32) -> String {
    format!(
        "[[cleanup]]\nname = \"stale\"\nmode = \"apply\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n\
         evidence = [\"activity-api\"]\nmax = {{ users = 100, percent = 100, at_least = 100 }}\n\
         seats = {{ application = \"jira\", group = \"staff\", limit = {limit}, keep_free = {keep_free} }}\n"
    )
}

/// Two who are seen each day and four idle ones in `staff` below `all`, one idle user outside; everybody idle with a seat is held.
async fn town() -> Town {
    let busy = ["busy0", "busy1"].map(str::to_owned);
    let staff: Vec<String> = busy
        .iter()
        .cloned()
        .chain((0..4).map(|at| format!("idle{at}")))
        .collect();
    let people: Vec<Person> = staff.iter().map(|name| person(name, -400)).collect();
    let groups = [("inner", staff), ("staff", vec!["@inner".to_owned()])];
    let text = policy(6, 4);
    let town = Town::of(people, &groups, &text).await;
    town.sees_all(&busy);
    town.daemon.cleaner().look_around().await;
    town.days(100, &busy).await;
    town.cleaned("stale").await;
    let run = town.cleaned("stale").await;
    assert_eq!(run["counts"]["holds"]["added"], 4, "{run}");
    town.clock.advance(60_000);
    town
}

fn client(town: &Town) -> Client {
    Client::new(town.daemon.crowd_url())
}

async fn reason(town: &Town, user: &str) -> Value {
    let body = json!({ "username": user, "validation-factors": factors() });
    let (status, told) = client(town).post("/session?validate-password=false", &body).await;
    assert_eq!(status, 400, "{told}");
    told["reason"].clone()
}

#[tokio::test]
async fn a_return_beyond_the_licences_seats_stays_held_and_administrators_see_why() {
    // Two are active and three may be: one seat is free.
    let mut town = town().await.restarted(&policy(3, 0)).await;
    assert!(client(&town).begin("idle0").await.is_some(), "one seat is free");
    assert_eq!(reason(&town, "idle1").await, "INACTIVE_ACCOUNT");
    assert_eq!(reason(&town, "idle1").await, "INACTIVE_ACCOUNT");
    assert_eq!(client(&town).notify("idle1").await, 400);
    assert_eq!(town.active().await, ["busy0", "busy1", "idle0"]);
    let user = explained(&town.operator(), "idle1").await;
    let why = "came back, but all 3 seats of group `staff` in `jira` are taken; hint: raise `seats.limit` or free a seat";
    assert_eq!(user["return_refused"]["reason"], why, "{user}");
    assert_eq!(user["held"]["policy"], "stale");
    let records = town.audit("return refused").await;
    let told: Vec<_> = records
        .iter()
        .map(|record| (&*record.subject, &*record.reason, &*record.actor))
        .collect();
    assert_eq!(
        told,
        [("idle1", why, "return")],
        "once, however often it is tried"
    );
    let before = town.daemon.cleaner().runs(None).len();
    town.sees("idle1");
    town.daemon.cleaner().look_around().await;
    assert_eq!(
        town.daemon.cleaner().runs(None).len(),
        before,
        "no run is made that could release nobody"
    );
    town.clock.advance(DAY);
    assert_eq!(reason(&town, "idle1").await, "INACTIVE_ACCOUNT");
    assert_eq!(
        town.audit("return refused").await.len(),
        2,
        "told again the next day"
    );
    // A seat becomes free: the next log-in is let in.
    town.people.remove("busy1");
    town.sync(true).await;
    assert!(client(&town).begin("idle1").await.is_some());
    assert_eq!(town.active().await, ["busy0", "idle0", "idle1"]);
    let user = explained(&town.operator(), "idle1").await;
    assert_eq!(
        (&user["held"], &user["return_refused"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn of_those_who_come_back_at_once_no_more_are_let_in_than_there_are_seats() {
    let mut town = town().await.restarted(&policy(4, 0)).await;
    let client = client(&town);
    let tries = ["idle0", "idle1", "idle2", "idle3"].map(|name| client.begin(name));
    let came = futures_util::future::join_all(tries).await;
    assert_eq!(came.iter().filter(|token| token.is_some()).count(), 2, "{came:?}");
    assert_eq!(town.active().await.len(), 4);
}

#[tokio::test]
async fn who_takes_no_seat_comes_back_though_none_is_free() {
    let town = town().await;
    let mut groups = town.groups["inner"].clone();
    groups.retain(|name| name != "idle2");
    let mut town = town;
    town.groups.insert("inner".to_owned(), groups);
    town.sync(true).await;
    let mut town = town.restarted(&policy(2, 0)).await;
    assert_eq!(reason(&town, "idle1").await, "INACTIVE_ACCOUNT");
    assert!(client(&town).begin("idle2").await.is_some());
    assert_eq!(town.active().await, ["busy0", "busy1", "idle2"]);
}

#[tokio::test]
async fn a_guess_is_neither_a_return_nor_an_attempt_and_the_right_password_is() {
    let mut town = town().await;
    let put = async |user: &str, password: &str| {
        let url = format!(
            "{}/rest/usermanagement/1/user/password?username={user}",
            town.daemon.crowd_url()
        );
        let http = throng::client::build().unwrap();
        let sent = http.put(url).json(&json!({ "value": password }));
        sent.basic_auth("jira", Some("secret"))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(
        (put("idle0", "right").await, put("idle1", "right").await),
        (204, 204)
    );
    let log_in = async |town: &Town, user: &str, password: &str| {
        let path = format!("/authentication?username={user}");
        client(town).post(&path, &json!({ "value": password })).await
    };
    let (status, told) = log_in(&town, "idle0", "wrong").await;
    assert_eq!((status, &told["reason"]), (400, &json!("INACTIVE_ACCOUNT")));
    let user = explained(&town.operator(), "idle0").await;
    assert_eq!(
        user["last_attempt"],
        Value::Null,
        "a guess is nobody's attempt: {user}"
    );
    assert_eq!(user["held"]["policy"], "stale", "and ends no hold");
    assert_eq!(log_in(&town, "idle0", "right").await.0, 200);
    assert_eq!(town.active().await, ["busy0", "busy1", "idle0"]);
    // The right password without a seat: refused, and it was an attempt.
    let town = town.restarted(&policy(3, 0)).await;
    let (status, told) = log_in(&town, "idle1", "right").await;
    assert_eq!((status, &told["reason"]), (400, &json!("INACTIVE_ACCOUNT")));
    let user = explained(&town.operator(), "idle1").await;
    assert_eq!(user["last_attempt"]["how"], "password", "{user}");
    assert_eq!(town.audit("return refused").await.len(), 1);
}
