//! The planner's promises, over many worlds: who is never held, how many at most, that order decides nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::config::WithoutMail;
use super::facts::{Facts, Place};
use super::lanes::Lane;
use super::planner::{CleanupPlan, Seats, plan};
use super::policy::Policy;
use super::warning::{Told, Warned};
use super::why::{Verdict, Why};
use crate::model::{ExternalId, Hold};

const DAY: i64 = 86_400_000;
const NOW: i64 = 20_000 * DAY;

/// A user as a test tells of it; ages in days.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Person {
    number: usize,
    seen: Option<i64>,
    created: i64,
    active: bool,
    gone: Option<i64>,
    guest: bool,
    service: bool,
    seat: bool,
    mail: &'static str,
    hold: Option<(Hold, u64)>,
    released: Option<i64>,
    warned: Option<Warned>,
}

fn person(number: usize) -> Person {
    Person {
        number,
        seen: None,
        created: 1_000,
        active: true,
        gone: None,
        guest: false,
        service: false,
        seat: true,
        mail: "corp.example",
        hold: None,
        released: None,
        warned: None,
    }
}

/// A warning of so many days ago, for a hold in so many days, as it was taken by the mail server.
fn warned(ago: i64, ahead: i64) -> Warned {
    let at = NOW - ago * DAY;
    Warned {
        at,
        until: NOW + ahead * DAY,
        told: Told::Sent(at),
    }
}

fn policy(more: &str) -> Policy {
    let text = format!("name = \"p\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n{more}");
    let config = toml::from_str(&text).unwrap();
    Policy::new(
        &config,
        &["corp".into()],
        std::iter::once("u0".to_owned()).collect(),
    )
}

fn planned(policy: &Policy, people: &[Person], place: &Place, seats: Option<Seats>) -> CleanupPlan {
    let names: Vec<(ExternalId, Arc<str>, String)> = people
        .iter()
        .map(|person| {
            let name = format!("u{}", person.number);
            (
                name.as_str().into(),
                name.as_str().into(),
                if person.mail.is_empty() {
                    String::new()
                } else {
                    format!("{name}@{}", person.mail)
                },
            )
        })
        .collect();
    let facts: Vec<Facts<'_>> = people
        .iter()
        .zip(&names)
        .map(|(person, (user, name, email))| Facts {
            directory: 0,
            user,
            name,
            folded: name,
            email,
            source_active: person.active,
            vanished_since: person.gone.map(|days| NOW - days * DAY),
            created_at: NOW - person.created * DAY,
            guest: person.guest,
            warned: person.warned,
            excluded_group: person.service.then_some("service-accounts"),
            has_seat: person.seat,
            hold: person.hold.as_ref().map(|(hold, _)| hold),
            stages_done: person.hold.as_ref().map_or(0, |(_, done)| *done),
            seen: person.seen.map(|days| (NOW - days * DAY, Lane::Crowd)),
            released_at: person.released.map(|days| NOW - days * DAY),
        })
        .collect();
    plan(policy, std::slice::from_ref(place), &facts, seats, NOW)
}

fn heard() -> Place {
    Place { listening: Ok(0) }
}

fn one(policy: &Policy, person: Person) -> (Verdict, Why) {
    let plan = planned(policy, &[person], &heard(), None);
    (plan.decisions[0].verdict, plan.decisions[0].why.clone())
}

fn held_by(policy: &str, days: i64) -> Hold {
    let mut hold = Hold::new("stale", "cleanup p", NOW - days * DAY);
    hold.policy = Some(policy.into());
    hold.release_on_return = true;
    hold
}

#[test]
fn the_conditions_begin_to_the_day() {
    let policy = policy("gone_for = \"10d\"");
    let seen = |days| {
        one(
            &policy,
            Person {
                seen: Some(days),
                ..person(1)
            },
        )
        .0
    };
    assert_eq!((seen(89), seen(90)), (Verdict::Keep, Verdict::Hold));
    let never = |days| {
        one(
            &policy,
            Person {
                created: days,
                ..person(1)
            },
        )
        .0
    };
    assert_eq!((never(29), never(30)), (Verdict::Keep, Verdict::Hold));
    let gone = |days| {
        one(
            &policy,
            Person {
                gone: Some(days),
                ..person(1)
            },
        )
        .0
    };
    assert_eq!((gone(9), gone(10)), (Verdict::Keep, Verdict::Hold));
    let disabled = one(
        &policy,
        Person {
            active: false,
            ..person(1)
        },
    );
    assert_eq!(disabled, (Verdict::Keep, Why::Disabled));
}

