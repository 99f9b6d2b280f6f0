//! The sync engine from outside: a source that says what a script tells it to.

mod asof;
mod deciding;
mod held;
mod hidden;
mod moved;
mod queue;
mod read_report;
mod refusals;
mod rules;
mod runs;
mod scenarios;
mod simulated;
mod undo;
mod waiting_names;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use throng::clock::{Clock, StoppedClock};
use throng::connector::api::{Batch, Connector, ConnectorError, Coverage, Pull, Report};
use throng::directory::limits::Limits;
use throng::directory::{Directory, Snapshot};
use throng::model::commit::{AuditRecord, Cursor};
use throng::model::record::{Record, SourceGroup, SourceUser};
use throng::model::{DirectoryId, MemberKind};
use throng::store::Store;
use throng::store::api::AuditQuery;
use throng::store::memory::MemoryStore;
use throng::sync::{Ask, Engine, Mapping, Rules, Run, RunId, Synced};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One answer of the scripted source.
enum Say {
    /// All there is.
    Everything(Vec<Record>),
    /// What changed.
    Changes(Vec<Record>),
    /// A full read of which a part failed, by a source that believes all is well otherwise.
    Part(Vec<Record>),
    /// Some records, then an error.
    Breaks(Vec<Record>, ConnectorError),
    /// Some records, then nothing more.
    Stops(Vec<Record>),
    /// A defect.
    Panics,
}

/// A source that answers from a script; when that is used up, that nothing changed.
struct Scripted {
    script: Mutex<VecDeque<Say>>,
    asked: Mutex<Vec<Option<Cursor>>>,
    /// Each read takes one permit.
    gate: Semaphore,
    clock: Arc<StoppedClock>,
}

#[async_trait]
impl Connector for Scripted {
    async fn check(&self) -> Report {
        Report::default()
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull, ConnectorError> {
        self.gate.acquire().await.unwrap().forget();
        self.asked.lock().unwrap().push(since.cloned());
        let say = self.script.lock().unwrap().pop_front();
        let say = say.unwrap_or(Say::Changes(Vec::new()));
        let number = self.asked.lock().unwrap().len();
        let cursor = |full_at| {
            Some(Cursor {
                scope: "test".to_owned(),
                token: number.to_string(),
                full_at,
            })
        };
        let since_full = since.map_or(0, |cursor| cursor.full_at);
        let end = |coverage, cursor| Ok(Batch::End { coverage, cursor });
        let (full, batches) = match say {
            Say::Everything(told) => (
                true,
                vec![
                    Ok(Batch::Records(told)),
                    end(Coverage::Everything, cursor(self.clock.now())),
                ],
            ),
            Say::Changes(told) => (
                false,
                vec![
                    Ok(Batch::Records(told)),
                    end(Coverage::ChangesOnly, cursor(since_full)),
                ],
            ),
            Say::Part(told) => {
                let what = Batch::Incomplete("the members of 3 groups could not be read".to_owned());
                let end = end(Coverage::Everything, cursor(self.clock.now()));
                (true, vec![Ok(Batch::Records(told)), Ok(what), end])
            }
            Say::Breaks(told, error) => (true, vec![Ok(Batch::Records(told)), Err(error)]),
            Say::Stops(told) => (true, vec![Ok(Batch::Records(told))]),
            Say::Panics => panic!("a defect of the source, as the script says"),
        };
        Ok(Pull {
            full,
            batches: futures_util::stream::iter(batches).boxed(),
        })
    }
}

/// An engine with one directory, `corp`, over a store that outlives it.
struct House {
    store: Arc<dyn Store>,
    clock: Arc<StoppedClock>,
    source: Arc<Scripted>,
    directory: Arc<Directory>,
    engine: Arc<Engine>,
    stop: CancellationToken,
    manner: Manner,
}

/// What is configured of the directory.
#[derive(Clone)]
struct Manner {
    limits: Limits,
    mapping: Mapping,
    rules: Rules,
}

impl Manner {
    fn of(limits: Limits) -> Self {
        Self {
            limits,
            mapping: Mapping::entra(),
            rules: Rules::default(),
        }
    }
}

fn corp() -> DirectoryId {
    "corp".into()
}

async fn house() -> House {
    limited(Limits::default()).await
}

async fn limited(limits: Limits) -> House {
    configured(Manner::of(limits)).await
}

async fn configured(manner: Manner) -> House {
    let clock = StoppedClock::at(1_000_000_000);
    let store: Arc<dyn Store> = MemoryStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    open(store, Arc::clone(&clock) as _, clock, manner).await
}

/// The engine asks `time`; who moves it moves `clock`.
async fn open(
    store: Arc<dyn Store>,
    time: Arc<dyn Clock>,
    clock: Arc<StoppedClock>,
    manner: Manner,
) -> House {
    let tasks = TaskTracker::new();
    let directory = Directory::open(corp(), Arc::clone(&store), Arc::clone(&clock) as _, &tasks)
        .await
        .unwrap();
    let source = Arc::new(Scripted {
        script: Mutex::default(),
        asked: Mutex::default(),
        gate: Semaphore::new(1_000),
        clock: Arc::clone(&clock),
    });
    let synced = Synced {
        directory: Arc::clone(&directory),
        source: Arc::clone(&source) as Arc<dyn Connector>,
        mapping: manner.mapping.clone(),
        rules: Arc::new(manner.rules.clone()),
        limits: manner.limits.clone(),
        full_every: Some(Duration::from_hours(24)),
    };
    let stop = CancellationToken::new();
    let engine = Engine::open(Arc::clone(&store), time, tasks, stop.clone(), vec![synced])
        .await
        .unwrap();
    House {
        store,
        clock,
        source,
        directory,
        engine,
        stop,
        manner,
    }
}

impl House {
    /// Another process over the same store.
    async fn restarted(&self) -> Self {
        self.reconfigured(|_| ()).await
    }

