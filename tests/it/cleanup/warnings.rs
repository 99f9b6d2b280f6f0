//! Warnings by mail before a hold: sent, waited for, withdrawn, kept over restarts; administrators told of each run.

use serde_json::{Value, json};
use throng::notify::Fate;

use super::town::{DAY, Person, Town, person};
use crate::mail::post::{Post, Taken, Tls};

pub(super) fn policy(post: &Post, mode: &str, keys: &str, notify: &str) -> String {
    format!(
        "[[cleanup]]\nname = \"stale\"\nmode = \"{mode}\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n\
         evidence = [\"activity-api\"]\nmax = {{ users = 100, percent = 100, at_least = 100 }}\n{keys}\n\
         [cleanup.notify]\n{notify}\n[smtp]\n{}\n",
        post.section()
    )
}

/// Everybody was seen on day 0; `busy0` and `busy1` every day up to day 70. `mute` has no address that takes mail.
async fn town(policies: &str) -> Town {
    let staff = ["busy0", "busy1", "idle0", "idle1", "mute me"].map(str::to_owned);
    let people: Vec<Person> = staff.iter().map(|name| person(name, -400)).collect();
    let town = Town::of(people, &[("staff", staff.to_vec())], policies).await;
    town.sees_all(&staff);
    town.daemon.cleaner().look_around().await;
    town.days(70, &staff[..2]).await;
    town
}

/// Waits until no notice waits.
pub(super) async fn sent(town: &Town) {
    while town.daemon.cleaner().outbox().waiting() > 0 {
        tokio::task::yield_now().await;
    }
}

fn to(mails: &[Taken]) -> Vec<String> {
    let mut to: Vec<String> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    to
}

fn counts(run: &Value) -> (u64, u64, u64) {
    let number = |value: &Value| value.as_u64().unwrap();
    (
        number(&run["warned"]),
        number(&run["withdrawn"]),
        number(&run["counts"]["holds"]["added"]),
    )
}

/// A day passes, on which these are seen; then the policy runs.
async fn day(town: &Town, seen: &[&str]) -> Value {
    let seen: Vec<String> = seen.iter().map(|name| (*name).to_owned()).collect();
    town.days(1, &seen).await;
    let run = town.cleaned("stale").await;
    sent(town).await;
    run
}

const BUSY: [&str; 2] = ["busy0", "busy1"];

