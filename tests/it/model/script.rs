//! A script: rounds of edits and troubles, each with a run and what clients see, held against the oracle.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use throng::simulator::entra::{Edit, FaultKind};
use throng::simulator::jira::{Jira, Synced};

use super::chance::{self, Bin, Chance};
use super::company::{Company, Source};
use super::house::{House, Went};
use super::oracle::{Oracle, differences};
use super::trouble;

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
pub(super) struct Tally {
    pub(super) complete: usize,
    pub(super) incomplete: usize,
    pub(super) failed: usize,
    pub(super) increments: usize,
    pub(super) fulls: usize,
}

struct Script {
    chance: Chance,
    house: House,
    oracle: Oracle,
    bin: Bin,
    /// A Jira that lives as long as the script.
    steady: Jira,
    log: Log,
    /// Somebody came or went while the source was read.
    came_and_went: bool,
    /// The next run is to read everything, whatever the source would say.
    full: bool,
}

fn comes_or_goes(edit: &Edit) -> bool {
    let of_users = matches!(
        edit,
        Edit::DeleteUser { .. } | Edit::RestoreUser { .. } | Edit::PurgeUser { .. }
    );
    of_users || matches!(edit, Edit::DeleteGroup { .. } | Edit::RestoreGroup { .. })
}

impl Script {
    fn say(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }

    fn company(&self) -> &dyn Company {
        self.house.company()
    }

    /// Some edits, as the source can express them.
    fn edits(&mut self) -> Vec<Edit> {
        let company = self.house.company();
        let edits = chance::edits(&mut self.chance, company.tenant(), &self.bin);
        company.expressed(edits)
    }

    fn edit(&mut self) {
        for edit in self.edits() {
            let done = self.company().tenant().edit(&edit);
            self.say(format!("{edit:?} -> {done:?}"));
            let Ok(id) = done else { continue };
            self.remember(&edit, id);
        }
    }

    fn remember(&mut self, edit: &Edit, id: String) {
        match edit {
            Edit::DeleteUser { .. } => self.bin.users.push(id),
            Edit::RestoreUser { .. } | Edit::PurgeUser { .. } => {
                self.bin.users.retain(|binned| *binned != id);
            }
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
            self.read_everything();
        }
        let company = self.house.company();
        let fault = match trouble {
            Trouble::None => return trouble,
            Trouble::Passing => trouble::passing(&mut self.chance, company),
            Trouble::Lasting => trouble::lasting(&mut self.chance, company),
            Trouble::Motion => {
                let edits = self.edits();
                self.came_and_went = edits.iter().any(comes_or_goes);
                let requests = self.company().habits().requests;
                trouble::place(&mut self.chance, requests, FaultKind::Edit { edits }, 1)
            }
        };
        self.say(format!("{trouble:?}: {fault:?}"));
        self.company().trouble(fault);
        trouble
    }

    /// Makes the next run a whole one.
    fn read_everything(&mut self) {
        self.full = !self.house.company().forgets(&mut self.chance);
        self.say("the next read is a whole one".to_owned());
    }

    /// One run, held against the oracle.
    async fn run(&mut self, trouble: Trouble, tally: &mut Tally) {
        let before = self.house.snapshot();
        let went = self.house.sync(self.full).await;
        // Whoever could not read everything is to do so still.
        self.full &= went != Went::Complete;
        self.company().heal();
        self.say(format!("run: {went:?}"));
        let truth = self.company().truth();
        match went {
            Went::Complete if trouble == Trouble::Motion && !self.company().is_atomic() => {
                self.oracle.adopt(&self.house.snapshot());
            }
            Went::Complete => {
                tally.complete += 1;
                self.oracle.advance(&truth, &before);
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
                self.read_everything();
            }
        }
        self.run(Trouble::None, tally).await;
        self.look(true, tally).await;
    }
}

/// Plays the script of a seed; answers what it met, or why it failed.
pub(super) async fn script(source: Source, seed: u64) -> Result<Tally, String> {
    let house = House::open(source, seed).await;
    let steady = house.jira();
    let log = Log::default();
    let mut script = Script {
        chance: Chance(seed),
        house,
        oracle: Oracle::default(),
        bin: Bin::default(),
        steady,
        log: Arc::clone(&log),
        came_and_went: false,
        full: false,
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
