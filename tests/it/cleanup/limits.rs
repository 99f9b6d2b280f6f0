//! The limits of the directory judge a policy's holds too, whatever the policy itself allows.

use serde_json::{Value, json};

use super::town::{Town, person};

/// A policy that acts by itself on everybody, over a directory of which at most sixty of a hundred may go.
const POLICY: &str = "[[cleanup]]\nname = \"stale\"\nmode = \"apply\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n\
     evidence = [\"activity-api\"]\nmax = { users = 100, percent = 100, at_least = 100 }\n";

#[tokio::test]
async fn a_plan_over_the_limits_of_its_directory_waits_for_a_person_though_the_policy_acts_by_itself() {
    let busy = ["busy0".to_owned(), "busy1".to_owned()];
    let idle = (0..20).map(|at| format!("idle{at}"));
    let names: Vec<String> = busy.iter().cloned().chain(idle).collect();
    let people = names.iter().map(|name| person(name, -400)).collect();
    let mut town = Town::of(people, &[("staff", names)], POLICY).await;
    town.sees_all(&busy);
    town.daemon.cleaner().look_around().await;
    town.days(100, &busy).await;

    assert_eq!(town.cleaned("stale").await["state"], "succeeded", "a report");
    let run = town.cleaned("stale").await;
    assert_eq!(
        (&run["state"], &run["counts"]["holds"]["added"]),
        (&json!("held"), &json!(0))
    );
    let path = format!("/plans/{}", run["plan"].as_str().unwrap());
    let plan = town.get(&path).await;
    let reasons: Vec<&str> = plan["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        reasons,
        ["plan removes 20 of 22 users, more than the limit of 60 %"]
    );
    assert_eq!(
        town.cleaned("stale").await["plan"],
        plan["id"],
        "never approved by repetition"
    );
    assert_eq!(town.active().await.len(), 22);

    let approved = town.approve(&plan["id"], &json!({ "hash": plan["hash"] })).await;
    assert_eq!(
        (&approved["state"], &approved["counts"]["holds"]["added"]),
        (&json!("succeeded"), &json!(20)),
        "{approved}"
    );
    assert_eq!(town.active().await, busy);
}
