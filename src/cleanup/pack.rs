//! The evidence pack of a run: the policy's text, the evidence, each user's facts and decision, who approved.
//!
//! Packs of a policy are chained: each has the hash of the one before it, and the audit trail has each hash.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::cleaner::Parts;
use super::lanes::Health;
use super::planner::Decision;
use super::policy::{Policy, hex};
use super::run::CleanupRun;
use super::why::Verdict;
use crate::clock::rfc3339;
use crate::model::DirectoryId;
use crate::model::commit::EntryWrite;
use crate::model::ulid::RunId;
use crate::store;
use crate::store::json::{read, write};

/// The space of the store's entries.
pub(super) const PACKS: &str = "cleanup-pack";
/// How long the pack of a run that did or asked for something is kept; of others a week.
const KEEP: i64 = 400 * 86_400_000;
const KEEP_IDLE: i64 = 7 * 86_400_000;

/// One user in a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRow {
    /// The directory.
    pub directory: DirectoryId,
    /// The username.
    pub user: String,
    /// The user's id at the source.
    pub external_id: String,
    /// What was decided.
    pub decision: Verdict,
    /// Why, as a sentence.
    pub reason: String,
    /// When it was last seen, RFC 3339, if ever.
    pub last_seen: Option<String>,
    /// The lane that saw it.
    pub lane: Option<String>,
    /// When the account was created, RFC 3339.
    pub created: String,
}

/// The evidence of one directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackPlace {
    /// The directory.
    pub directory: DirectoryId,
    /// Its lanes.
    pub lanes: Vec<Health>,
    /// Why nobody there could be called inactive.
    pub unreliable: Option<String>,
}

/// What is hashed of a pack.
#[derive(Debug, Serialize, Deserialize)]
pub struct PackBody {
    /// The policy with all defaults, as it was.
    pub policy: Box<RawValue>,
    /// The run.
    pub run: CleanupRun,
    /// The evidence.
    pub evidence: Vec<PackPlace>,
    /// Who approved what was done, if anybody had to.
    pub approved_by: Option<String>,
    /// Whom the approval left out.
    pub except: Vec<String>,
    /// The hash of the policy's pack before this one.
    pub previous: Option<String>,
    /// Each user.
    pub users: Vec<PackRow>,
}

/// A pack with its hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pack {
    /// SHA-256 of `body`, byte by byte as it stands.
    pub sha256: String,
    /// The rest.
    pub body: Box<RawValue>,
}

impl PackRow {
    /// Of a decision.
    pub(super) fn of(decision: &Decision, directories: &[DirectoryId]) -> Self {
        Self {
            directory: directories
                .get(decision.directory)
                .cloned()
                .unwrap_or_else(|| "".into()),
            user: decision.name.to_string(),
            external_id: decision.user.to_string(),
            decision: decision.verdict,
            reason: decision.why.to_string(),
            last_seen: decision.seen.map(|(at, _)| rfc3339(at)),
            lane: decision.seen.map(|(_, lane)| lane.name().to_owned()),
            created: rfc3339(decision.created_at),
        }
    }
}

impl Pack {
    /// Closes a pack.
    pub(super) fn seal(body: &PackBody) -> Self {
        let text = serde_json::to_string(body).expect("a pack has string keys only");
        Self {
            sha256: hex(&Sha256::digest(text.as_bytes())),
            body: RawValue::from_string(text).expect("it has just been written as JSON"),
        }
    }

    /// The policy's text as it goes into a pack.
    pub(super) fn policy_text(policy: &Policy) -> Box<RawValue> {
        RawValue::from_string(policy.text.to_string()).expect("a policy's text is JSON")
    }

    /// What is written of it.
    pub(super) fn entry(&self, run: &CleanupRun, now: i64) -> EntryWrite {
        let idle = run.plan.is_none()
            && (run.report.is_some()
                || run.counts == crate::model::plan::Counts::default() && run.warned == 0);
        let keep = if idle { KEEP_IDLE } else { KEEP };
        write(PACKS, run.id.as_str(), self, Some(now.saturating_add(keep)))
    }

