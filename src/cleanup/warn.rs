//! Warning: the mails that tell users of a hold to come, written with the memory of them and with the audit trail, or taken back.

use super::error::CleanupError;
use super::memory::warning_id;
use super::planner::{CleanupPlan, Decision};
use super::why::{Verdict, Why};
use super::words::Whom;
use super::work::{Work, holdings_key};
use crate::directory::{Edit, EditError};
use crate::model::commit::{AuditRecord, EntryWrite};
use crate::model::plan::Refused;
use crate::notify::{Letter, WARNING};
use crate::store::json::write;

/// What one directory's warnings come to.
#[derive(Default)]
struct Told {
    letters: Vec<Letter>,
    entries: Vec<EntryWrite>,
    audit: Vec<AuditRecord>,
    warned: u64,
    withdrawn: u64,
}

impl Work<'_> {
    /// Sends the warnings of a plan, and takes back those that are no longer so.
    pub(super) async fn warn(&mut self, plan: &CleanupPlan, now: i64) -> Result<(), CleanupError> {
        for at in 0..self.places.len() {
            let mut told = Told::default();
            let mut room = self.cleaner.parts.outbox.room();
            for decision in plan.decisions.iter().filter(|decision| decision.directory == at) {
                match decision.verdict {
                    Verdict::Withdraw => self.withdraw(at, decision, &mut told),
                    Verdict::Warn if room == 0 => self.run.refused.push(Refused {
                        what: decision.name.to_string(),
                        reason: "its warning waits: too many notices wait already".to_owned(),
                    }),
                    Verdict::Warn => {
                        room -= 1;
                        self.warn_one(at, decision, &mut told, now);
                    }
                    _ => {}
                }
            }
            self.write_warnings(at, told).await?;
        }
        Ok(())
    }

    fn warn_one(&mut self, at: usize, decision: &Decision, told: &mut Told, now: i64) {
        let Why::WarnedBefore(until) = decision.why else {
            return;
        };
        let placed = &mut self.places[at];
        let (snapshot, directory) = (&placed.taken.snapshot, placed.directory.id());
        let Some(row) = snapshot.user_id(&decision.user).and_then(|id| snapshot.user(id)) else {
            return;
        };
        let id = warning_id(&self.policy.name, directory, &decision.user, now);
        let whom = Whom {
            user: &row.name,
            display_name: &row.display_name,
            email: &row.email,
            directory: directory.as_str(),
            seen: decision.seen.map(|(seen, _)| seen),
        };
        let mail = || self.policy.words.warning(&self.policy.name, &whom, until, now);
        let Some((letter, entry)) = self.cleaner.parts.outbox.mail((&id, WARNING), mail) else {
            return;
        };
        told.letters.push(letter);
        told.entries.push(entry);
        told.warned += 1;
        placed.holdings.warn(&decision.user, now, until);
        let record = self.audit("user warned", &decision.name, decision.why.to_string());
        told.audit.push(record);
    }

    fn withdraw(&mut self, at: usize, decision: &Decision, told: &mut Told) {
        let placed = &mut self.places[at];
        let Some(written) = placed.holdings.withdraw(&decision.user) else {
            return;
        };
        let id = warning_id(&self.policy.name, placed.directory.id(), &decision.user, written);
        told.entries.extend(self.cleaner.parts.outbox.withdraw(&id));
        told.withdrawn += 1;
        let record = self.audit("warning withdrawn", &decision.name, decision.why.to_string());
        told.audit.push(record);
    }

    /// All of it in one commit: nobody is warned without a memory of it, nor remembered as warned without a letter.
    async fn write_warnings(&mut self, at: usize, told: Told) -> Result<(), CleanupError> {
        if told.audit.is_empty() {
            return Ok(());
        }
        let placed = &self.places[at];
        let mut edit = Edit {
            entries: told.entries,
            audit: told.audit,
            ..Edit::default()
        };
        let key = holdings_key(&self.policy.name, placed.directory.id());
        edit.entries
            .push(write(super::memory::HOLDINGS, &key, &placed.holdings, None));
        let written = placed.directory.edit(move |_| Ok::<_, ()>((edit, ()))).await;
        match written {
            Ok(_) => {}
            Err(EditError::Directory(error)) => return Err(error.into()),
            // An edit without changes is neither declined nor against a rule.
            Err(EditError::Declined(()) | EditError::Rules(_)) => return Ok(()),
        }
        told.letters
            .into_iter()
            .for_each(|letter| self.cleaner.parts.outbox.take(letter));
        self.run.warned += told.warned;
        self.run.withdrawn += told.withdrawn;
        Ok(())
    }
}
