//! Kills at every step of a big commit: all of it or nothing, and all once it was acknowledged.

use throng::model::commit::Commit;
use throng::store::Store;
use throng::store::conformance::support::user;

use crate::child::run;
use crate::work::{Model, next, open};

/// How many records a big commit has: few where only the step matters, many where the fold does.
#[derive(Clone, Copy)]
enum Big {
    Few,
    Many,
}

impl Big {
    fn work(self) -> &'static str {
        match self {
            Self::Few => "steps 6000",
            Self::Many => "steps 100000",
        }
    }
}

/// Commit 1 is small, 2 is as big as the work says, 3 changes some of the same rows again.
pub(crate) fn commit(work: &str, seq: u64) -> Commit {
    let big: u32 = work.rsplit(' ').next().unwrap().parse().unwrap();
    let count = [0, 10, big, 10][usize::try_from(seq).unwrap()];
    next(
        "corp",
        seq,
        (0..count)
            .map(|id| user(id, &format!("user {id} at {seq}")))
            .collect(),
    )
}

/// Kills at each of the steps in turn, in one process each, then checks.
async fn killed_at(big: Big, kills: &[&str], acknowledged: u64, head: u64) {
    let home = tempfile::tempdir().unwrap();
    let work = big.work();
    let mut told = 0;
    for step in kills {
        told = run(home.path(), work, Some(step)).of("corp").max(told);
    }
    assert!(told >= acknowledged, "{kills:?}: {told} was acknowledged");
    let store = open(home.path());
    let mut model = Model::default();
    let found = model.check(&store, "corp", told, |seq| commit(work, seq)).await;
    assert_eq!(found, head, "{kills:?}");
    store.close().await.unwrap();
    drop(store);
    // A store that was opened after a kill goes on.
    run(home.path(), work, None);
    let store = open(home.path());
    assert_eq!(model.check(&store, "corp", 3, |seq| commit(work, seq)).await, 3);
    let redo = std::fs::read_dir(home.path().join("redo")).unwrap().count();
    assert_eq!(redo, 0, "{kills:?} left a redo file");
}

#[tokio::test]
async fn before_its_head_is_written_a_big_commit_has_not_happened() {
    killed_at(Big::Few, &["RedoWritten:1"], 1, 1).await;
    killed_at(Big::Few, &["RedoSynced:1"], 1, 1).await;
}

#[tokio::test]
async fn once_its_head_is_durable_a_big_commit_has_happened_even_unacknowledged() {
    killed_at(Big::Few, &["Synced:2"], 1, 2).await;
    killed_at(Big::Few, &["HeadsWritten:2"], 1, 2).await;
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_fold_leaves_all_of_it() {
    killed_at(Big::Few, &["Acknowledged:2"], 1, 2).await;
    killed_at(Big::Few, &["ChunkFolded:1"], 1, 2).await;
    killed_at(Big::Many, &["ChunkFolded:23"], 1, 2).await;
}

#[tokio::test]
async fn a_kill_at_the_end_of_a_fold_leaves_all_of_it() {
    killed_at(Big::Few, &["ChunkFolded:3"], 2, 2).await;
    killed_at(Big::Few, &["FoldSynced:1"], 2, 2).await;
    killed_at(Big::Few, &["NameDropped:1"], 2, 2).await;
    killed_at(Big::Few, &["FileRemoved:1"], 2, 2).await;
}

#[tokio::test]
async fn a_small_commit_to_the_same_rows_right_after_is_still_there() {
    killed_at(Big::Few, &["Acknowledged:3"], 2, 3).await;
    killed_at(Big::Few, &["Synced:3"], 2, 3).await;
}

#[tokio::test]
async fn kills_while_a_fold_is_done_again_change_nothing() {
    let kills = [
        "ChunkFolded:20",
        "ChunkFolded:5",
        "ChunkFolded:30",
        "FoldSynced:1",
    ];
    killed_at(Big::Many, &kills, 1, 2).await;
}
