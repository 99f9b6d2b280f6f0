//! Evidence that may not be relied on: nothing is held, and the run says why.

use serde_json::{Value, json};
use throng::directory::activity::{Lane, Took};

use super::town::{DAY, Person, Town, person};

const POLICY: &str = r#"
[[cleanup]]
name = "stale"
mode = "apply"
inactive_for = "90d"
never_seen_for = "30d"
evidence = ["source", "activity-api"]
fresh_within = "3d"
max = { users = 100, percent = 100 }
"#;

/// Ten who are seen each day until day 100, ten who were on day 0 only, ten never.
async fn town() -> (Town, Vec<String>) {
    let busy: Vec<String> = (0..10).map(|at| format!("busy{at}")).collect();
    let people = busy.iter().map(|name| person(name, -400));
    let idle = (0..10).map(|at| person(&format!("idle{at}"), -400));
    let never = (0..10).map(|at| person(&format!("never{at}"), -400));
    let people: Vec<Person> = people.chain(idle).chain(never).collect();
    let town = Town::of(people, &[], POLICY).await;
    (0..10).for_each(|at| town.sees(&format!("idle{at}")));
    town.daemon.cleaner().look_around().await;
    town.days(100, &busy).await;
    (town, busy)
}

/// A run that holds nobody and says why; it is no policy's first report.
async fn nothing_is_done(town: &mut Town, why: &str) {
    for _ in 0..2 {
        let run = town.cleaned("stale").await;
        assert_eq!(
            (&run["state"], &run["counts"]["holds"]["added"]),
            (&json!("succeeded"), &json!(0)),
            "{run}"
        );
        let told = run["notices"][0].as_str().unwrap_or_default();
        assert!(
            told.starts_with("directory `corp`: nothing is done") && told.contains(why),
            "{run}"
        );
    }
    assert_eq!(town.active().await.len(), 30);
    let spared = town.cleaned("stale").await;
    assert_eq!(spared["verdicts"]["hold"], 0);
}

#[tokio::test]
async fn nobody_is_held_while_no_lane_tells_anything() {
    let people = (0..10).map(|at| person(&format!("u{at}"), -400)).collect();
    let town = Town::of(people, &[], POLICY).await;
    town.days(200, &[]).await;
    let run = town.cleaned("stale").await;
    let told = run["notices"][0].as_str().unwrap();
    assert!(
        told.contains("`source` has told of nobody yet, `activity-api` has told of nobody yet"),
        "{run}"
    );
    assert_eq!(
        (&run["verdicts"]["keep"], &run["counts"]["holds"]["added"]),
        (&json!(10), &json!(0))
    );
    let pack = town.pack("stale", &run).await;
    let reason = pack["body"]["users"][0]["reason"].as_str().unwrap();
    assert_eq!(reason, "no evidence that may be relied on: nothing is done");
}

#[tokio::test]
async fn a_lane_that_went_stale_stops_the_policy() {
    let (mut town, _) = town().await;
    town.clock.advance(4 * DAY);
    nothing_is_done(&mut town, "`activity-api` is stale").await;
}

#[tokio::test]
async fn a_mass_import_of_old_dates_makes_no_lane_fresh_and_nobody_idle() {
    let (mut town, busy) = town().await;
    town.clock.advance(4 * DAY);
    let old = town.now() - 300 * DAY;
    let never: Vec<String> = (0..10).map(|at| format!("never{at}")).collect();
    busy.iter()
        .chain(&never)
        .for_each(|name| assert_ne!(town.told(name, old), Took::Ahead));
    nothing_is_done(&mut town, "`activity-api` is stale").await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_stops_the_policy() {
    let (mut town, _) = town().await;
    town.clock.advance(-30 * DAY);
    nothing_is_done(&mut town, "was it set back?").await;
}

#[tokio::test]
async fn a_failing_lane_stops_the_policy_and_its_recovery_lets_it_go_on() {
    let (mut town, busy) = town().await;
    let (corp, activity) = ("corp".into(), std::sync::Arc::clone(town.daemon.activity()));
    activity.failed(&corp, Lane::ActivityApi, "the script has no rights");
    nothing_is_done(&mut town, "`activity-api` fails: the script has no rights").await;
    town.days(1, &busy).await;
    let first = town.cleaned("stale").await;
    assert_eq!(
        first["report"], "the first run of a new or changed policy",
        "what could judge nobody was no report"
    );
    assert_eq!(town.active().await.len(), 30);
}

#[tokio::test]
async fn silence_counts_from_when_a_lane_began_to_listen() {
    let busy = vec!["busy".to_owned()];
    let people = vec![person("busy", -400), person("never", -400)];
    let town = Town::of(people, &[], &POLICY.replace("30d", "50d")).await;
    let verdict = |run: &Value| run["verdicts"]["hold"].as_u64().unwrap();
    town.sees("busy");
    town.daemon.cleaner().look_around().await;
    town.days(49, &busy).await;
    assert_eq!(
        verdict(&town.clean("stale", &json!({ "dry_run": true })).await),
        0
    );
    town.days(1, &busy).await;
    assert_eq!(
        verdict(&town.clean("stale", &json!({ "dry_run": true })).await),
        1
    );
    // A gap in what is heard begins anew.
    town.days(10, &[]).await;
    town.days(49, &busy).await;
    assert_eq!(
        verdict(&town.clean("stale", &json!({ "dry_run": true })).await),
        0
    );
    town.days(2, &busy).await;
    assert_eq!(
        verdict(&town.clean("stale", &json!({ "dry_run": true })).await),
        1
    );
}
