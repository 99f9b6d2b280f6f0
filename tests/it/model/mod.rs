//! The model: whatever happens at the source and on the way, applications see the truth, or the run said that it could not.
//!
//! Scripts of random edits and troubles, the same for the same seed. `THRONG_SCRIPTS` asks for more of them, `THRONG_SEED` for one.

mod chance;
mod house;
mod oracle;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt, StreamExt, stream};
use throng::simulator::entra::{Edit, FaultKind};
use throng::simulator::jira::{Jira, Synced};

use chance::{Bin, Chance, Source};
use house::{House, Went};
use oracle::{Oracle, differences};

/// Rounds of a script: edits, a run, what clients see.
const ROUNDS: usize = 12;

/// What happened, for whoever reads of a failure.
type Log = Arc<Mutex<Vec<String>>>;

/// What a round's run has to live with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// Passes: no excuse.
    Passing,
    /// The run may be incomplete, or fail.
    Lasting,
    /// The source moves while it is read.
    Motion,
}

/// How often what was seen, over all scripts: a model that never meets trouble proves nothing.
#[derive(Debug, Default)]
struct Tally {
    complete: usize,
    incomplete: usize,
    failed: usize,
    increments: usize,
    fulls: usize,
}

struct Script {
    source: Source,
    chance: Chance,
    house: House,
    oracle: Oracle,
    bin: Bin,
    /// A Jira that lives as long as the script.
    steady: Jira,
    log: Log,
    /// Somebody came or went while the source was read.
    came_and_went: bool,
}

fn comes_or_goes(edit: &Edit) -> bool {
    let of_users = matches!(edit, Edit::DeleteUser { .. } | Edit::RestoreUser { .. });
    of_users || matches!(edit, Edit::DeleteGroup { .. } | Edit::RestoreGroup { .. })
}

impl Script {
    fn say(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }

    fn edit(&mut self) {
        for edit in chance::edits(&mut self.chance, self.house.tenant(), &self.bin) {
            let done = self.house.tenant().edit(&edit);
            self.say(format!("{edit:?} -> {done:?}"));
            let Ok(id) = done else { continue };
            self.remember(&edit, id);
        }
    }

    fn remember(&mut self, edit: &Edit, id: String) {
        match edit {
            Edit::DeleteUser { .. } => self.bin.users.push(id),
            Edit::RestoreUser { .. } => self.bin.users.retain(|binned| *binned != id),
            Edit::DeleteGroup { .. } => self.bin.groups.push(id),
            Edit::RestoreGroup { .. } => self.bin.groups.retain(|binned| *binned != id),
            _ => {}
        }
    }

    /// Prepares what goes wrong.
    fn trouble(&mut self) -> Trouble {
        let trouble = match self.chance.below(12) {
            0..=3 => Trouble::None,
            4..=6 => Trouble::Passing,
            7..=9 => Trouble::Lasting,
            _ => Trouble::Motion,
        };
        // Reading everything meets more trouble than an increment.
        let rarity = if trouble == Trouble::Lasting { 2 } else { 5 };
        if self.chance.one_in(rarity) {
            let answer = chance::expired(&mut self.chance);
            self.say(format!("delta tokens expire: {answer:?}"));
            self.house.tenant().expire_delta_tokens(answer);
        }
        let fault = match trouble {
            Trouble::None => return trouble,
            Trouble::Passing => chance::passing(&mut self.chance, self.source),
            Trouble::Lasting => chance::lasting(&mut self.chance, self.source),
            Trouble::Motion => {
                let edits = chance::edits(&mut self.chance, self.house.tenant(), &self.bin);
                self.came_and_went = edits.iter().any(comes_or_goes);
                chance::place(&mut self.chance, self.source, FaultKind::Edit { edits }, 1)
            }
        };
        self.say(format!("{trouble:?}: {fault:?}"));
        self.house.tenant().faults().add(fault);
        trouble
    }