    /// Another process over the same store, with another configuration.
    async fn reconfigured(&self, change: impl FnOnce(&mut Manner)) -> Self {
        let mut manner = self.manner.clone();
        change(&mut manner);
        let clock = Arc::clone(&self.clock);
        open(Arc::clone(&self.store), Arc::clone(&clock) as _, clock, manner).await
    }

    fn script(&self, say: impl IntoIterator<Item = Say>) {
        self.source.script.lock().unwrap().extend(say);
    }

    fn ask(&self, ask: Ask) -> RunId {
        self.engine.request(&corp(), ask).unwrap()
    }

    /// One run to its end; the source says this.
    async fn sync(&self, say: Say) -> Run {
        self.script([say]);
        let id = self.ask(Ask {
            by: "ops".to_owned(),
            ..Ask::default()
        });
        self.engine.finished(&id).await.unwrap()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.directory.snapshot()
    }

    /// How many users the source still has.
    fn living(&self) -> usize {
        self.snapshot().users().filter(|row| !row.vanished).count()
    }

    async fn audit(&self, run: &RunId) -> Vec<AuditRecord> {
        let query = AuditQuery {
            run: Some(run.to_string()),
            limit: 1_000,
            ..AuditQuery::default()
        };
        self.store.audit(query).await.unwrap().items
    }

    /// How often the source was asked, and whether for everything.
    fn asked(&self) -> Vec<bool> {
        self.source
            .asked
            .lock()
            .unwrap()
            .iter()
            .map(Option::is_none)
            .collect()
    }
}

fn user(id: usize) -> Record {
    named(id, &format!("user{id}"))
}

fn named(id: usize, name: &str) -> Record {
    told(id, name, true)
}

fn disabled(id: usize) -> Record {
    told(id, &format!("user{id}"), false)
}

fn told(id: usize, name: &str, active: bool) -> Record {
    Record::User(SourceUser {
        id: format!("u{id}").into(),
        active,
        created_at: Some(1),
        attributes: [("userPrincipalName".into(), name.into())].into(),
    })
}

fn users(range: Range<usize>) -> Vec<Record> {
    range.map(user).collect()
}

fn group(id: usize) -> Record {
    titled(id, &format!("Group {id}"), "", 1)
}

fn titled(id: usize, name: &str, nickname: &str, created_at: i64) -> Record {
    Record::Group(SourceGroup {
        id: format!("g{id}").into(),
        name: name.into(),
        nickname: nickname.into(),
        description: "".into(),
        created_at: Some(created_at),
    })
}

fn gone(id: usize) -> Record {
    Record::UserGone(format!("u{id}").into())
}

fn member(group: usize, user: usize) -> Record {
    Record::Member {
        group: format!("g{group}").into(),
        member: format!("u{user}").into(),
        kind: MemberKind::User,
    }
}

/// A group with all its members.
fn whole(id: usize, members: Range<usize>) -> Vec<Record> {
    let mut told = vec![group(id)];
    told.extend(members.map(|user| member(id, user)));
    told.push(Record::MembersComplete(format!("g{id}").into()));
    told
}

/// A hundred users, two groups with twenty of them each.
fn company() -> Say {
    Say::Everything([users(0..100), whole(1, 0..20), whole(2, 20..40)].concat())
}