    /// Reads the pack of a run.
    pub(super) async fn read(parts: &Parts, run: &RunId) -> store::Result<Option<Self>> {
        let entry = parts.store.entry(PACKS, run.as_str(), parts.clock.now()).await?;
        Ok(entry.and_then(|entry| read(PACKS, &entry.key, &entry.value)))
    }

    /// Its content.
    ///
    /// # Errors
    /// When it was written by another version.
    pub fn open(&self) -> Result<PackBody, serde_json::Error> {
        serde_json::from_str(self.body.get())
    }
}

/// The users of a pack as CSV. What a spreadsheet would take for a formula begins with a quote.
pub fn csv(body: &PackBody) -> String {
    let mut text = "directory,user,external_id,decision,reason,last_seen,lane,created\r\n".to_owned();
    for row in &body.users {
        let cells = [
            row.directory.as_str(),
            &row.user,
            &row.external_id,
            row.decision.name(),
            &row.reason,
            row.last_seen.as_deref().unwrap_or_default(),
            row.lane.as_deref().unwrap_or_default(),
            &row.created,
        ];
        line(&mut text, &cells);
    }
    text
}

/// One line of CSV (RFC 4180).
pub(super) fn line(text: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            "'"
        } else {
            ""
        };
        write!(text, "\"{guard}{}\"", cell.replace('"', "\"\""))
            .expect("a string takes what is written to it");
    }
    text.push_str("\r\n");
}

/// A pack as a page to print.
pub fn html(pack: &Pack, body: &PackBody) -> String {
    let run = &body.run;
    let at = |at: Option<i64>| at.map_or_else(|| "-".to_owned(), rfc3339);
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Cleanup {policy}: run {id}</title>\
         <style>body{{font:12px sans-serif}}table{{border-collapse:collapse}}td,th{{border:1px solid #999;padding:2px 6px;text-align:left}}</style>\
         <h1>Cleanup policy <q>{policy}</q>, run {id}</h1>\
         <p>Begun {started}, ended {finished}, asked for by {by}; approved by {approved}.</p>\
         <p>SHA-256 of this evidence: <code>{sha}</code>; of the evidence before it: <code>{previous}</code>.</p>\
         <h2>Policy</h2><pre>{text}</pre><h2>Evidence</h2><ul>",
        policy = escape(&run.policy),
        id = escape(run.id.as_str()),
        started = at(run.started),
        finished = at(run.finished),
        by = escape(&run.by),
        approved = escape(body.approved_by.as_deref().unwrap_or("nobody")),
        sha = escape(&pack.sha256),
        previous = escape(body.previous.as_deref().unwrap_or("none")),
        text = escape(body.policy.get()),
    );
    for place in &body.evidence {
        let state = place.unreliable.as_deref().unwrap_or("reliable");
        let (directory, state) = (escape(place.directory.as_str()), escape(state));
        write!(page, "<li>{directory}: {state}</li>").expect("a string takes what is written to it");
    }
    page.push_str("</ul><h2>Users</h2><table><tr><th>Directory<th>User<th>Id<th>Decision<th>Reason<th>Last seen<th>Created</tr>");
    for row in &body.users {
        let cells = [
            row.directory.as_str(),
            &row.user,
            &row.external_id,
            row.decision.name(),
            &row.reason,
            row.last_seen.as_deref().unwrap_or("never"),
            &row.created,
        ];
        page.push_str("<tr>");
        for cell in cells {
            page.push_str("<td>");
            page.push_str(&escape(cell));
        }
        page.push_str("</tr>");
    }
    page.push_str("</table></html>");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell_and_no_formula() {
        let mut text = String::new();
        line(&mut text, &["a,b", "say \"hi\"\n", "=1+1", ""]);
        assert_eq!(text, "\"a,b\",\"say \"\"hi\"\"\n\",\"'=1+1\",\"\"\r\n");
        assert_eq!(escape("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
