//! A hundred users who come and go over two hundred days, warned and held by daily runs, against an oracle that knows no planner.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::town::{Person, Town, person};
use super::warnings::{policy, sent};
use crate::mail::post::{Post, Tls};

const DAYS: i64 = 200;
const INACTIVE: i64 = 90;
const BEFORE: i64 = 14;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// How often somebody signs in, of a hundred days.
fn habit(number: usize) -> u64 {
    match number % 5 {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 5,
        _ => 50,
    }
}

/// What the oracle knows of a user; times are days.
#[derive(Default)]
struct Known {
    seen: i64,
    warned: Option<i64>,
    held: bool,
}

/// What a day comes to.
#[derive(Default, Debug, PartialEq, Eq)]
struct Outcome {
    warned: BTreeSet<String>,
    withdrawn: BTreeSet<String>,
    held: BTreeSet<String>,
}

/// A day of the oracle: who signs in, then what a run finds.
fn foretold(users: &mut BTreeMap<String, Known>, today: i64, seen: &[String]) -> Outcome {
    let mut outcome = Outcome::default();
    for (name, user) in users.iter_mut() {
        if seen.contains(name) {
            (user.seen, user.held) = (today, false);
            if user.warned.take().is_some() {
                outcome.withdrawn.insert(name.clone());
            }
        }
        let idle = today - user.seen;
        let due = match user.warned {
            _ if user.held => false,
            _ if name.starts_with("mute") => idle >= INACTIVE,
            Some(warned) => today >= warned + BEFORE && idle >= INACTIVE,
            None if idle >= INACTIVE - BEFORE => {
                user.warned = Some(today);
                outcome.warned.insert(name.clone());
                false
            }
            None => false,
        };
        if due {
            (user.held, user.warned) = (true, None);
            outcome.held.insert(name.clone());
        }
    }
    outcome
}

fn name(number: usize) -> String {
    if number < 5 {
        format!("mute {number}")
    } else {
        format!("user{number:02}")
    }
}

/// The town on day 0, on which everybody is seen and the policy has reported.
async fn town(post: &Post) -> Town {
    let names: Vec<String> = (0..100).map(name).collect();
    let people: Vec<Person> = names.iter().map(|name| person(name, -400)).collect();
    let text = policy(post, "apply", "", "before = \"14d\"").replace("never_seen_for = \"30d\"\n", "");
    let town = Town::of(people, &[], &text).await;
    town.sees_all(&names);
    town.daemon.cleaner().look_around().await;
    assert!(town.cleaned("stale").await["report"].is_string());
    town
}

/// Jira lets in whom the oracle does.
async fn agrees(town: &mut Town, users: &BTreeMap<String, Known>, today: i64) {
    let active = users.iter().filter(|(_, user)| !user.held);
    let active: Vec<String> = active.map(|(name, _)| name.clone()).collect();
    assert_eq!(town.active().await, active, "day {today}");
}

#[tokio::test]
async fn every_day_of_two_hundred_is_as_an_oracle_foretells() {
    let post = Post::with(Tls::Never, &[]).await;
    let mut town = town(&post).await;
    let mut users: BTreeMap<String, Known> =
        (0..100).map(|number| (name(number), Known::default())).collect();
    let (mut dice, mut mailed, mut sums) = (Dice(7), Vec::new(), [0; 3]);
    for today in 1..=DAYS {
        let comes = (0..100).filter(|number| dice.below(100) < habit(*number));
        let seen: Vec<String> = comes.map(name).collect();
        let expected = foretold(&mut users, today, &seen);
        town.days(1, &seen).await;
        let run = town.cleaned("stale").await;
        sent(&town).await;
        let counts = [
            &run["warned"],
            &run["withdrawn"],
            &run["counts"]["holds"]["added"],
        ];
        let lengths = [
            expected.warned.len(),
            expected.withdrawn.len(),
            expected.held.len(),
        ];
        assert_eq!(counts, lengths.map(Value::from).each_ref(), "day {today}: {run}");
        sums = std::array::from_fn(|at| sums[at] + lengths[at]);
        mailed.extend(expected.warned);
        if today % 10 == 0 {
            agrees(&mut town, &users, today).await;
        }
    }
    assert!(
        sums[0] > 40 && sums[1] > 4 && sums[2] > 25,
        "the dice tried all of it: {sums:?}"
    );
    let mut to: Vec<String> = post.taken().into_iter().flat_map(|mail| mail.to).collect();
    let mut expected: Vec<String> = mailed.iter().map(|name| format!("{name}@corp.example")).collect();
    to.sort();
    expected.sort();
    assert_eq!(to, expected, "each warning is one mail, and there is no other");
    for (action, sum) in ["user warned", "warning withdrawn", "user held"].iter().zip(sums) {
        assert_eq!(town.audit(action).await.len(), sum, "{action}");
    }
}
