//! Report, review and apply; approval in part, rejection, release, the stages, a schedule that was missed.

use serde_json::{Value, json};

use super::town::{DAY, Person, Town, person};

const SEEN: [&str; 3] = ["busy0", "busy1", "break-glass-not"];

fn policy(mode: &str, keys: &str) -> String {
    format!(
        "[[cleanup]]\nname = \"stale\"\nmode = \"{mode}\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n\
         evidence = [\"activity-api\"]\nmax = {{ users = 100, percent = 100, at_least = 100 }}\n{keys}\n"
    )
}

fn busy() -> Vec<String> {
    SEEN.map(str::to_owned).to_vec()
}

/// Three who are seen each day, six idle ones, one who is protected, all in `staff`; at day 100.
async fn town(policies: &str) -> Town {
    let names: Vec<String> = busy()
        .into_iter()
        .chain((0..6).map(|at| format!("idle{at}")))
        .collect();
    let mut people: Vec<Person> = names.iter().map(|name| person(name, -400)).collect();
    people.push(person("break-glass", -400));
    let town = Town::of(people, &[("staff", names.clone()), ("other", names)], policies).await;
    town.sees_all(&busy());
    town.daemon.cleaner().look_around().await;
    town.days(100, &busy()).await;
    town
}

fn held(run: &Value) -> (u64, u64) {
    let holds = &run["counts"]["holds"];
    (
        holds["added"].as_u64().unwrap(),
        holds["released"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn a_dry_run_and_a_report_change_nothing_and_say_everything() {
    let mut town = town(&policy("report", "")).await;
    let before = town.get("/directories/corp").await["seq"].clone();
    let dry = town.clean("stale", &json!({ "dry_run": true })).await;
    assert_eq!(
        (&dry["state"], &dry["report"], held(&dry)),
        (&json!("succeeded"), &json!("a dry run"), (6, 0))
    );
    assert_eq!(
        town.get("/directories/corp").await["seq"],
        before,
        "not even the audit trail"
    );
    let run = town.cleaned("stale").await;
    assert_eq!((&run["report"], held(&run)), (&json!("the mode"), (6, 0)));
    assert_eq!(
        (&run["kind"], &run["policy"], &run["directory"]),
        (&json!("cleanup"), &json!("stale"), &json!("corp"))
    );
    assert_eq!(town.active().await.len(), 10);
    assert_eq!(
        town.get("/runs").await["runs"][0]["id"],
        run["id"],
        "among the runs of syncs"
    );
    let pack = town.pack("stale", &run).await;
    let said = |name: &str| {
        let users = pack["body"]["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["user"] == name).unwrap();
        (
            user["decision"].as_str().unwrap().to_owned(),
            user["reason"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(
        said("break-glass"),
        ("keep".to_owned(), "protected by `[protect]`".to_owned())
    );
    assert!(said("busy0").1.starts_with("seen 2027-"), "{:?}", said("busy0"));
    assert!(
        said("idle0").1.starts_with("never seen since its creation"),
        "{:?}",
        said("idle0")
    );
    let audited = town.audit("cleanup run").await;
    assert!(
        audited[0].reason.contains(pack["sha256"].as_str().unwrap()),
        "{audited:?}"
    );
}

/// A town whose policy asks for approval, with the plan.
async fn reviewed() -> (Town, Value) {
    let town = town(&policy("review", "")).await;
    let first = town.cleaned("stale").await;
    assert_eq!(first["report"], "the first run of a new or changed policy");
    let run = town.cleaned("stale").await;
    assert_eq!((&run["state"], held(&run)), (&json!("held"), (0, 0)));
    let plan = town.get(&path(&run["plan"], "")).await;
    (town, plan)
}

fn path(plan: &Value, verb: &str) -> String {
    format!("/plans/{}{verb}", plan.as_str().unwrap())
}

#[tokio::test]
async fn a_review_changes_nothing_until_a_person_has_decided() {
    let (mut town, plan) = reviewed().await;
    let steps = plan["steps"].as_array().unwrap().len();
    assert_eq!(
        (&plan["policy"], &plan["state"], steps),
        (&json!("stale"), &json!("held"), 6)
    );
    assert_eq!(town.get("/status").await["held_plans"], 1);
    let again = town.cleaned("stale").await;
    assert_eq!(again["plan"], plan["id"], "the same plan keeps its id");
    assert_eq!(town.active().await.len(), 10);
    let approve = path(&plan["id"], "/approve");
    let wrong = town.post(&approve, &json!({ "except": ["nobody"] })).await;
    assert_eq!(
        (wrong.status, &wrong.body["code"]),
        (409, &json!("PLAN_WITHOUT_USER"))
    );
    let stale = town.post(&approve, &json!({ "hash": "0" })).await;
    assert_eq!(stale.body["code"], "PLAN_HASH_DIFFERS");
    let rejected = town.post(&path(&plan["id"], "/reject"), &json!({})).await;
    assert_eq!(rejected.status, 204);
    let after = town.get(&path(&plan["id"], "")).await;
    assert_eq!(after["state"], "rejected");
    let late = town.post(&approve, &json!({})).await;
    assert_eq!(late.body["code"], "PLAN_NOT_HELD");
    assert_eq!(town.active().await.len(), 10);
}

#[tokio::test]
async fn an_approval_leaves_out_whom_it_names_and_who_was_seen_meanwhile() {
    let (mut town, plan) = reviewed().await;
    town.sees("idle1");
    let decision = json!({ "hash": plan["hash"], "except": ["IDLE0"] });
    let approved = town.approve(&plan["id"], &decision).await;
    let ended = (&approved["state"], &approved["kind"], held(&approved));
    assert_eq!(ended, (&json!("succeeded"), &json!("approve"), (4, 0)));
    let refused = approved["refused"].as_array().unwrap().iter();
    let refused: Vec<_> = refused.map(|refused| refused["what"].clone()).collect();
    assert_eq!(refused, ["idle0", "idle1"], "{approved}");
    let in_jira = town.active().await;
    assert_eq!(
        in_jira,
        [
            "break-glass",
            "break-glass-not",
            "busy0",
            "busy1",
            "idle0",
            "idle1"
        ]
    );
    let records = town.audit("user held").await;
    let by = |record: &throng::model::commit::AuditRecord| {
        record.actor == "operator ops" && record.run.as_deref() == approved["id"].as_str()
    };
    assert_eq!((records.len(), records.iter().all(by)), (4, true), "{records:?}");
    let pack = town.pack("stale", &approved).await;
    let who = (&pack["body"]["approved_by"], &pack["body"]["except"]);
    assert_eq!(who, (&json!("operator ops"), &json!(["idle0"])));
    let next = town.cleaned("stale").await;
    let asked = town.get(&path(&next["plan"], "")).await;
    assert_eq!(
        asked["steps"][0]["subject"], "idle0",
        "who was left out is asked for again"
    );
}

#[tokio::test]
async fn a_changed_policy_reports_before_it_acts_again() {
    let town = town(&policy("apply", "")).await;
    assert_eq!(held(&town.cleaned("stale").await), (6, 0), "a report of six");
    let mut town = town
        .restarted(&policy("apply", "exclude = { users = [\"idle0\"] }"))
        .await;
    let report = town.cleaned("stale").await;
    assert_eq!(
        (&report["report"], held(&report)),
        (&json!("the first run of a new or changed policy"), (5, 0))
    );
    assert_eq!(town.active().await.len(), 10);
    let applied = town.cleaned("stale").await;
    assert_eq!((&applied["report"], held(&applied)), (&Value::Null, (5, 0)));
    assert_eq!(town.active().await.len(), 5);
    let packs = [
        town.pack("stale", &report).await,
        town.pack("stale", &applied).await,
    ];
    assert_eq!(
        packs[1]["body"]["previous"], packs[0]["sha256"],
        "the evidence is a chain"
    );
}

#[tokio::test]
async fn who_is_seen_again_is_released_and_who_a_person_released_is_left_alone() {
    let mut town = town(&policy("apply", "")).await;
    town.cleaned("stale").await;
    assert_eq!(held(&town.cleaned("stale").await), (6, 0));
    town.days(1, &busy()).await;
    town.sees("idle3");
    town.daemon.cleaner().look_around().await;
    assert!(
        town.active().await.contains(&"idle3".to_owned()),
        "at once, without a scheduled run"
    );
    assert_eq!(town.audit("user released").await.len(), 1);
    town.release("idle4").await;
    town.days(1, &busy()).await;
    let run = town.cleaned("stale").await;
    assert_eq!(held(&run), (0, 0), "{run}");
    assert_eq!(
        town.active().await,
        [
            "break-glass",
            "break-glass-not",
            "busy0",
            "busy1",
            "idle3",
            "idle4"
        ]
    );
    town.days(91, &busy()).await;
    assert_eq!(
        held(&town.cleaned("stale").await),
        (2, 0),
        "until they have been away as long again"
    );
}

#[tokio::test]
async fn the_stages_follow_the_hold_by_its_age_and_no_sync_undoes_them() {
    let actions = "actions = [{ do = \"hold\" }, { do = \"remove-from-groups\", groups = [\"Staff\"] }, \
                   { after = \"10d\", do = \"remove-from-groups\" }, { after = \"20d\", do = \"anonymise\" }, { after = \"30d\", do = \"remove\" }]";
    let mut town = town(&policy("apply", actions)).await;
    town.cleaned("stale").await;
    town.cleaned("stale").await;
    town.active().await;
    assert_eq!(town.jira.cache.groups_of("idle0"), ["other"]);
    let mut stage = async |days, verdict: u64| {
        town.days(days, &busy()).await;
        let run = town.cleaned("stale").await;
        assert_eq!(
            (&run["verdicts"]["stage"], &run["state"]),
            (&json!(verdict), &json!("succeeded")),
            "{run}"
        );
        town.people
            .values_mut()
            .for_each(|person| person.title = format!("{days}"));
        town.sync(true).await;
        town.active().await;
        (
            town.jira.cache.users.len(),
            town.jira.cache.groups_of("idle0").len(),
            town.jira.cache.memberships.len(),
        )
    };
    assert_eq!(stage(9, 0).await, (10, 1, 12));
    assert_eq!(stage(1, 6).await, (10, 0, 6));
    stage(10, 6).await;
    assert_eq!(stage(0, 0).await.2, 6, "each stage once");
    assert_eq!(stage(10, 6).await.0, 4, "gone from Jira");
    assert_eq!(town.audit("hold advanced").await.len(), 18);
    let erased = town.audit("hold advanced").await;
    assert!(
        erased[6..].iter().all(|record| record.subject.starts_with("id-")),
        "{erased:?}"
    );
}

#[tokio::test]
async fn a_plan_within_the_limits_of_its_directory_is_carried_out_in_apply_mode() {
    let more = "[[cleanup]]\nname = \"other\"\ninactive_for = \"400d\"";
    let town = town(&policy("apply", more)).await;
    // Sixty of a hundred may go: six of ten are as many, seven would not be.
    town.cleaned("stale").await;
    assert_eq!(town.cleaned("stale").await["state"], "succeeded");
    let unknown = town.post("/cleanup/nobody/runs", &json!({})).await;
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (404, &json!("UNKNOWN_POLICY"))
    );
    assert_eq!(
        town.get("/cleanup").await["policies"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_time_that_passed_while_throng_was_down_is_made_up_for_once() {
    let text = policy("apply", "schedule = \"0 0 3 * * *\"\ntime_zone = \"Europe/Oslo\"");
    let town = town(&text).await;
    let own = async |town: &Town| {
        let runs = town.get("/cleanup/stale/runs").await;
        let by = runs["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["by"].as_str().unwrap().to_owned());
        by.collect::<Vec<_>>()
    };
    let town = town.restarted(&text).await;
    assert_eq!(
        own(&town).await,
        Vec::<String>::new(),
        "it has never run: nothing was missed"
    );
    let run = town
        .daemon
        .cleaner()
        .request_unasked("stale", "schedule")
        .unwrap();
    town.daemon.cleaner().finished(&run).await;
    let town = town.restarted(&text).await;
    assert_eq!(own(&town).await, ["schedule"], "its next time has not come");
    town.clock.advance(3 * DAY);
    let town = town.restarted(&text).await;
    assert_eq!(
        own(&town).await,
        ["start", "schedule"],
        "three times were missed, one is made up for"
    );
    let id = town.daemon.cleaner().runs(None)[0].id.clone();
    town.daemon.cleaner().finished(&id).await;
    let town = town.restarted(&text).await;
    assert_eq!(own(&town).await, ["start", "schedule"]);
}
