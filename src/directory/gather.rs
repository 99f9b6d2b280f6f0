//! Gathering: the requests that wait, drafted in order as one commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::edit::Edit;
use super::rules::Draft;
use super::snapshot::Snapshot;
use super::writer::{Applied, DirectoryError, Request};
use crate::model::commit::{AuditRecord, Commit, Cursor, EntryWrite};
use crate::model::plan::Refused;
use crate::model::{CommitId, DirectoryId, ExternalId, Row, Seq};

/// What the writer is asked for.
pub(super) enum Asked {
    /// Changes that were planned before.
    Request(Request),
    /// Changes that are decided on the draft itself.
    Edit(Decide),
    /// The same, in no hurry: it may wait a second for others.
    PatientEdit(Decide),
    /// The names of the default groups, from now on.
    Defaults(Vec<Arc<str>>),
    /// The folded names of users whom nobody holds, from now on.
    Protected(Arc<BTreeSet<String>>),
}

/// Looks at the draft as it stands; `None` declines.
pub(super) type Decide = Box<dyn FnOnce(&Snapshot) -> Option<Edit> + Send>;

/// Why nothing was applied.
pub(super) enum Unapplied {
    /// The directory could not.
    Directory(DirectoryError),
    /// The decision was not to.
    Declined,
    /// The rules left some of an edit out, so all of it is left out.
    Rules(Vec<Refused>),
}

pub(super) type Reply = oneshot::Sender<Result<Applied, Unapplied>>;

/// The requests of one commit, drafted.
pub(super) struct Gathered {
    pub(super) draft: Draft,
    pub(super) commit: Commit,
    pub(super) accepted: Vec<(Reply, Vec<Refused>)>,
    pub(super) moved: Vec<(Reply, Seq)>,
    pub(super) declined: Vec<(Reply, Unapplied)>,
    /// The users of the commit whom no application may let in any more.
    pub(super) departed: Arc<[ExternalId]>,
}

/// What belongs to the drafted rows.
#[derive(Default)]
struct Beside {
    cursor: Option<Cursor>,
    entries: Vec<EntryWrite>,
    audit: Vec<AuditRecord>,
}

pub(super) fn gather(base: &Snapshot, id: DirectoryId, now: i64, pending: Vec<(Asked, Reply)>) -> Gathered {
    let mut draft = Draft::new(base, now);
    let mut accepted = Vec::with_capacity(pending.len());
    let (mut moved, mut declined) = (Vec::new(), Vec::new());
    let mut beside = Beside::default();
    for (asked, reply) in pending {
        match asked {
            // A plan demands that nothing came between, not even in this very commit.
            Asked::Request(Request {
                base: Some(planned), ..
            }) if planned != base.seq() || !draft.is_empty() => {
                moved.push((reply, planned));
            }
            Asked::Request(request) => {
                let refused = draft.apply_served(&request.changes, &request.served);
                beside.take(request.cursor, request.entries, request.audit);
                accepted.push((reply, refused));
            }
            Asked::Defaults(names) => {
                draft.set_defaults(&names);
                accepted.push((reply, Vec::new()));
            }
            Asked::Protected(names) => {
                draft.set_protected(names);
                accepted.push((reply, Vec::new()));
            }
            Asked::Edit(decide) | Asked::PatientEdit(decide) => match edit(&mut draft, &mut beside, decide) {
                Ok(()) => accepted.push((reply, Vec::new())),
                Err(why) => declined.push((reply, why)),
            },
        }
    }
    draft.keep_defaults();
    if beside.cursor.is_some() {
        draft.next.cursor.clone_from(&beside.cursor);
    }
    let rows = draft.rows();
    let departed = rows
        .iter()
        .filter_map(|row| departed(draft.snapshot(), row))
        .collect();
    let commit = Commit {
        id: commit_id(),
        directory: id,
        base: base.seq(),
        fence: None,
        rows,
        cursor: beside.cursor,
        entries: beside.entries,
        audit: beside.audit,
    };
    Gathered {
        draft,
        commit,
        accepted,
        moved,
        declined,
        departed,
    }
}

fn departed(snapshot: &Snapshot, row: &Row) -> Option<ExternalId> {
    match row {
        Row::User(row) => {
            let stays = snapshot.live_user(row.id).is_some_and(|live| live.active);
            (!stays).then(|| row.external_id.clone())
        }
        Row::UserTombstone(gone) => Some(gone.external_id.clone()),
        _ => None,
    }
}

fn edit(draft: &mut Draft, beside: &mut Beside, decide: Decide) -> Result<(), Unapplied> {
    let wanted = decide(draft.snapshot()).ok_or(Unapplied::Declined)?;
    let before = draft.clone();
    let refused = draft.apply(&wanted.changes);
    if !refused.is_empty() {
        *draft = before;
        return Err(Unapplied::Rules(refused));
    }
    beside.take(wanted.cursor, wanted.entries, wanted.audit);
    Ok(())
}

impl Beside {
    fn take(&mut self, cursor: Option<Cursor>, entries: Vec<EntryWrite>, audit: Vec<AuditRecord>) {
        if cursor.is_some() {
            self.cursor = cursor;
        }
        self.entries.extend(entries);
        self.audit.extend(audit);
    }
}

fn commit_id() -> CommitId {
    let mut random = [0; 16];
    if let Err(error) = getrandom::fill(&mut random) {
        // The id is then zero: a commit sent again would be refused as a conflict, never doubled.
        tracing::warn!(%error, "no randomness for a commit's id");
    }
    CommitId(random)
}
