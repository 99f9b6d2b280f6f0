//! Linked directories whose configuration changes, whose parts are read meanwhile, whose users were seen elsewhere.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use throng::config::Config;
use throng::model::Change;
use throng::simulator::jira::Jira;

use super::persons::ann_and_bo;
use super::{House, configuration, number, user};
use crate::harness::new_jira;

const OPEN: &str = "[directory.limits]\nusers = { max = 100000, percent = 100, at_least = 1000 }\ngroups = { max = 1000, percent = 100, at_least = 1000 }\nmemberships = { max = 100000, percent = 100, at_least = 1000 }";

const WIKI: &str =
    "\n[[application]]\nname = \"wiki\"\npassword = { value = \"secret\" }\ndirectories = [\"plant\"]\n";

async fn explained(house: &House, name: &str) -> Value {
    let path = format!("/api/v1/users/{name}/explain?application=jira");
    house.operator.get(&path).await.body["user"].clone()
}

#[tokio::test]
async fn keys_stay_when_the_directories_change_their_order_or_gain_one() {
    let house = ann_and_bo().await;
    assert_eq!(house.seen("ann.berg").unwrap().key, "people:corp:1");
    let order = |text: String| text.replace("[\"corp\", \"plant\"]", "[\"plant\", \"corp\"]");
    let mut house = house.reopened(&["plant", "corp"], order).await;
    house.settle().await;
    assert_eq!(
        house.everybody(),
        [("aberg", "people:corp:1", true), ("bo", "people:plant:b", true)],
        "another name, by the new precedence, and the same key"
    );
    assert_eq!(house.jira.cache.groups_of("aberg"), ["devs", "welders"]);
    assert_eq!(
        house.operator.plans().await,
        Vec::<Value>::new(),
        "nothing is taken away"
    );
    let lab = "[[directory]]\nid = \"lab\"\n[directory.source]\nkind = \"file\"\npath = \"nowhere\"\n\
               [directory.mapping]\nattributes = { number = { from = [\"number\"] } }\n";
    let gains = |text: String| {
        let text = text.replace("[\"corp\", \"plant\"]", "[\"lab\", \"plant\", \"corp\"]");
        text.replacen("[[directory]]", &format!("{lab}[[directory]]"), 1)
    };
    let mut house = house.reopened(&["lab", "plant", "corp"], gains).await;
    let told = vec![
        user("x", "ann.of.the.lab", "", true),
        number("x", "7"),
        user("y", "yan", "", true),
    ];
    house.told("lab", told).await;
    assert_eq!(
        house.everybody(),
        [
            ("ann.of.the.lab", "people:corp:1", true),
            ("bo", "people:plant:b", true),
            ("yan", "people:lab:y", true)
        ]
    );
    assert_eq!(house.jira.cache, house.fresh().await);
    let explained = explained(&house, "ann.of.the.lab").await;
    assert_eq!(explained["linked"], json!(["lab:x", "plant:a", "corp:1"]));
}

#[tokio::test]
async fn a_person_whose_link_is_ambiguous_is_explained() {
    let mut house = ann_and_bo().await;
    house.told("plant", vec![number("b", "7")]).await;
    let why = "number `7`: several users of directory `plant` have it";
    for name in ["ann.berg", "aberg", "bo"] {
        assert_eq!(explained(&house, name).await["not_linked"], why, "{name}");
    }
    house.told("plant", vec![number("b", "")]).await;
    assert_eq!(explained(&house, "ann.berg").await["not_linked"], Value::Null);
    assert_eq!(
        explained(&house, "ann.berg").await["linked"],
        json!(["corp:1", "plant:a"])
    );
}

/// What is known of when somebody was seen, once something is.
async fn seen(house: &House, name: &str) -> Value {
    loop {
        let seen = explained(house, name).await["last_seen"][0].clone();
        if seen != Value::Null {
            return seen;
        }
    }
}

#[tokio::test]
async fn who_was_seen_as_a_user_of_one_part_was_seen_as_the_linked_user() {
    let house = ann_and_bo().await;
    let mut house = house.reopened(&["corp", "plant"], |text| text + WIKI).await;
    house.settle().await;
    let report = json!([{ "user": "aberg", "seen": "2027-01-10T08:00:00Z", "application": "wiki" }]);
    let told = house.operator.post("/api/v1/activity", &report).await;
    assert_eq!(told.status, 202, "{}", told.body);
    assert_eq!(
        explained(&house, "ann.berg").await["last_seen"],
        json!([]),
        "not yet"
    );
    let read = house
        .operator
        .post("/api/v1/directories/people/last-seen", &json!({}))
        .await;
    assert!(read.status < 300, "{}", read.body);
    let seen = seen(&house, "ann.berg").await;
    assert_eq!(
        (&seen["at"], &seen["lane"], &seen["application"]),
        (
            &json!("2027-01-10T08:00:00.000Z"),
            &json!("source"),
            &json!("wiki")
        )
    );
    assert_eq!(explained(&house, "bo").await["last_seen"], json!([]));
}