#[tokio::test]
async fn users_are_warned_fourteen_days_before_and_held_on_the_day_that_they_were_told() {
    let post = Post::with(Tls::Never, &[]).await;
    let mut town = town(&policy(&post, "apply", "", "before = \"14d\"")).await;
    let report = day(&town, &BUSY).await; // 71
    assert_eq!(report["report"], "the first run of a new or changed policy");
    for _ in 72..76 {
        assert_eq!(counts(&day(&town, &BUSY).await), (0, 0, 0));
    }
    let run = day(&town, &BUSY).await; // 76
    assert_eq!(counts(&run), (2, 0, 0), "{run}");
    assert_eq!(to(&post.taken()), ["idle0@corp.example", "idle1@corp.example"]);
    let mail = &post.taken()[0];
    let due = &throng::clock::rfc3339(town.now() + 14 * DAY)[..10];
    assert_eq!(
        mail.header("Subject").split(" will be").nth(1).unwrap(),
        format!(" deactivated on {due}")
    );
    assert!(
        mail.text().contains("14 days from now") && mail.text().contains("policy stale"),
        "{}",
        mail.text()
    );
    let explained = town.get("/users/idle0/explain").await.to_string();
    assert!(explained.contains("user warned"), "{explained}");
    let pack = town.pack("stale", &run).await;
    let told = pack["body"]["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["user"] == "idle0")
        .unwrap();
    assert_eq!(told["decision"], "warn");
    // idle1 signs in on day 80.
    for today in 77..90 {
        let run = if today == 80 {
            day(&town, &["busy0", "busy1", "idle1"]).await
        } else {
            day(&town, &BUSY).await
        };
        assert_eq!(counts(&run), (0, u64::from(today == 80), 0), "{today}: {run}");
    }
    assert_eq!(town.active().await.len(), 5);
    let run = day(&town, &BUSY).await; // 90
    assert_eq!(counts(&run), (0, 0, 2), "{run}");
    assert_eq!(town.active().await, ["busy0", "busy1", "idle1"]);
    let holds = town.get("/holds").await.to_string();
    assert!(
        holds.contains("no mail reaches it, so it was not warned"),
        "{holds}"
    );
    assert_eq!(post.taken().len(), 2, "nobody else was mailed, nobody twice");
    for (action, count) in [("user warned", 2), ("warning withdrawn", 1), ("user held", 2)] {
        assert_eq!(town.audit(action).await.len(), count, "{action}");
    }
}

#[tokio::test]
async fn a_warning_that_could_not_be_sent_moves_the_hold_and_outlives_a_restart() {
    let post = Post::with(Tls::Never, &[]).await;
    let text = policy(&post, "apply", "", "before = \"14d\"");
    let deaf = text.replace(
        &post.section(),
        "url = \"smtp://127.0.0.1:9\"\nfrom = \"t@corp.example\"\n",
    );
    let town = town(&deaf).await;
    town.days(20, &BUSY.map(str::to_owned)).await;
    town.cleaned("stale").await;
    let run = town.cleaned("stale").await; // day 90
    assert_eq!(counts(&run), (2, 0, 1), "who has no mail is held: {run}");
    let town = town.restarted(&text).await;
    town.clock.advance(2 * DAY);
    town.sees("busy0");
    let outbox = town.daemon.cleaner().outbox();
    outbox.wake();
    sent(&town).await;
    assert_eq!(to(&post.taken()), ["idle0@corp.example", "idle1@corp.example"]);
    for today in 93..106 {
        assert_eq!(counts(&day(&town, &BUSY).await), (0, 0, 0), "{today}");
    }
    assert_eq!(
        counts(&day(&town, &BUSY).await),
        (0, 0, 2),
        "fourteen days after day 92"
    );
    assert_eq!(post.taken().len(), 2);
}

#[tokio::test]
async fn whose_address_does_not_exist_is_held_on_the_day_or_left_alone_as_the_policy_says() {
    for (keys, held) in [
        ("before = \"14d\"", 3),
        ("before = \"14d\"\nwithout_mail = \"keep\"", 0),
    ] {
        let post = Post::with(
            Tls::Never,
            &[("RCPT", "550 5.1.1 nobody"), ("RCPT", "550 5.1.1 nobody")],
        )
        .await;
        let town = town(&policy(&post, "apply", "", keys)).await;
        town.days(6, &BUSY.map(str::to_owned)).await;
        town.cleaned("stale").await;
        assert_eq!(counts(&town.cleaned("stale").await), (2, 0, 0));
        sent(&town).await;
        town.days(14, &BUSY.map(str::to_owned)).await;
        assert_eq!(counts(&town.cleaned("stale").await), (0, 0, held));
        assert_eq!(post.taken().len(), 0);
        let failed = town.get("/notices?state=failed").await;
        assert_eq!(failed["notices"].as_array().unwrap().len(), 2, "{failed}");
    }
}

#[tokio::test]
async fn a_report_and_a_dry_run_warn_nobody_and_a_review_warns_before_it_asks() {
    let post = Post::with(Tls::Never, &[]).await;
    let town = town(&policy(&post, "report", "", "before = \"14d\"")).await;
    town.days(6, &BUSY.map(str::to_owned)).await;
    for _ in 0..2 {
        let run = town.cleaned("stale").await;
        assert_eq!(
            (counts(&run), &run["verdicts"]["warn"]),
            ((0, 0, 0), &json!(2)),
            "what it would do is shown"
        );
    }
    let town = town
        .restarted(&policy(&post, "review", "", "before = \"14d\""))
        .await;
    town.cleaned("stale").await;
    town.clean("stale", &json!({ "dry_run": true })).await;
    sent(&town).await;
    assert_eq!(post.taken().len(), 0);
    assert_eq!(counts(&town.cleaned("stale").await), (2, 0, 0));
    sent(&town).await;
    town.days(14, &BUSY.map(str::to_owned)).await;
    let held = town.cleaned("stale").await;
    assert_eq!((&held["state"], post.taken().len()), (&json!("held"), 2));
    town.sees("idle0");
    let approved = town.approve(&held["plan"], &json!({})).await;
    assert_eq!(approved["counts"]["holds"]["added"], 2, "{approved}");
    assert!(
        approved["refused"].to_string().contains("idle0"),
        "who was seen is not held: {approved}"
    );
}

#[tokio::test]
async fn a_warning_that_is_no_longer_so_is_not_sent_any_more() {
    let post = Post::with(Tls::Never, &[("RCPT", "451 later"), ("RCPT", "451 later")]).await;
    let town = town(&policy(&post, "apply", "", "before = \"14d\"")).await;
    town.days(6, &BUSY.map(str::to_owned)).await;
    town.cleaned("stale").await;
    town.cleaned("stale").await;
    while town.get("/notices").await["notices"]
        .as_array()
        .unwrap()
        .iter()
        .any(|notice| notice["failures"] == 0)
    {
        tokio::task::yield_now().await;
    }
    town.sees_all(&["idle0".to_owned(), "idle1".to_owned()]);
    let run = town.cleaned("stale").await;
    assert_eq!(counts(&run), (0, 2, 0), "{run}");
    town.clock.advance(DAY);
    town.daemon.cleaner().outbox().wake();
    tokio::task::yield_now().await;
    assert_eq!(
        (post.taken().len(), town.daemon.cleaner().outbox().waiting()),
        (0, 0)
    );
    let notices = town.get("/notices?state=withdrawn").await;
    assert_eq!(notices["notices"].as_array().unwrap().len(), 2, "{notices}");
}

#[tokio::test]
async fn administrators_are_told_of_what_changed_or_waits_in_the_words_of_the_configuration() {
    let post = Post::with(Tls::Never, &[]).await;
    let notify = "administrators = [\"ops@corp.example\", \"boss@corp.example\"]\n\
                  report = { subject = \"{policy}: {held} held\", text = \"{what}\\n{users}\\n{{{left_out}}}\" }";
    let town = town(&policy(&post, "review", "", notify)).await;
    town.days(20, &BUSY.map(str::to_owned)).await;
    town.cleaned("stale").await;
    sent(&town).await;
    assert!(post.taken().is_empty(), "of reports nobody is told");
    let held = town.cleaned("stale").await;
    town.cleaned("stale").await;
    sent(&town).await;
    assert_eq!(
        to(&post.taken()),
        ["boss@corp.example", "ops@corp.example"],
        "once each"
    );
    let mail = &post.taken()[0];
    assert_eq!(mail.header("Subject"), "stale: 0 held");
    let plan = held["plan"].as_str().unwrap();
    assert!(
        mail.text().contains(&format!("plan {plan} waits for approval")),
        "{}",
        mail.text()
    );
    assert!(
        mail.text().contains("hold: idle0 in corp: last seen") && mail.text().contains("{0}"),
        "{}",
        mail.text()
    );
    town.approve(&held["plan"], &json!({ "except": ["idle1"] })).await;
    sent(&town).await;
    assert_eq!(post.taken().len(), 4);
    assert_eq!(post.taken()[3].header("Subject"), "stale: 2 held");
    let notices = town.get("/notices?limit=3").await;
    assert_eq!(notices["notices"].as_array().unwrap().len(), 3);
    let next = notices["next"].as_str().unwrap();
    let rest = town
        .get(&format!("/notices?limit=3&after={}", next.replace('/', "%2F")))
        .await;
    assert_eq!(
        (rest["notices"].as_array().unwrap().len(), &rest["next"]),
        (1, &Value::Null)
    );
    let all = format!("{notices}{rest}");
    assert!(
        !all.contains("ops@") && !all.contains("idle0"),
        "no address, no text: {all}"
    );
    assert!(matches!(
        town.daemon.cleaner().outbox().fate("nonsense"),
        Fate::Unknown
    ));
}

#[tokio::test]
async fn a_name_of_many_lines_adds_no_header_to_its_warning() {
    let post = Post::with(Tls::Never, &[]).await;
    let template = "before = \"14d\"\nwarning = { subject = \"{display_name}\", text = \"Dear {display_name}, {days} {date} {email} {directory} {last_seen} {user}\" }";
    let mut town = town(&policy(&post, "apply", "", template)).await;
    town.people.get_mut("idle0").unwrap().title = "x\r\nBcc: eve@evil.example\r\n\r\n\u{202e}<b>ö".to_owned();
    town.sync(true).await;
    town.days(6, &BUSY.map(str::to_owned)).await;
    town.cleaned("stale").await;
    town.cleaned("stale").await;
    sent(&town).await;
    let mail = post
        .taken()
        .into_iter()
        .find(|mail| mail.to[0].starts_with("idle0"))
        .unwrap();
    let (head, _) = mail.data.split_once("\r\n\r\n").unwrap();
    assert!(
        !head.to_lowercase().contains("\nbcc") && head.is_ascii(),
        "{head}"
    );
    assert_eq!(mail.to, ["idle0@corp.example"]);
    let text = mail.text();
    assert!(
        text.starts_with("Dear idle0 x") && text.contains("<b>ö, 14 20") && !text.contains('\u{202e}'),
        "{text}"
    );
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
}