#[test]
fn without_its_condition_a_policy_says_nothing_of_a_kind_of_user() {
    let config = toml::from_str("name = \"p\"\ngone_for = \"10d\"").unwrap();
    let policy = Policy::new(&config, &["corp".into()], BTreeSet::default());
    assert_eq!(
        one(&policy, person(1)),
        (Verdict::Keep, Why::NeverSeen),
        "no evidence is not inactivity"
    );
    let (verdict, why) = one(
        &policy,
        Person {
            seen: Some(900),
            ..person(1)
        },
    );
    assert!(verdict == Verdict::Keep && matches!(why, Why::SeenOnly(..)));
}

#[test]
fn silence_counts_only_since_somebody_listens() {
    let policy = policy("");
    let place = Place {
        listening: Ok(NOW - 60 * DAY),
    };
    let people = [
        Person {
            seen: Some(400),
            ..person(1)
        },
        person(2),
    ];
    let plan = planned(&policy, &people, &place, None);
    assert_eq!(
        plan.decisions[0].why,
        Why::ListeningSince(NOW - 60 * DAY),
        "90 days of silence were not heard"
    );
    assert_eq!(plan.decisions[1].verdict, Verdict::Hold, "30 days were");
}

#[test]
fn a_date_before_the_account_makes_nobody_idle() {
    let young = Person {
        seen: Some(2_000),
        created: 5,
        ..person(1)
    };
    assert_eq!(
        one(&policy(""), young),
        (Verdict::Keep, Why::CreatedAt(NOW - 5 * DAY))
    );
}

#[test]
fn without_reliable_evidence_nothing_is_done_but_returns() {
    let place = Place {
        listening: Err("stale".to_owned()),
    };
    let policy = policy("actions = [{ do = \"hold\" }, { after = \"10d\", do = \"anonymise\" }]");
    let back = Person {
        seen: Some(1),
        hold: Some((held_by("p", 20), 0)),
        ..person(1)
    };
    let away = Person {
        hold: Some((held_by("p", 20), 0)),
        ..person(2)
    };
    let idle = Person {
        seen: Some(900),
        ..person(3)
    };
    let plan = planned(&policy, &[back, away, idle, person(4)], &place, None);
    let verdicts: Vec<_> = plan.decisions.iter().map(|decision| decision.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Release, Verdict::Keep, Verdict::Keep, Verdict::Keep]
    );
    assert_eq!(plan.decisions[3].why, Why::NoEvidence);
}

#[test]
fn a_release_counts_as_being_seen() {
    let spared = Person {
        seen: Some(400),
        released: Some(3),
        ..person(1)
    };
    assert_eq!(
        one(&policy(""), spared),
        (Verdict::Keep, Why::ReleasedAt(NOW - 3 * DAY))
    );
}

#[test]
fn holds_of_others_are_left_alone_and_own_ones_grow_old() {
    let policy = policy(
        "actions = [{ do = \"hold\" }, { do = \"remove-from-groups\" }, { after = \"10d\", do = \"anonymise\" }, { after = \"20d\", do = \"remove\" }]",
    );
    let staged = |hold: Hold, done| {
        let plan = planned(
            &policy,
            &[Person {
                hold: Some((hold, done)),
                ..person(1)
            }],
            &heard(),
            None,
        );
        (plan.decisions[0].verdict, plan.decisions[0].stages)
    };
    assert_eq!(staged(held_by("other", 100), 0), (Verdict::Keep, 0));
    assert_eq!(staged(held_by("p", 9), 0b001), (Verdict::Keep, 0));
    assert_eq!(staged(held_by("p", 10), 0b001), (Verdict::Stage, 0b010));
    assert_eq!(staged(held_by("p", 25), 0b000), (Verdict::Stage, 0b111));
    let fresh = planned(&policy, &[person(1)], &heard(), None);
    assert_eq!(
        fresh.decisions[0].stages, 0b001,
        "leaving groups goes with the hold"
    );
    let mut stays = held_by("p", 5);
    stays.release_on_return = false;
    let seen = Person {
        seen: Some(1),
        hold: Some((stays, 1)),
        ..person(1)
    };
    assert_eq!(one(&policy, seen).0, Verdict::Keep);
}

