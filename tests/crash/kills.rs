//! Kills at random moments under load, start-up included: what was acknowledged is there, nothing by half.

use std::collections::BTreeMap;
use std::time::Duration;

use throng::store::Store;
use throng::store::conformance::support::Dice;

use crate::child::{Told, command};
use crate::work::{DIRECTORIES, Model, nth, open};

/// How many kills when nobody says; `THRONG_KILLS=300` is the long round.
const KILLS: usize = 12;
/// A fresh folder after so many: the model must replay all that is in one.
const ROUND: usize = 25;

fn kills() -> usize {
    let asked = std::env::var_os("THRONG_KILLS");
    asked
        .and_then(|kills| kills.to_str()?.parse().ok())
        .unwrap_or(KILLS)
}

/// When to kill, in milliseconds: every third time while the child starts, else within half a second of its work.
fn moment(dice: &mut Dice) -> Duration {
    let limit = if dice.below(3) == 0 { 60_000 } else { 500_000 };
    Duration::from_micros(dice.below(limit).into())
}

#[tokio::test]
async fn whatever_the_moment_what_was_acknowledged_is_there_and_nothing_by_half() {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    let seed = u64::from_le_bytes(seed);
    eprintln!("seed {seed}");
    let mut dice = Dice(seed);
    let (mut unopened, mut commits) = (0, 0);
    for round in (0..kills()).step_by(ROUND) {
        let home = tempfile::tempdir().unwrap();
        let (mut model, mut entries, mut last) = (Model::default(), 0, BTreeMap::new());
        for kill in round..kills().min(round + ROUND) {
            let mut child = command(&[], home.path(), "all", None).spawn().unwrap();
            let out = child.stdout.take().unwrap();
            let reading = std::thread::spawn(move || Told::read(out, |_| {}));
            std::thread::sleep(moment(&mut dice));
            child.kill().unwrap();
            child.wait().unwrap();
            let told = reading.join().unwrap();
            unopened += usize::from(!told.opened);
            let store = open(home.path());
            for directory in DIRECTORIES {
                let head = model
                    .check(&store, directory, told.of(directory), |seq| nth(directory, seq))
                    .await;
                last.insert(directory, head);
            }
            let counted = store
                .entry("count", "n", 0)
                .await
                .unwrap()
                .map_or(0, |entry| entry.version);
            entries = entries.max(told.of("entry"));
            assert!(
                counted >= entries,
                "kill {kill}: entry {entries} was acknowledged, {counted} is there"
            );
            store.close().await.unwrap();
        }
        commits += last.values().sum::<u64>();
    }
    eprintln!(
        "{} kills, {unopened} before the store was open; {commits} commits survived them",
        kills()
    );
}
