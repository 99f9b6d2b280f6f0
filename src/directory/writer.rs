//! The one writer of a directory: drafts, commits, publishes, acknowledges.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::task::TaskTracker;

use super::gather::{Asked, Reply, Unapplied, gather};
use super::load;
use super::patience::Patience;
use super::snapshot::Snapshot;
use crate::clock::Clock;
use crate::model::commit::{AuditRecord, Cursor, EntryWrite};
use crate::model::plan::Refused;
use crate::model::{Change, DirectoryId, ExternalId, Seq};
use crate::store::api::AuditQuery;
use crate::store::{self, Store, StoreError};

/// How many requests may wait for the writer.
const QUEUE: usize = 256;
/// How many commits whoever hears of departures may be behind.
const DEPARTURES: usize = 256;

/// What somebody wants of a directory.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The wishes; judged as a whole.
    pub changes: Vec<Change>,
    /// The names that groups are to be served by, where these are free: what an undo gives back may wear a suffix.
    pub served: HashMap<ExternalId, Arc<str>>,
    /// The head they were planned on; the request is refused when the head has moved.
    pub base: Option<Seq>,
    /// The source's new cursor.
    pub cursor: Option<Cursor>,
    /// Run state, plans: durable with the rows.
    pub entries: Vec<EntryWrite>,
    /// The audit trail of the changes.
    pub audit: Vec<AuditRecord>,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The head that shows it.
    pub seq: Seq,
    /// What the rules left out or served otherwise than wished.
    pub refused: Vec<Refused>,
}

/// Why a request left no trace.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The head moved between planning and applying.
    #[error("directory `{directory}` moved from {base} to {head} meanwhile; hint: read again, plan again")]
    Moved {
        /// The directory.
        directory: DirectoryId,
        /// What the request was planned on.
        base: Seq,
        /// The head now.
        head: Seq,
    },
    /// The store could not commit.
    #[error("directory `{directory}` cannot write: {source}")]
    Store {
        /// The directory.
        directory: DirectoryId,
        /// What the store said.
        source: Arc<StoreError>,
    },
    /// The directory is shutting down.
    #[error("directory `{0}` is shutting down; hint: try again when throng has started")]
    Closed(DirectoryId),
}

impl DirectoryError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Moved { .. } => "DIRECTORY_MOVED",
            Self::Store { source, .. } => source.code(),
            Self::Closed(_) => "DIRECTORY_CLOSED",
        }
    }
}

/// One live directory: reads from its snapshot, writes through its writer.
pub struct Directory {
    id: DirectoryId,
    live: Arc<ArcSwap<Snapshot>>,
    queue: mpsc::Sender<(Asked, Reply)>,
    head: watch::Receiver<Seq>,
    departures: broadcast::Sender<Arc<[ExternalId]>>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Directory {
    /// Loads the directory, starts its writer on `tasks`; the writer ends when the last handle is dropped.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        id: DirectoryId,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tasks: &TaskTracker,
    ) -> store::Result<Arc<Self>> {
        let snapshot = load::load(store.as_ref(), &id).await?;
        let (heads, head) = watch::channel(snapshot.seq());
        let live = Arc::new(ArcSwap::from_pointee(snapshot));
        let (queue, requests) = mpsc::channel(QUEUE);
        let (departures, _) = broadcast::channel(DEPARTURES);
        let writer = Writer {
            id: id.clone(),
            live: Arc::clone(&live),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            heads,
            departures: departures.clone(),
        };
        tasks.spawn(writer.run(requests));
        Ok(Arc::new(Self {
            id,
            live,
            queue,
            head,
            departures,
            store,
            clock,
        }))
    }

    /// Its id.
    pub fn id(&self) -> &DirectoryId {
        &self.id
    }