#[tokio::test]
async fn who_was_seen_before_two_users_became_one_was_seen_as_the_one() {
    let mut house = ann_and_bo().await;
    house.told("plant", vec![number("a", "8")]).await;
    let report = json!([{ "user": "aberg", "seen": "2027-01-11T08:00:00Z", "application": "jira" }]);
    assert_eq!(house.operator.post("/api/v1/activity", &report).await.status, 202);
    house.told("plant", vec![number("a", "7")]).await;
    assert!(house.seen("aberg").is_none());
    let seen = seen(&house, "ann.berg").await;
    assert_eq!(
        (&seen["at"], &seen["application"]),
        (&json!("2027-01-11T08:00:00.000Z"), &json!("jira"))
    );
}

const EACH: usize = 60;
/// The first so many of each part are the same persons.
const SHARED: usize = 40;

/// Everybody of a part, each with the name that another had in the round before.
fn everybody(part: &str, round: usize) -> Vec<Change> {
    let one = |at: usize| {
        let own = if at < SHARED {
            at.to_string()
        } else {
            format!("{part}{at}")
        };
        let name = format!("{part}{}", (at + round) % EACH);
        [
            user(&at.to_string(), &name, "", true),
            number(&at.to_string(), &own),
        ]
    };
    (0..EACH).flat_map(one).collect()
}

/// The keys of all whom a Jira has.
fn keys(jira: &Jira) -> BTreeSet<String> {
    jira.cache.users.values().map(|user| user.key.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_parts_are_read_in_full_no_picture_lacks_or_doubles_anybody() {
    let mut house = House::open(OPEN).await;
    for part in ["corp", "plant"] {
        house.tell(part, everybody(part, 0)).await;
    }
    house.settle().await;
    let expected = keys(&house.jira);
    assert_eq!(expected.len(), 2 * EACH - SHARED);
    let done = std::sync::atomic::AtomicBool::new(false);
    let reading = async {
        for round in 1..15 {
            house.tell("corp", everybody("corp", round)).await;
            house.tell("plant", everybody("plant", round)).await;
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    let watching = async {
        let (mut increments, mut pictures) = (new_jira(house.daemon.crowd_url()), 0);
        while !done.load(std::sync::atomic::Ordering::SeqCst) || pictures == 0 {
            let mut fresh = new_jira(house.daemon.crowd_url());
            fresh.sync().await.unwrap();
            increments.sync().await.unwrap();
            for jira in [&fresh, &increments] {
                assert_eq!(
                    (keys(jira), jira.cache.users.len()),
                    (expected.clone(), expected.len())
                );
                assert!(jira.cache.users.values().all(|user| user.active));
            }
            pictures += 1;
        }
    };
    tokio::join!(reading, watching);
    house.settle().await;
    assert_eq!(house.jira.cache, house.fresh().await);
    let runs = house.operator.get("/api/v1/runs?directory=people").await.body;
    let runs = runs
        .as_array()
        .unwrap_or_else(|| runs["runs"].as_array().unwrap())
        .clone();
    for run in &runs {
        let users = &run["counts"]["users"];
        assert_eq!(
            (&users["deactivated"], &users["removed"]),
            (&json!(0), &json!(0)),
            "{run}"
        );
    }
}

#[tokio::test]
async fn who_is_one_person_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.csv");
    let with = |text: String| {
        text.replace(
            "by = [\"number\", \"email\"]",
            &format!("map_file = \"{}\"", file.display()),
        )
    };
    let text = with(configuration(""));
    let refused = |text: &str| {
        Config::parse(text, Path::new("throng.toml"))
            .unwrap_err()
            .to_string()
    };
    assert!(
        refused(&text).contains("people.csv` cannot be read"),
        "{}",
        refused(&text)
    );
    std::fs::write(&file, "# corp and plant\ncorp:1,plant:a\ncorp:2,moon:b\n").unwrap();
    let said = refused(&text);
    assert!(
        said.contains("people.csv:3: has `moon:b`, which is no user of one of `directories`")
            && said.contains("throng.toml:"),
        "{said}"
    );
    std::fs::write(&file, "# corp and plant\ncorp:1,plant:a\n").unwrap();
    let mut house = House::with(with).await;
    house.tell("corp", vec![user("1", "ann.berg", "", true)]).await;
    house
        .told(
            "plant",
            vec![user("a", "aberg", "", true), user("b", "bo", "", true)],
        )
        .await;
    assert_eq!(
        house.everybody(),
        [
            ("ann.berg", "people:corp:1", true),
            ("bo", "people:plant:b", true)
        ]
    );
    assert_eq!(explained(&house, "ann.berg").await["linked_by"], "same");
}
