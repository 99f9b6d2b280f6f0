//! Returns by log-in: whether a held user may come back now, where its policy counts the seats of a licence.
//!
//! A permit is kept until the return is served, so that two who come back at once never take the same seat.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::cleaner::Cleaner;
use super::policy::Policy;
use crate::directory::{Directory, Edit, Snapshot};
use crate::model::commit::AuditRecord;
use crate::model::name::fold;
use crate::model::{DirectoryId, ExternalId, Hold, UserId};

/// A refusal is told of again after so long, in milliseconds: who is refused tries more than once.
const QUIET: i64 = 86_400_000;
/// How many refusals are remembered.
const MOST: usize = 10_000;

/// Whether somebody may come back.
#[derive(Debug)]
pub enum Leave {
    /// Yes; whoever has it keeps it until the return is served.
    Yes(Option<OwnedMutexGuard<()>>),
    /// No, and administrators were told why.
    NoSeat,
}

/// A return that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedReturn {
    /// When, the last time.
    pub at: i64,
    /// Why, as a sentence.
    pub reason: String,
}

/// Who was refused lately.
#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<(DirectoryId, ExternalId), Remembered>>);

struct Remembered {
    told: i64,
    last: RefusedReturn,
}

impl Refusals {
    /// Remembers a refusal. Answers whether it is one to tell of.
    fn note(&self, whom: (DirectoryId, ExternalId), at: i64, reason: &str) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(&whom) {
            all.retain(|_, kept| at.saturating_sub(kept.told) < QUIET);
            if all.len() >= MOST {
                all.clear();
            }
        }
        let last = RefusedReturn {
            at,
            reason: reason.to_owned(),
        };
        let before = all.get(&whom).map(|kept| kept.told);
        let tell = before.is_none_or(|told| at.saturating_sub(told) >= QUIET);
        let told = if tell { at } else { before.unwrap_or(at) };
        all.insert(whom, Remembered { told, last });
        tell
    }

    fn forget(&self, whom: &(DirectoryId, ExternalId)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(whom);
    }

    fn of(&self, whom: &(DirectoryId, ExternalId)) -> Option<RefusedReturn> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(whom).map(|kept| kept.last.clone())
    }
}

impl Cleaner {
    /// Whether a held user who has shown who it is may come back by itself. Who is held by no policy that counts seats may.
    pub async fn may_return(&self, directory: &DirectoryId, user: &ExternalId) -> Leave {
        let open = self
            .parts
            .directories
            .iter()
            .find(|(open, _)| open.id() == directory);
        let Some((open, _)) = open else {
            return Leave::Yes(None);
        };
        let snapshot = open.snapshot();
        let Some((policy, hold)) = self.holder(&snapshot, user) else {
            return Leave::Yes(None);
        };
        let guard = Arc::clone(&self.returning).lock_owned().await;
        let whom = (directory.clone(), user.clone());
        let Some(limit) = self.limit_reached(&policy).await else {
            self.refusals.forget(&whom);
            return Leave::Yes(Some(guard));
        };
        drop(guard);
        let seats = policy
            .seats
            .as_ref()
            .map(|seats| (&seats.group, &seats.application));
        let of = seats.map_or_else(String::new, |(group, application)| {
            format!(" of group `{group}` in `{application}`")
        });
        let reason = format!(
            "came back, but all {limit} seats{of} are taken; hint: raise `seats.limit` or free a seat"
        );
        let now = self.parts.clock.now();
        if self.refusals.note(whom, now, &reason) {
            self.tell_refusal(&policy, open, (user, &hold), &reason).await;
        }
        Leave::NoSeat
    }

    /// The last return of a user that was refused, if this process remembers one.
    pub fn refused_return(&self, directory: &DirectoryId, user: &ExternalId) -> Option<RefusedReturn> {
        self.refusals.of(&(directory.clone(), user.clone()))
    }

    /// The policy that holds somebody who would take one of the seats that it counts.
    fn holder(&self, snapshot: &Snapshot, user: &ExternalId) -> Option<(Arc<Policy>, Arc<Hold>)> {
        let id = snapshot.user_id(user)?;
        let hold = snapshot.live_user(id)?.hold.as_ref()?;
        let policy = self
            .policies()
            .find(|policy| hold.policy.as_deref() == Some(&*policy.name))?;
        let group = &policy.seats.as_ref()?.group;
        below(snapshot, id, &fold(group.trim())).then(|| (Arc::clone(policy), Arc::clone(hold)))
    }

    async fn tell_refusal(
        &self,
        policy: &Policy,
        directory: &Directory,
        (user, hold): (&ExternalId, &Hold),
        reason: &str,
    ) {
        let snapshot = directory.snapshot();
        let row = snapshot.user_id(user).and_then(|id| snapshot.user(id));
        let known = row.filter(|_| !hold.anonymised);
        let subject = known.map_or_else(|| user.to_string(), |row| row.name.to_string());
        self.tell_return(policy, directory, (user, &subject, hold), reason)
            .await;
        let record = AuditRecord {
            at: self.parts.clock.now(),
            actor: "return".to_owned(),
            action: "return refused".to_owned(),
            subject,
            reason: reason.to_owned(),
            run: None,
        };
        let told = directory.edit(move |_| {
            let audit = vec![record];
            Ok::<_, ()>((
                Edit {
                    audit,
                    ..Edit::default()
                },
                (),
            ))
        });
        if told.await.is_err() {
            tracing::warn!(directory = %directory.id(), %user, "a refused return could not be written to the audit trail");
        }
    }
}

/// Whether a user is in a group, also through groups in groups; what a hold hides counts.
fn below(snapshot: &Snapshot, user: UserId, group: &str) -> bool {
    let Some(wanted) = snapshot.group_named(group).map(|row| row.id.0) else {
        return false;
    };
    let (mut open, mut visited) = (snapshot.groups_of(user).to_vec(), HashSet::new());
    while let Some(group) = open.pop() {
        if group == wanted {
            return true;
        }
        if visited.insert(group) {
            open.extend_from_slice(snapshot.parents_of(crate::model::GroupId(group)));
        }
    }
    false
}