    /// The present picture.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.live.load_full()
    }

    /// Milliseconds since 1970, by the clock of its commits.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The store it lives in.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The last records of the audit trail with this subject, the newest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn audit_of(&self, subject: &str, limit: usize) -> Result<Vec<AuditRecord>, DirectoryError> {
        let query = AuditQuery {
            subject: Some(subject.to_owned()),
            limit,
            ..AuditQuery::default()
        };
        let page = self.store.audit(query).await;
        let page = page.map_err(|source| DirectoryError::Store {
            directory: self.id.clone(),
            source: Arc::new(source),
        })?;
        Ok(page.items)
    }

    /// Tells each new head.
    pub fn heads(&self) -> watch::Receiver<Seq> {
        self.head.clone()
    }

    /// Tells, commit by commit, who was deactivated or removed: a head alone may already show a return.
    pub fn departures(&self) -> broadcast::Receiver<Arc<[ExternalId]>> {
        self.departures.subscribe()
    }

    /// Carries a request out; answers when it is durable.
    ///
    /// # Errors
    /// `Moved`, `Store`, `Closed`: in each case nothing of the request is served.
    pub async fn apply(&self, request: Request) -> Result<Applied, DirectoryError> {
        match self.ask(Asked::Request(request)).await {
            Ok(applied) => Ok(applied),
            Err(Unapplied::Directory(error)) => Err(error),
            // Only edits are declined.
            Err(Unapplied::Declined | Unapplied::Rules(_)) => Err(DirectoryError::Closed(self.id.clone())),
        }
    }

    /// Has every active user be a member of these groups from now on, and of no former ones. Not stored: to be told at each start.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn set_default_groups(&self, names: Vec<Arc<str>>) -> Result<Applied, DirectoryError> {
        match self.ask(Asked::Defaults(names)).await {
            Ok(applied) => Ok(applied),
            Err(Unapplied::Directory(error)) => Err(error),
            // Only edits are declined.
            Err(Unapplied::Declined | Unapplied::Rules(_)) => Err(DirectoryError::Closed(self.id.clone())),
        }
    }

    /// Nobody holds the users of these folded names from now on. Not stored: to be told at each start.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn set_protected(&self, names: BTreeSet<String>) -> Result<Applied, DirectoryError> {
        match self.ask(Asked::Protected(Arc::new(names))).await {
            Ok(applied) => Ok(applied),
            Err(Unapplied::Directory(error)) => Err(error),
            // Only edits are declined.
            Err(Unapplied::Declined | Unapplied::Rules(_)) => Err(DirectoryError::Closed(self.id.clone())),
        }
    }

    pub(super) async fn ask(&self, asked: Asked) -> Result<Applied, Unapplied> {
        let (reply, answer) = oneshot::channel();
        let closed = || Unapplied::Directory(DirectoryError::Closed(self.id.clone()));
        self.queue.send((asked, reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

struct Writer {
    id: DirectoryId,
    live: Arc<ArcSwap<Snapshot>>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    heads: watch::Sender<Seq>,
    departures: broadcast::Sender<Arc<[ExternalId]>>,
}

impl Writer {
    async fn run(self, mut requests: mpsc::Receiver<(Asked, Reply)>) {
        let mut patience = Patience::default();
        loop {
            let pending = patience.next(&mut requests).await;
            if pending.is_empty() {
                return;
            }
            self.round(pending).await;
        }
    }

    async fn round(&self, pending: Vec<(Asked, Reply)>) {
        let base = self.live.load_full();
        let (id, now) = (self.id.clone(), self.clock.now());
        let drafted = tokio::task::spawn_blocking(move || gather(&base, id, now, pending)).await;
        let Ok(mut gathered) = drafted else { return }; // the draft panicked: its askers are told `Closed`
        for (reply, base) in gathered.moved.drain(..) {
            let head = self.live.load().seq();
            let moved = DirectoryError::Moved {
                directory: self.id.clone(),
                base,
                head,
            };
            drop(reply.send(Err(Unapplied::Directory(moved))));
        }
        for (reply, why) in gathered.declined.drain(..) {
            drop(reply.send(Err(why)));
        }
        let empty = gathered.draft.is_empty() && gathered.commit.cursor.is_none();
        if empty && gathered.commit.entries.is_empty() && gathered.commit.audit.is_empty() {
            let seq = self.live.load().seq();
            let mut next = gathered.draft.next;
            // Nothing to write, and yet perhaps other default groups to keep or users to protect from now on.
            let told = self.live.load();
            let is_told =
                Arc::ptr_eq(&next.defaults, &told.defaults) && Arc::ptr_eq(&next.protected, &told.protected);
            if !is_told {
                next.seq = seq;
                self.live.store(Arc::new(next));
            }
            answer(gathered.accepted, seq);
            return;
        }
        match self.store.commit(gathered.commit).await {
            Ok(seq) => {
                debug_assert_eq!(
                    seq,
                    gathered.draft.snapshot().seq(),
                    "the store numbers as the draft did"
                );
                self.live.store(Arc::new(gathered.draft.next));
                self.heads.send_replace(seq);
                if !gathered.departed.is_empty() {
                    drop(self.departures.send(gathered.departed)); // nobody may listen
                }
                answer(gathered.accepted, seq);
            }
            Err(error) => {
                tracing::error!(directory = %self.id, code = error.code(), %error, "a commit failed");
                let source = Arc::new(error);
                for (reply, _) in gathered.accepted {
                    let error = DirectoryError::Store {
                        directory: self.id.clone(),
                        source: Arc::clone(&source),
                    };
                    drop(reply.send(Err(Unapplied::Directory(error))));
                }
            }
        }
    }
}

fn answer(accepted: Vec<(Reply, Vec<Refused>)>, seq: Seq) {
    for (reply, refused) in accepted {
        drop(reply.send(Ok(Applied { seq, refused })));
    }
}
