//! Schedules through the daemon, by a clock that stands still: zones and summer time, full reads in between, what was missed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use throng::app::Daemon;
use throng::clock::{Clock, StoppedClock, rfc3339};
use throng::config::Config;
use throng::store::Store;
use throng::store::memory::MemoryStore;
use throng::sync::{Ask, Run, RunState};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A company in a folder, read by this schedule; `store` says where it is kept.
fn configuration(store: &str, sync: &str) -> Config {
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/acme");
    let text = format!(
        r#"
store = {store}
crowd = {{ listen = "127.0.0.1:0" }}
admin = {{ listen = "127.0.0.1:0" }}
[[directory]]
id = "corp"
[directory.source]
kind = "file"
path = "{}"
settle = "0s"
[directory.sync]
{sync}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#,
        acme.display()
    );
    Config::parse(&text, Path::new("test")).unwrap()
}

fn at(moment: &str) -> Arc<StoppedClock> {
    StoppedClock::at(
        chrono::DateTime::parse_from_rfc3339(moment)
            .unwrap()
            .timestamp_millis(),
    )
}

/// All runs, the oldest first, once the last of them has ended.
async fn runs(daemon: &Daemon) -> Vec<Run> {
    let mut runs = daemon.engine().runs(None);
    runs.reverse();
    for run in &mut runs {
        *run = daemon.engine().finished(&run.id).await.unwrap();
    }
    runs
}

/// The runs of so long, looked for every `step`; tokio's own time is one that passes by itself.
async fn over(sync: &str, from: &str, steps: usize, step: i64) -> Vec<Run> {
    let clock = at(from);
    let store: Arc<dyn Store> = MemoryStore::new();
    let config = configuration("{ engine = \"memory\" }", sync);
    let daemon = Daemon::start_on(&config, Arc::clone(&clock) as Arc<dyn Clock>, store)
        .await
        .unwrap();
    let mut all = runs(&daemon).await;
    for _ in 0..steps {
        clock.advance(step);
        // The loop looks at the clock twice a minute.
        tokio::time::sleep(Duration::from_secs(31)).await;
        let known = all.len();
        all.extend(
            runs(&daemon)
                .await
                .into_iter()
                .filter(|run| all.iter().all(|other| other.id != run.id))
                .collect::<Vec<_>>(),
        );
        assert!(all.len() <= known + 1, "no overlap, no two at once");
    }
    all
}

fn times(runs: &[Run]) -> Vec<String> {
    runs.iter().filter_map(|run| run.started).map(rfc3339).collect()
}

#[tokio::test(start_paused = true)]
async fn a_nightly_run_comes_once_a_night_also_when_the_clocks_change() {
    let nightly = "schedule = \"0 30 2 * * *\"\ntime_zone = \"Europe/Oslo\"";
    let spring = over(nightly, "2026-03-27T12:00:00Z", 3 * 48, HOUR / 2).await;
    assert_eq!(spring[0].by, "start", "what was never read is read at once");
    assert!(spring.iter().all(|run| run.state == RunState::Succeeded));
    assert_eq!(
        times(&spring[1..]),
        [
            "2026-03-28T01:30:00.000Z",
            "2026-03-29T01:00:00.000Z",
            "2026-03-30T00:30:00.000Z"
        ],
        "the night without half past two has it at three"
    );
    let autumn = over(nightly, "2026-10-24T12:00:00Z", 2 * 48, HOUR / 2).await;
    assert_eq!(
        times(&autumn[1..]),
        ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"],
        "the first of the two half past twos"
    );
}

#[tokio::test(start_paused = true)]
async fn everything_is_read_as_often_as_configured_and_changes_in_between() {
    let often = "schedule = \"0 */15 * * * *\"\nfull_every = \"1h\"";
    let runs = over(often, "2026-05-01T00:01:00Z", 3 * 60, MINUTE).await;
    assert_eq!(runs.len(), 13);
    let full: Vec<String> = runs
        .iter()
        .filter(|run| run.full)
        .filter_map(|run| run.started)
        .map(rfc3339)
        .collect();
    assert_eq!(
        full,
        [
            "2026-05-01T00:01:00.000Z",
            "2026-05-01T01:15:00.000Z",
            "2026-05-01T02:15:00.000Z"
        ],
        "at the first time of the schedule after an hour"
    );
}

#[tokio::test(start_paused = true)]
async fn a_jittered_run_comes_late_by_no_more_than_allowed_and_once() {
    let late = "schedule = \"0 0 * * * *\"\njitter = \"10m\"";
    let runs = over(late, "2026-05-01T00:30:00Z", 4 * 60, MINUTE).await;
    let hours: Vec<i64> = runs[1..]
        .iter()
        .filter_map(|run| run.started)
        .map(|at| at / HOUR)
        .collect();
    assert!(
        hours.windows(2).all(|two| two[1] == two[0] + 1) && hours.len() >= 3,
        "{:?}",
        times(&runs)
    );
    assert!(
        runs[1..]
            .iter()
            .filter_map(|run| run.started)
            .all(|at| at % HOUR <= 11 * MINUTE),
        "{:?}",
        times(&runs)
    );
}

#[tokio::test]
async fn a_time_that_passed_while_throng_was_down_is_made_up_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("{{ path = \"{}\" }}", folder.path().join("data").display());
    let config = configuration(&store, "schedule = \"0 30 2 * * *\"");
    let clock = at("2026-05-01T12:00:00Z");
    let mut counts = Vec::new();
    for hours in [0, 1, 20, 0, 100] {
        clock.advance(hours * HOUR);
        let daemon = Daemon::start(&config, Arc::clone(&clock) as Arc<dyn Clock>)
            .await
            .unwrap();
        let runs = runs(&daemon).await;
        assert!(
            runs.iter()
                .all(|run| run.by == "start" && run.state == RunState::Succeeded),
            "{runs:?}"
        );
        counts.push((runs.len(), runs.last().unwrap().full));
        daemon.stop().await.unwrap();
    }
    assert_eq!(counts, [(1, true), (1, true), (2, false), (2, false), (3, true)]);
}

#[tokio::test]
async fn a_read_that_was_asked_for_and_not_made_before_the_stop_is_made_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("{{ path = \"{}\" }}", folder.path().join("data").display());
    let config = configuration(&store, "");
    let clock = at("2026-05-01T12:00:00Z");
    let open = || Daemon::start(&config, Arc::clone(&clock) as Arc<dyn Clock>);
    let daemon = open().await.unwrap();
    let ask = |full| Ask {
        full,
        by: "ops".to_owned(),
        ..Ask::default()
    };
    let id = "corp".into();
    let first = daemon.engine().request(&id, ask(false)).unwrap();
    daemon.engine().finished(&first).await.unwrap();
    let asked = daemon.engine().request(&id, ask(true)).unwrap();
    daemon.stop().await.unwrap();
    clock.advance(MINUTE); // ids of runs are in the order of their times
    let daemon = open().await.unwrap();
    let told = daemon.engine().run(&asked).unwrap();
    assert_eq!(
        (told.state, told.error.unwrap().code.as_str()),
        (RunState::Failed, "SHUTTING_DOWN")
    );
    let all = runs(&daemon).await;
    let last = all.last().unwrap();
    assert_eq!(
        (all.len(), last.by.as_str(), last.full, last.state),
        (3, "start", true, RunState::Succeeded)
    );
    daemon.stop().await.unwrap();
    let daemon = open().await.unwrap();
    assert_eq!(runs(&daemon).await.len(), 3, "once");
    daemon.stop().await.unwrap();
}
