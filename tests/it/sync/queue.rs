//! The queue: one run at a time, one more waits for all who ask.

use std::sync::Arc;

use throng::clock::Clock;
use throng::schedule::{self, Job, Schedule};
use throng::sync::{Ask, RunState, Synced, Trial};

use super::{House, Say, company, corp, house, user};

fn ask(by: &str) -> Ask {
    Ask {
        by: by.to_owned(),
        ..Ask::default()
    }
}

#[tokio::test]
async fn during_a_run_one_more_is_queued_and_shared() {
    let house = house().await;
    house.sync(company()).await;
    house.source.gate.forget_permits(1_000);
    house.script([
        Say::Changes(vec![user(101)]),
        company(),
        Say::Changes(vec![user(102)]),
    ]);
    let running = house.ask(ask("first"));
    while house.engine.run(&running).unwrap().state == RunState::Queued {
        tokio::task::yield_now().await;
    }
    let queued = house.ask(ask("second"));
    let dry = house.ask(Ask {
        dry_run: true,
        ..ask("third")
    });
    assert_ne!(queued, running);
    assert_ne!(dry, queued);
    assert_eq!(house.ask(ask("fourth")), queued);
    assert_eq!(
        house.ask(Ask {
            full: true,
            ..ask("fifth")
        }),
        queued,
        "and now it reads everything"
    );
    assert_eq!(house.engine.run(&queued).unwrap().state, RunState::Queued);
    let waiting = house.engine.finished(&dry);
    house.source.gate.add_permits(3);
    assert_eq!(waiting.await.unwrap().state, RunState::Succeeded);
    let ended = house.engine.run(&queued).unwrap();
    assert_eq!(
        (ended.state, ended.full, &*ended.by),
        (RunState::Succeeded, true, "second")
    );
    assert_eq!(house.asked(), [true, false, true, false]);
}

#[tokio::test]
async fn a_run_that_the_process_did_not_end_has_failed_after_a_restart() {
    let house = house().await;
    house.sync(company()).await;
    house.source.gate.forget_permits(1_000);
    let id = house.ask(ask("ops"));
    // Its beginning is written before the source is asked.
    while house
        .store
        .entry("run", id.as_str(), house.clock.now())
        .await
        .unwrap()
        .is_none()
    {
        tokio::task::yield_now().await;
    }
    let after = house.restarted().await;
    let run = after.engine.run(&id).unwrap();
    assert_eq!(
        (run.state, run.error.unwrap().code),
        (RunState::Failed, "RUN_INTERRUPTED".to_owned())
    );
    assert!(run.finished.is_some());
}

#[tokio::test]
async fn a_run_that_waited_when_the_process_died_is_known_after_a_restart() {
    let house = house().await;
    house.sync(company()).await;
    house.source.gate.forget_permits(1_000);
    let running = house.ask(ask("first"));
    while house.engine.run(&running).unwrap().state == RunState::Queued {
        tokio::task::yield_now().await;
    }
    let queued = house.ask(Ask {
        full: true,
        ..ask("second")
    });
    let kept = || house.store.entry("run", queued.as_str(), house.clock.now());
    while kept().await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    let after = house.restarted().await;
    let run = after.engine.run(&queued).unwrap();
    assert_eq!(
        (run.state, run.error.unwrap().code, run.started, run.full),
        (RunState::Failed, "RUN_INTERRUPTED".to_owned(), None, true)
    );
    // Where no process died, what is written in the end is how it ended.
    house.source.gate.add_permits(2);
    let ended = house.engine.finished(&queued).await.unwrap();
    let later = house.restarted().await.engine.run(&queued).unwrap();
    assert_eq!((later.state, later), (RunState::Succeeded, ended));
}

#[tokio::test]
async fn a_stopping_engine_ends_its_run_and_takes_no_other() {
    let house = house().await;
    house.source.gate.forget_permits(1_000);
    let running = house.ask(ask("ops"));
    let queued = house.ask(Ask {
        dry_run: true,
        ..ask("ops")
    });
    house.stop.cancel();
    for id in [running, queued] {
        let run = house.engine.finished(&id).await.unwrap();
        assert_eq!(
            (run.state, run.error.unwrap().code),
            (RunState::Failed, "SHUTTING_DOWN".to_owned())
        );
    }
    assert_eq!(
        house.engine.request(&corp(), ask("ops")).unwrap_err().code(),
        "SHUTTING_DOWN"
    );
}