#[test]
fn seats_hold_the_longest_idle_first_and_no_more_than_is_needed() {
    let policy = policy("seats = { application = \"jira\", group = \"users\", limit = 10, keep_free = 3 }");
    let idle = |number, days, seat| Person {
        seen: Some(days),
        seat,
        ..person(number)
    };
    let people = [
        idle(1, 100, true),
        idle(2, 300, true),
        idle(3, 200, true),
        idle(4, 900, false),
    ];
    let verdicts = |used| {
        let plan = planned(&policy, &people, &heard(), Some(Seats { used }));
        plan.decisions
            .iter()
            .map(|decision| decision.verdict)
            .collect::<Vec<_>>()
    };
    let (wait, hold) = (Verdict::Wait, Verdict::Hold);
    assert_eq!(
        verdicts(9),
        [wait, hold, hold, wait],
        "two are needed: the longest idle, of those who have a seat"
    );
    assert_eq!(verdicts(7), [wait; 4], "three are free");
    let back = Person {
        seen: Some(1),
        hold: Some((held_by("p", 50), 0)),
        ..person(5)
    };
    let full = planned(
        &policy,
        std::slice::from_ref(&back),
        &heard(),
        Some(Seats { used: 10 }),
    );
    assert_eq!(full.decisions[0].why, Why::ReturnWithoutSeat(NOW - DAY));
    let plan = planned(
        &policy,
        &[back, idle(1, 100, true)],
        &heard(),
        Some(Seats { used: 7 }),
    );
    let verdicts: Vec<_> = plan.decisions.iter().map(|decision| decision.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Release, hold],
        "who returns takes a seat that is freed again"
    );
}

#[test]
fn a_warning_comes_so_long_before_the_hold_and_the_hold_so_long_after_it() {
    let policy = policy("notify = { before = \"14d\" }");
    let idle = |days, warned| {
        let person = Person {
            seen: Some(days),
            warned,
            ..person(1)
        };
        one(&policy, person)
    };
    assert_eq!(idle(75, None).0, Verdict::Keep);
    assert_eq!(idle(76, None), (Verdict::Warn, Why::WarnedBefore(NOW + 14 * DAY)));
    assert_eq!(
        idle(80, None),
        (Verdict::Warn, Why::WarnedBefore(NOW + 14 * DAY)),
        "never less than that before"
    );
    assert_eq!(
        idle(89, Some(warned(13, 1))),
        (Verdict::Wait, Why::WarnedUntil(NOW + DAY))
    );
    assert_eq!(idle(90, Some(warned(14, 0))).0, Verdict::Hold);
    assert_eq!(
        idle(200, Some(warned(13, 0))),
        (Verdict::Wait, Why::WarnedUntil(NOW + DAY))
    );
    assert_eq!(
        idle(200, None).0,
        Verdict::Warn,
        "stale for long: warned first all the same"
    );
    assert_eq!(idle(3, Some(warned(10, 4))).0, Verdict::Withdraw, "seen since");
    assert_eq!(
        idle(85, Some(warned(90, -70))).0,
        Verdict::Warn,
        "that was about another absence"
    );
    assert_eq!(
        idle(200, Some(warned(80, -66))).0,
        Verdict::Warn,
        "nobody remembers a warning of so long ago"
    );
}

#[test]
fn a_warning_counts_from_when_it_was_sent_and_while_it_waits_nobody_is_held() {
    let policy = policy("notify = { before = \"14d\" }");
    let with = |told| {
        let person = Person {
            seen: Some(200),
            warned: Some(Warned {
                told,
                ..warned(20, -6)
            }),
            ..person(1)
        };
        one(&policy, person)
    };
    assert_eq!(with(Told::Waiting), (Verdict::Wait, Why::WarningUnsent));
    assert_eq!(
        with(Told::Sent(NOW - 13 * DAY)),
        (Verdict::Wait, Why::WarnedUntil(NOW + DAY))
    );
    assert_eq!(with(Told::Sent(NOW - 14 * DAY)).0, Verdict::Hold);
    assert_eq!(
        with(Told::Unreachable),
        (Verdict::Hold, Why::Unwarned(Some((NOW - 200 * DAY, Lane::Crowd))))
    );
}

