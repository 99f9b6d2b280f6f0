//! A process to be killed: this test binary once more, told by its environment what to do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use throng::clock::SystemClock;
use throng::store::Store;
use throng::store::api::Durability;
use throng::store::conformance::support::{put, write};
use throng::store::embedded::{EmbeddedStore, Options, Step, StepHook};

use crate::work::{heads, nth};
use crate::{size, steps};

const FOLDER: &str = "THRONG_CRASH_FOLDER";
const WORK: &str = "THRONG_CRASH_WORK";
/// `Name:3`: the child kills itself when that step comes the third time.
const STEP: &str = "THRONG_CRASH_STEP";

/// A command that runs this binary as a child; `wrapper` runs it in turn.
pub(crate) fn command(wrapper: &[&str], folder: &Path, work: &str, step: Option<&str>) -> Command {
    let own = std::env::current_exe().unwrap();
    let mut words = wrapper.iter().map(Into::into).chain([own.into_os_string()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    command.args([
        "--exact",
        "child::works_until_it_is_killed",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command
        .env(FOLDER, folder)
        .env(WORK, work)
        .env("RUST_BACKTRACE", "0");
    command.env_remove(STEP).envs(step.map(|step| (STEP, step)));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// What a child told before it ended: the last number of each thing that it said was done.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) opened: bool,
    pub(crate) acknowledged: BTreeMap<String, u64>,
}

impl Told {
    pub(crate) fn of(&self, what: &str) -> u64 {
        self.acknowledged.get(what).copied().unwrap_or(0)
    }

    /// Reads until the child's end; `each` is called after every acknowledgement.
    pub(crate) fn read(out: ChildStdout, mut each: impl FnMut(&Self)) -> Self {
        let mut told = Self::default();
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                // The harness writes its own words before ours, on the same line.
                [.., "opened"] => told.opened = true,
                ["done", what, number] => {
                    *told.acknowledged.entry(what.to_owned()).or_default() = number.parse().unwrap();
                    each(&told);
                }
                _ => {}
            }
        }
        told
    }
}

/// Runs a child to its end, which the step brings.
pub(crate) fn run(folder: &Path, work: &str, step: Option<&str>) -> Told {
    let mut child: Child = command(&[], folder, work, step).spawn().unwrap();
    let told = Told::read(child.stdout.take().unwrap(), |_| {});
    let status = child.wait().unwrap();
    assert_eq!(
        status.success(),
        step.is_none(),
        "{work} until {step:?}: {status}"
    );
    told
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

fn name(step: &Step) -> &'static str {
    match step {
        Step::RedoWritten(_) => "RedoWritten",
        Step::RedoSynced(_) => "RedoSynced",
        Step::Applied => "Applied",
        Step::Synced => "Synced",
        Step::HeadsWritten => "HeadsWritten",
        Step::Acknowledged(_) => "Acknowledged",
        Step::ChunkFolded(_) => "ChunkFolded",
        Step::FoldSynced(_) => "FoldSynced",
        Step::NameDropped(_) => "NameDropped",
        Step::FileRemoved(_) => "FileRemoved",
    }
}

/// Kills this process, as the system does when memory is short: no destructor runs.
fn kill_myself() {
    let me = rustix::process::getpid();
    rustix::process::kill_process(me, rustix::process::Signal::KILL).unwrap();
}

/// The hook that kills at `Name:count`.
fn killer(step: &str) -> StepHook {
    let (wanted, count) = step.split_once(':').unwrap();
    let (wanted, count) = (wanted.to_owned(), count.parse::<usize>().unwrap());
    let seen = AtomicUsize::new(0);
    Arc::new(move |step| {
        if name(step) == wanted && seen.fetch_add(1, Ordering::SeqCst) + 1 == count {
            kill_myself();
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the kill tests in a process of its own"]
async fn works_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let mut options = Options::new(Arc::new(SystemClock));
    options.hook = std::env::var_os(STEP).map(|step| killer(step.to_str().unwrap()));
    let began = Instant::now();
    let store = EmbeddedStore::open_with(&folder, options).unwrap();
    tell("opened");
    match std::env::var_os(WORK).unwrap().to_str().unwrap() {
        "all" => all_at_once(store).await,
        "small" => small(&store).await,
        "read" => {
            tell(&format!("done opened-ms {}", began.elapsed().as_millis()));
            for (what, number) in size::read_alone(&store).await {
                tell(&format!("done {what} {number}"));
            }
        }
        work if work.starts_with("steps") => one_after_the_other(&store, work).await,
        other => panic!("no work is called `{other}`"),
    }
}

/// Every directory and the entries, each as fast as it goes, until the end.
async fn all_at_once(store: Arc<EmbeddedStore>) {
    let heads = heads(&store).await;
    let writers = heads.into_iter().map(|(directory, head)| {
        let store = Arc::clone(&store);
        async move {
            for seq in head + 1.. {
                put(&*store, nth(directory, seq)).await;
                tell(&format!("done {directory} {seq}"));
            }
        }
    });
    let counting = async {
        let counted = store
            .entry("count", "n", 0)
            .await
            .unwrap()
            .map_or(0, |entry| entry.version);
        for n in counted + 1.. {
            store
                .put_entries(vec![write("count", "n", &n.to_le_bytes())], Durability::Now)
                .await
                .unwrap();
            tell(&format!("done entry {n}"));
            store
                .put_entries(vec![write("seen", "n", &n.to_le_bytes())], Durability::Soon)
                .await
                .unwrap();
        }
    };
    futures_util::future::join(futures_util::future::join_all(writers), counting).await;
}

/// A few commits and entries, then a clean end.
async fn small(store: &EmbeddedStore) {
    for seq in 1..=20 {
        put(store, nth("partners", seq)).await;
        tell(&format!("done partners {seq}"));
        store
            .put_entries(vec![write("count", "n", b"x")], Durability::Now)
            .await
            .unwrap();
        tell(&format!("done entry {seq}"));
    }
    store.close().await.unwrap();
}

/// A small commit, a big one, a small one to the same rows.
async fn one_after_the_other(store: &EmbeddedStore, work: &str) {
    let head = heads(store).await["corp"];
    for seq in head + 1..=3 {
        put(store, steps::commit(work, seq)).await;
        tell(&format!("done corp {seq}"));
    }
    store.close().await.unwrap();
}