#[tokio::test]
async fn what_is_not_known_is_said() {
    let house = house().await;
    assert_eq!(
        house
            .engine
            .request(&"other".into(), ask("ops"))
            .unwrap_err()
            .code(),
        "UNKNOWN_DIRECTORY"
    );
    assert!(house.engine.run(&"01J".into()).is_none());
    assert!(house.engine.finished(&"01J".into()).await.is_none());
    assert!(house.engine.plan(&"01J".into()).await.unwrap().is_none());
    assert_eq!(
        house
            .engine
            .approve(&"01J".into(), None, "ops")
            .unwrap_err()
            .code(),
        "UNKNOWN_PLAN"
    );
}

#[tokio::test]
async fn progress_is_seen_while_a_run_reads() {
    let house = house().await;
    house.source.gate.forget_permits(1_000);
    let id = house.ask(ask("ops"));
    house.source.gate.add_permits(1);
    house.script([company()]);
    let ended = house.engine.finished(&id).await.unwrap();
    assert_eq!((ended.records, ended.batches), (144, 2));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_starts_runs_by_the_clock() {
    let house = house().await;
    let clock: Arc<dyn Clock> = Arc::clone(&house.clock) as _;
    let (begun, mut runs) = tokio::sync::mpsc::unbounded_channel();
    let engine = Arc::clone(&house.engine);
    let job = Job::new(Schedule::parse("0 */15 * * * *", "UTC").unwrap(), move || {
        begun
            .send(engine.request(&corp(), ask("schedule")).unwrap())
            .unwrap();
        std::future::ready(())
    });
    let scheduled = async {
        for _ in 0..2 {
            house.clock.advance(15 * 60_000);
            let run = runs.recv().await.unwrap();
            let run = house.engine.finished(&run).await.unwrap();
            assert_eq!((run.state, &*run.by), (RunState::Succeeded, "schedule"));
        }
        house.stop.cancel();
    };
    house.script([company()]);
    tokio::join!(schedule::run(vec![job], clock, house.stop.clone()), scheduled);
    assert_eq!((house.living(), house.asked()), (100, vec![true, false]));
}

/// The directory under other settings, told apart by a text.
fn trial(house: &House, text: &str) -> Trial {
    Trial {
        synced: Synced {
            directory: Arc::clone(&house.directory),
            source: Arc::clone(&house.source) as _,
            mapping: house.manner.mapping.clone(),
            rules: Arc::new(house.manner.rules.clone()),
            limits: house.manner.limits.clone(),
            full_every: None,
        },
        text: text.to_owned(),
        sections: vec!["mapping".to_owned()],
    }
}

#[tokio::test]
async fn runs_under_unsaved_settings_wait_in_small_numbers_and_are_shared_by_who_asks_for_the_same() {
    let house = house().await;
    house.sync(company()).await;
    house.source.gate.forget_permits(1_000);
    let try_out = |text: &str| house.engine.request_trial(trial(&house, text), "ops".to_owned());
    let running = try_out("running").unwrap();
    while house.engine.run(&running).unwrap().state == RunState::Queued {
        tokio::task::yield_now().await;
    }
    let waiting: Vec<_> = ["a", "b", "c", "d"].map(|text| try_out(text).unwrap()).into();
    assert_eq!(try_out("b").unwrap(), waiting[1]);
    assert_eq!(try_out("e").unwrap_err().code(), "SYNC_TRIALS_WAITING");
    let usual = house.ask(ask("schedule"));
    house.script((0..5).map(|_| company()));
    house.source.gate.add_permits(6);
    let ended = house.engine.finished(&usual).await.unwrap();
    assert_eq!(
        (ended.state, ended.dry_run, ended.full),
        (RunState::Succeeded, false, false)
    );
    let shown = house.engine.run(&waiting[3]).unwrap();
    assert_eq!(
        (shown.state, shown.dry_run, shown.full),
        (RunState::Succeeded, true, true)
    );
    assert_eq!(
        shown.notices,
        ["planned under settings that are not saved: `mapping`"]
    );
}