#[test]
fn whom_no_mail_reaches_is_held_and_said_to_be_or_left_alone() {
    let mute = |days| Person {
        seen: Some(days),
        mail: "",
        ..person(1)
    };
    let holding = policy("notify = { before = \"14d\" }");
    assert_eq!(one(&holding, mute(89)).0, Verdict::Keep, "not sooner than others");
    assert!(matches!(
        one(&holding, mute(90)),
        (Verdict::Hold, Why::Unwarned(Some(_)))
    ));
    let keeping = policy("notify = { before = \"14d\", without_mail = \"keep\" }");
    assert_eq!(one(&keeping, mute(200)), (Verdict::Wait, Why::WithoutMail));
    let gone = Person {
        gone: Some(60),
        ..mute(200)
    };
    let policy = policy("gone_for = \"50d\"\nnotify = { before = \"14d\", without_mail = \"keep\" }");
    assert_eq!(
        one(&policy, gone).0,
        Verdict::Hold,
        "its mailbox went with its account"
    );
}

#[test]
fn doubtful_evidence_takes_no_warning_back() {
    let policy = policy("notify = { before = \"14d\" }");
    let person = Person {
        seen: Some(80),
        warned: Some(warned(3, 11)),
        ..person(1)
    };
    let place = Place {
        listening: Err("stale".to_owned()),
    };
    let plan = planned(&policy, std::slice::from_ref(&person), &place, None);
    assert_eq!(
        (plan.decisions[0].verdict, &plan.decisions[0].why),
        (Verdict::Keep, &Why::NoEvidence)
    );
    let excluded = Person {
        service: true,
        ..person
    };
    assert_eq!(one(&policy, excluded).0, Verdict::Withdraw);
}

#[test]
fn as_many_are_warned_as_may_be_held_and_seats_are_freed_by_as_many_as_are_needed() {
    let capped = policy("notify = { before = \"14d\" }\nmax = { users = 2, percent = 100 }");
    let idle = |number, days, warned| Person {
        seen: Some(days),
        warned,
        ..person(number)
    };
    let people = [
        idle(1, 300, None),
        idle(2, 200, None),
        idle(3, 100, None),
        idle(4, 150, Some(warned(20, -6))),
        idle(5, 80, None),
    ];
    let verdicts = |policy: &Policy, seats| {
        let plan = planned(policy, &people, &heard(), seats);
        plan.decisions
            .iter()
            .map(|decision| decision.verdict)
            .collect::<Vec<_>>()
    };
    let (wait, warn, hold) = (Verdict::Wait, Verdict::Warn, Verdict::Hold);
    assert_eq!(verdicts(&capped, None), [warn, warn, wait, hold, wait]);
    let seats = "seats = { application = \"jira\", group = \"users\", limit = 10, keep_free = 3 }";
    let seated = policy(&format!("notify = {{ before = \"14d\" }}\n{seats}"));
    assert_eq!(
        verdicts(&seated, Some(Seats { used: 9 })),
        [warn, warn, wait, wait, wait],
        "two are needed, and the longest idle come first, warned or not"
    );
}

fn warnings() -> impl Strategy<Value = Option<Warned>> {
    let told = prop_oneof![Just(None), Just(Some(-1)), (0..40i64).prop_map(Some)];
    prop::option::weighted(0.5, (0..100i64, -90..30i64, told)).prop_map(|warning| {
        let (ago, ahead, told) = warning?;
        let at = NOW - ago * DAY;
        let told = match told {
            None => Told::Waiting,
            Some(-1) => Told::Unreachable,
            Some(later) => Told::Sent((at + later * DAY / 4).min(NOW)),
        };
        Some(Warned {
            at,
            until: (NOW + ahead * DAY).max(at),
            told,
        })
    })
}