    /// One run, held against the oracle.
    async fn run(&mut self, trouble: Trouble, tally: &mut Tally) {
        let before = self.house.snapshot();
        let went = self.house.sync().await;
        self.house.tenant().faults().clear();
        self.say(format!("run: {went:?}"));
        let truth = self.house.tenant().truth();
        match went {
            Went::Complete if trouble == Trouble::Motion => self.oracle.adopt(&self.house.snapshot()),
            Went::Complete => {
                tally.complete += 1;
                self.oracle.advance(&truth);
            }
            Went::Incomplete => {
                tally.incomplete += 1;
                assert_eq!(
                    trouble,
                    Trouble::Lasting,
                    "a read without lasting trouble is complete"
                );
                let mut after = Oracle::default();
                after.adopt(&self.house.snapshot());
                assert_eq!(self.oracle.losses(&after, &truth), Vec::<String>::new());
                self.oracle = after;
            }
            Went::Failed(why) => {
                tally.failed += 1;
                assert_eq!(
                    trouble,
                    Trouble::Lasting,
                    "a read without lasting trouble succeeds: {why}"
                );
                assert_eq!(self.house.snapshot().seq(), before.seq());
            }
        }
    }

    /// What clients see: one that reads everything, one that goes on where it was.
    async fn look(&mut self, steady: bool, tally: &mut Tally) {
        let mut fresh = self.house.jira();
        fresh.sync_in_full().await.unwrap();
        let expected = self.oracle.cache();
        assert_eq!(
            differences(&expected, &fresh.cache),
            Vec::<String>::new(),
            "- expected, + seen by a fresh client"
        );
        if steady {
            let synced = self.steady.sync().await.unwrap();
            self.say(format!("steady client: {synced:?}"));
            match synced {
                Synced::Full => tally.fulls += 1,
                Synced::Incremental { .. } => tally.increments += 1,
            }
            let steady = differences(&fresh.cache, &self.steady.cache);
            assert_eq!(steady, Vec::<String>::new(), "- fresh, + a client that goes on");
        }
    }

    async fn play(&mut self, tally: &mut Tally) {
        self.run(Trouble::None, tally).await;
        self.look(true, tally).await;
        for round in 0..ROUNDS {
            self.say(format!("-- round {round}"));
            for _ in 0..self.chance.below(6) {
                self.edit();
            }
            let trouble = self.trouble();
            self.run(trouble, tally).await;
            let steady = self.chance.one_in(2);
            self.look(steady, tally).await;
            if std::mem::take(&mut self.came_and_went) {
                // Who goes between two pages hides memberships from one and is back in the other: only reading everything heals
                // that. All else the next increment tells.
                let answer = chance::expired(&mut self.chance);
                self.house.tenant().expire_delta_tokens(answer);
            }
        }
        self.run(Trouble::None, tally).await;
        self.look(true, tally).await;
    }
}

/// Plays the script of a seed; answers what it met, or why it failed.
async fn script(source: Source, seed: u64) -> Result<Tally, String> {
    let house = House::open(source, seed).await;
    let steady = house.jira();
    let log = Log::default();
    let mut script = Script {
        source,
        chance: Chance(seed),
        house,
        oracle: Oracle::default(),
        bin: Bin::default(),
        steady,
        log: Arc::clone(&log),
        came_and_went: false,
    };
    let mut tally = Tally::default();
    if AssertUnwindSafe(script.play(&mut tally))
        .catch_unwind()
        .await
        .is_ok()
    {
        return Ok(tally);
    }
    let lines = log.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
    Err(format!(
        "the script of seed {seed} of {source:?} failed; again with THRONG_SEED={seed}\n{lines}"
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the model runs is no configuration of the product"
)]
fn asked_for(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_whatever_happens() {
    scripts(Source::Entra, 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_a_scim_server_whatever_happens() {
    scripts(Source::Scim, 24).await;
}

async fn scripts(source: Source, usual: u64) {
    let seeds = match asked_for("THRONG_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=asked_for("THRONG_SCRIPTS").unwrap_or(usual),
    };
    let many = seeds.clone().count() > 20;
    let mut scripts = stream::iter(seeds)
        .map(|seed| script(source, seed))
        .buffer_unordered(4);
    let mut seen = [0; 5];
    while let Some(outcome) = scripts.next().await {
        let tally = outcome.unwrap_or_else(|why| panic!("{why}"));
        let met = [
            tally.complete,
            tally.incomplete,
            tally.failed,
            tally.increments,
            tally.fulls,
        ];
        seen = std::array::from_fn(|at| seen[at] + met[at]);
    }
    assert!(
        !many || seen.iter().all(|count| *count > 10),
        "the model met too little: {seen:?}"
    );
}
