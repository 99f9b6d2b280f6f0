//! A session that was presented with other factors than its own: remembered, logged.

use super::explained::{Difference, Explained, Living};
use super::factors::{Address, Factors};
use super::record::Record;
use super::sessions::Sessions;

/// A session that is presented wrongly again and again is logged once in so many milliseconds.
const LOGGED_EVERY: i64 = 60_000;

impl Sessions {
    /// What an operator may know of the session of a token or an id.
    pub fn explain(&self, text: &str) -> Option<Explained> {
        let book = self.book();
        let kept = match book.find(text)? {
            Ok(kept) => kept,
            Err(ended) => return Some(Explained::Ended(ended.clone())),
        };
        let record = &kept.record;
        Some(Explained::Living(Living {
            id: record.id.clone(),
            directory: record.directory.clone(),
            user: self.name(record),
            application: record.application.clone(),
            created_at: record.created_at,
            used_at: record.used_at,
            expires_at: record.expires_at(),
            factors: record.factors.clone(),
            difference: kept.difference.clone(),
        }))
    }

    fn name(&self, record: &Record) -> String {
        let snapshot = self
            .directories
            .get(&record.directory)
            .map(|directory| directory.snapshot());
        let row = snapshot
            .as_ref()
            .and_then(|snapshot| snapshot.user(snapshot.user_id(&record.user)?));
        row.map_or_else(String::new, |row| row.name.as_ref().to_owned())
    }

    pub(super) fn differs(
        &self,
        record: &Record,
        told: Option<Difference>,
        factors: &Factors,
        application: &str,
    ) -> Difference {
        let now = self.clock.now();
        let times = told.as_ref().map_or(0, |told| told.times);
        let difference = Difference {
            times: times + 1,
            at: now,
            application: application.to_owned(),
            address: factors.address.clone(),
            others: !record.factors.same(factors, false),
        };
        if told.is_none_or(|told| now - told.at >= LOGGED_EVERY || times == 0) {
            log(record, &difference);
        }
        difference
    }
}

/// Addresses stand in the log here: without both of them nobody finds the proxy that is to blame.
fn log(record: &Record, difference: &Difference) {
    let (id, application) = (&record.id, &difference.application);
    let shown =
        |address: Option<&Address>| address.map_or_else(|| "no address".to_owned(), ToString::to_string);
    let (own, given) = (
        shown(record.factors.address.as_ref()),
        shown(difference.address.as_ref()),
    );
    let others = if difference.others {
        ", and another factor differs"
    } else {
        ""
    };
    tracing::warn!(
        session = id,
        application,
        "session `{id}` belongs to {own}, application `{application}` presents it from {given}{others}; \
         hint: name the proxies between in `crowd.trusted_proxies`, see `throng explain session {id}`"
    );
}
