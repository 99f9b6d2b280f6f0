//! Notices: what the receivers of a policy are told of a run, or of a return that was refused: as one JSON document, and by mail.
//!
//! Nothing here waits for the receiver: a notice is written with what it tells of, the outbox delivers it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cleaner::Cleaner;
use super::pack::{PackBody, PackRow};
use super::policy::{Policy, hex};
use super::run::{CleanupRun, RunState};
use super::why::Verdict;
use crate::clock::rfc3339;
use crate::directory::Directory;
use crate::model::commit::EntryWrite;
use crate::model::plan::Counts;
use crate::model::{ExternalId, Hold};
use crate::notify::{self, Letter, Mail};
use crate::store::api::Durability;

/// So many users are told of one by one; the evidence pack has all.
const MOST_USERS: usize = 1_000;

/// Whom a run is about, as far as a notice tells of them, and how many more there are.
#[derive(Default)]
pub(super) struct Concerned(Vec<PackRow>, usize);

impl Concerned {
    pub(super) fn of(body: &PackBody) -> Self {
        let acts = |row: &&PackRow| !matches!(row.decision, Verdict::Keep | Verdict::Wait);
        let all = body.users.iter().filter(acts);
        let told: Vec<_> = all.clone().take(MOST_USERS).cloned().collect();
        let more = all.count() - told.len();
        Self(told, more)
    }
}

impl Cleaner {
    /// What is told of a run that ended, each with the entry to be written beside the run's.
    pub(super) fn notices(
        &self,
        policy: &Policy,
        run: &CleanupRun,
        concerned: Concerned,
    ) -> Vec<(Letter, EntryWrite)> {
        if !is_news(policy, run) {
            return Vec::new();
        }
        // A plan that still waits is the same news the next day.
        let held = run.plan.as_ref().filter(|_| run.state == RunState::Held);
        let id = held.map_or_else(|| format!("run-{}", run.id), |plan| format!("plan-{plan}"));
        let Concerned(users, more) = concerned;
        let event = if held.is_some() {
            "cleanup.plan-held"
        } else {
            "cleanup.run"
        };
        let mut told = self.mails(policy, (&id, event), || policy.words.report(run, &users, more));
        let pack = run
            .pack
            .as_ref()
            .map(|_| format!("/api/v1/cleanup/{}/runs/{}/pack", policy.name, run.id));
        let more = json!({ "run": run, "pack": pack, "users": users, "users_left_out": more });
        told.extend(self.letter(policy, (&id, event), &more));
        told
    }

    /// One mail to each administrator.
    fn mails(
        &self,
        policy: &Policy,
        (id, event): (&str, &str),
        mail: impl FnOnce() -> Mail,
    ) -> Vec<(Letter, EntryWrite)> {
        if policy.administrators.is_empty() {
            return Vec::new();
        }
        let mail = mail();
        let to = policy.administrators.iter().filter_map(|to| {
            let id = notify::id_for(id, to);
            let to = to.trim().to_owned();
            let mail = || Mail { to, ..mail.clone() };
            self.parts.outbox.mail((&id, event), mail)
        });
        to.collect()
    }

    /// Tells of a return that was refused, once for each hold and day.
    pub(super) async fn tell_return(
        &self,
        policy: &Policy,
        directory: &Directory,
        (user, name, hold): (&ExternalId, &str, &Hold),
        reason: &str,
    ) {
        let now = self.parts.clock.now();
        let of = format!(
            "{}\0{user}\0{}\0{}",
            directory.id(),
            hold.since,
            now.div_euclid(86_400_000)
        );
        let id = format!("return-{}", &hex(&Sha256::digest(of.as_bytes()))[..32]);
        let more =
            json!({ "directory": directory.id(), "user": name, "external_id": user, "reason": reason });
        let event = (&*id, "cleanup.return-refused");
        let mut told = self.mails(policy, event, || {
            policy
                .words
                .refused_return(&policy.name, directory.id().as_str(), name, reason)
        });
        told.extend(self.letter(policy, event, &more));
        let (letters, entries): (Vec<_>, Vec<_>) = told.into_iter().unzip();
        if entries.is_empty() {
            return;
        }
        match self.parts.store.put_entries(entries, Durability::Now).await {
            Ok(()) => letters
                .into_iter()
                .for_each(|letter| self.parts.outbox.take(letter)),
            Err(error) => tracing::warn!(id, code = error.code(), %error, "a notice was not written down"),
        }
    }

    fn letter(
        &self,
        policy: &Policy,
        (id, event): (&str, &str),
        more: &Value,
    ) -> Option<(Letter, EntryWrite)> {
        let at = rfc3339(self.parts.clock.now());
        self.parts.outbox.letter(&policy.name, (id, event), || {
            let mut document = json!({ "id": id, "event": event, "at": at, "policy": &*policy.name });
            for (key, value) in more.as_object().into_iter().flatten() {
                document[key] = value.clone();
            }
            document.to_string()
        })
    }
}

/// Whether a run is worth telling of: reports only where the policy asks for it, dry runs never.
fn is_news(policy: &Policy, run: &CleanupRun) -> bool {
    if run.dry_run {
        return false;
    }
    if run.report.is_some() {
        return policy.tells_reports;
    }
    let staged = run
        .verdicts
        .get(Verdict::Stage.name())
        .is_some_and(|count| *count > 0);
    let told = run.warned + run.withdrawn > 0;
    let idle = run.counts == Counts::default() && run.refused.is_empty() && !staged && !told;
    !idle || run.kind == "approve" || run.state != RunState::Succeeded
}