fn people() -> impl Strategy<Value = Vec<Person>> {
    let one = (
        (
            prop::option::of(0..400i64),
            0..400i64,
            prop::bool::weighted(0.9),
            prop::option::weighted(0.1, 0..200i64),
        ),
        (any::<bool>(), prop::bool::weighted(0.1), any::<bool>()),
        (
            prop::sample::select(vec!["corp.example", "partner.example", "Gone.Example", ""]),
            warnings(),
        ),
        prop::option::weighted(
            0.2,
            (prop::sample::select(vec!["p", "other"]), 0..400i64, 0..4u64),
        ),
        prop::option::weighted(0.1, 0..200i64),
    );
    let made = |((seen, created, active, gone), (guest, service, seat), (mail, warned), hold, released): (
        _,
        _,
        _,
        Option<(&str, i64, u64)>,
        _,
    )| Person {
        number: 0,
        seen,
        created,
        active,
        gone,
        guest,
        service,
        seat,
        mail,
        hold: hold.map(|(policy, days, done)| (held_by(policy, days), done)),
        released,
        warned,
    };
    prop::collection::vec(one.prop_map(made), 0..60).prop_map(|mut people| {
        people
            .iter_mut()
            .enumerate()
            .for_each(|(number, person)| person.number = number);
        people
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    let guests = prop::sample::select(vec!["include", "exclude", "only"]);
    let notify = prop::sample::select(vec![
        "",
        "notify = { before = \"14d\" }",
        "notify = { before = \"14d\", without_mail = \"keep\" }",
        "notify = { before = \"29d\" }",
    ]);
    (guests, 0..20u64, 0.0..100.0f64, 0..8u64, any::<bool>(), any::<bool>(), notify).prop_map(
        |(guests, users, percent, at_least, seats, domains, notify)| {
            let seats = if seats {
                "seats = { application = \"jira\", group = \"users\", limit = 40, keep_free = 10 }"
            } else {
                ""
            };
            let domains = if domains { "domains = [\"corp.example\", \"gone.example\"]" } else { "" };
            policy(&format!(
                "gone_for = \"50d\"\nguests = \"{guests}\"\nexclude = {{ users = [\"U1\"], domains = [\"@GONE.example\"] }}\n\
                 max = {{ users = {users}, percent = {percent:.2}, at_least = {at_least} }}\n{seats}\n{domains}\n{notify}\n\
                 actions = [{{ do = \"hold\" }}, {{ after = \"10d\", do = \"anonymise\" }}, {{ after = \"90d\", do = \"remove\" }}]"
            ))
        },
    )
}

proptest! {
    #[test]
    fn nobody_protected_excluded_or_recently_seen_is_held_and_never_more_than_the_cap(
        policy in policies(), people in people(), used in 0..60u64,
    ) {
        let seats = policy.seats.is_some().then_some(Seats { used });
        let plan = planned(&policy, &people, &heard(), seats);
        let active = people.iter().filter(|person| person.active && person.gone.is_none() && person.hold.is_none()).count();
        let cap = policy.cap(active as u64);
        prop_assert!(plan.count(Verdict::Hold) <= cap);
        prop_assert!(cap <= policy.cap.users);
        prop_assert!(plan.with(Verdict::Stage).filter(|decision| decision.stages != 0).count() as u64 <= cap, "both stages erase");
        for (decision, person) in plan.decisions.iter().zip(&people) {
            if decision.verdict != Verdict::Hold {
                continue;
            }
            prop_assert!(person.number > 1 && !person.service && person.mail != "Gone.Example");
            prop_assert!(person.hold.is_none() && (person.active || person.gone.is_some()));
            let shortest = if person.gone.is_some() { 50 } else { 90 };
            prop_assert!(person.seen.is_none_or(|days| days >= shortest));
            prop_assert!(person.seen.is_some() || person.gone.is_some() || person.created >= 30);
            prop_assert!(person.gone.is_none_or(|days| days >= 50));
            prop_assert!(person.released.is_none_or(|days| days >= 30));
            prop_assert!(policy.seats.is_none() || person.seat);
        }
        if let Some(Seats { used }) = seats {
            let back = plan.with(Verdict::Release).filter(|decision| {
                people.iter().any(|person| format!("u{}", person.number) == *decision.name && person.seat)
            });
            let back = back.count() as u64;
            prop_assert!(back <= 40u64.saturating_sub(used));
            prop_assert!(plan.count(Verdict::Hold) <= 10u64.saturating_sub(40u64.saturating_sub(used) - back));
        }
    }

    #[test]
    fn where_users_are_warned_nobody_is_held_sooner_than_that_after_a_warning_that_still_holds(
        policy in policies(), people in people(), used in 0..60u64,
    ) {
        let Some(warning) = policy.warning else { return Ok(()) };
        let seats = policy.seats.is_some().then_some(Seats { used });
        let plan = planned(&policy, &people, &heard(), seats);
        prop_assert!(plan.count(Verdict::Warn) <= plan.cap);
        for (decision, person) in plan.decisions.iter().zip(&people) {
            let told = person.warned.map(|warned| warned.told);
            let reaches = !person.mail.is_empty() && told != Some(Told::Unreachable);
            match decision.verdict {
                Verdict::Hold if person.gone.is_some() => {}
                Verdict::Hold if matches!(decision.why, Why::Unwarned(_)) => {
                    prop_assert!(!reaches && warning.without_mail == WithoutMail::Hold, "{person:?}");
                }
                Verdict::Hold => {
                    let warned = person.warned.unwrap();
                    let Told::Sent(sent) = warned.told else { panic!("{person:?}") };
                    prop_assert!(sent + warning.before <= NOW && warned.until <= NOW);
                    prop_assert!(person.seen.is_none_or(|days| NOW - days * DAY <= warned.at));
                    prop_assert!(person.released.is_none_or(|days| NOW - days * DAY <= warned.at));
                    prop_assert!(NOW - warned.until <= 60 * DAY, "what was told long ago was forgotten");
                }
                Verdict::Warn => {
                    let Why::WarnedBefore(until) = decision.why else { panic!("{:?}", decision.why) };
                    prop_assert!(until >= NOW + warning.before && !person.mail.is_empty());
                    prop_assert!(person.number > 1 && !person.service && person.mail != "Gone.Example");
                    prop_assert!(person.hold.is_none() && person.active && person.gone.is_none());
                    let shortest = if person.seen.is_some() { 90 } else { 30 } - warning.before / DAY;
                    prop_assert!(person.seen.unwrap_or(person.created) >= shortest);
                    prop_assert!(policy.seats.is_none() || person.seat);
                }
                Verdict::Withdraw => prop_assert!(person.warned.is_some()),
                _ => {}
            }
        }
    }

    #[test]
    fn the_plan_is_the_same_whatever_the_order_of_the_facts(
        policy in policies(), people in people(), used in 0..60u64, turn in 0..60usize,
    ) {
        let seats = Some(Seats { used });
        let sorted = |people: &[Person]| {
            let mut decisions = planned(&policy, people, &heard(), seats).decisions;
            decisions.sort_by(|left, right| left.user.cmp(&right.user));
            decisions
        };
        let straight = sorted(&people);
        let mut turned = people.clone();
        turned.reverse();
        turned.rotate_left(if people.is_empty() { 0 } else { turn % people.len() });
        prop_assert_eq!(straight, sorted(&turned));
    }

    #[test]
    fn of_two_who_are_stale_the_longer_is_never_passed_over(policy in policies(), people in people()) {
        let mut plain = policy;
        (plain.seats, plain.warning) = (None, None);
        let plan = planned(&plain, &people, &heard(), None);
        let since = |decision: &super::Decision| match decision.why {
            Why::Idle(at, _) => Some(at.max(decision.created_at)),
            Why::Unseen(at) => Some(at),
            _ => None,
        };
        let free = |name: &str| people.iter().any(|person| format!("u{}", person.number) == name && person.released.is_none());
        let held = plan.with(Verdict::Hold).filter(|decision| free(&decision.name)).filter_map(since).max();
        for waits in plan.with(Verdict::Wait).filter(|decision| matches!(decision.why, Why::OverCap(_))) {
            let person = people.iter().find(|person| format!("u{}", person.number) == *waits.name);
            let Some(person) = person.filter(|person| person.hold.is_none() && person.gone.is_none() && person.released.is_none()) else {
                continue;
            };
            let since = NOW - person.seen.unwrap_or(person.created).min(person.created) * DAY;
            prop_assert!(held.is_none_or(|held| held <= since), "{:?} waits", waits.name);
        }
    }
}
