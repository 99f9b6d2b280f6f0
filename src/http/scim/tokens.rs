//! When tokens were used last, and when they end.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use super::gate::Known;
use super::realm::Realm;
use crate::clock::rfc3339;
use crate::model::commit::EntryWrite;

/// The space of the entries: one for each token, under directory and name.
const SPACE: &str = "scim-token";
/// How old a written last use may be, in milliseconds: a busy token is not one write per request.
const GATHERED: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// How many days before its end a token is told of.
const WARNED: i64 = 14;

/// What is remembered of a token, in milliseconds since 1970; 0: never.
#[derive(Default)]
pub(super) struct Uses {
    last: AtomicI64,
    written: AtomicI64,
    warned: AtomicI64,
}

impl Uses {
    /// Takes note of a use; answers whether it is to be written down.
    fn note(&self, now: i64) -> bool {
        self.last.fetch_max(now, Ordering::Relaxed);
        let written = self.written.load(Ordering::Relaxed);
        let is_due = written == 0 || now - written >= GATHERED;
        // Of many requests at once one writes.
        is_due
            && self
                .written
                .compare_exchange(written, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Whether somebody should be told that the token ends at `end`: once a day.
    fn warns(&self, end: i64, now: i64) -> bool {
        if end - now > WARNED * DAY {
            return false;
        }
        let warned = self.warned.load(Ordering::Relaxed);
        let is_due = warned == 0 || now - warned >= DAY;
        is_due
            && self
                .warned
                .compare_exchange(warned, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Known {
    fn warn(&self, realm: &Realm, now: i64) {
        let Some(end) = self.ends_at.filter(|end| self.uses.warns(*end, now)) else {
            return;
        };
        let (token, directory) = (&self.name, realm.directory.id());
        if end <= now {
            tracing::warn!(%token, %directory, "token `{token}` of `{directory}` is expired; hint: take it out of `tokens`");
            return;
        }
        let days = (end - now) / DAY;
        tracing::warn!(
            %token, %directory, days,
            "token `{token}` of `{directory}` ends in {days} days; hint: add a second one, change the identity provider, then take this one out"
        );
    }

    fn told(&self, now: i64) -> Value {
        let last = self.uses.last.load(Ordering::Relaxed);
        json!({
            "name": &*self.name,
            "expires": self.ends_at.map(rfc3339),
            "expired": self.ends_at.is_some_and(|end| end <= now),
            "expires_soon": self.ends_at.is_some_and(|end| end > now && end - now <= WARNED * DAY),
            "last_used": (last > 0).then(|| rfc3339(last)),
        })
    }
}

impl Realm {
    /// The tokens, for operators.
    pub fn tokens(&self) -> Value {
        let now = self.clock.now();
        self.gate.known().iter().map(|known| known.told(now)).collect()
    }

    /// Reads when the tokens were used last, and tells of those that end soon.
    pub async fn remember(&self) {
        let now = self.clock.now();
        for known in self.gate.known() {
            let entry = self.directory.store().entry(SPACE, &self.key(known), now).await;
            let text = entry.ok().flatten().map(|entry| entry.value);
            let last = text.and_then(|value| String::from_utf8(value).ok()?.parse().ok());
            known.uses.last.fetch_max(last.unwrap_or(0), Ordering::Relaxed);
            known.warn(self, now);
        }
    }

    /// Takes note of a token's use.
    pub(super) async fn used(&self, name: &str) {
        let now = self.clock.now();
        let Some(known) = self.gate.known().iter().find(|known| *known.name == *name) else {
            return;
        };
        known.warn(self, now);
        if !known.uses.note(now) {
            return;
        }
        let write = EntryWrite {
            space: SPACE.to_owned(),
            key: self.key(known),
            value: Some(now.to_string().into_bytes()),
            expires_at: None,
            expect: None,
        };
        if let Err(error) = self.directory.note(write).await {
            // After a restart an older use is told; nothing depends on it.
            tracing::warn!(code = error.code(), %error, "the last use of a token was not written down");
        }
    }

    fn key(&self, known: &Known) -> String {
        format!("{}/{}", self.directory.id(), known.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_token_is_written_down_once_a_minute() {
        let uses = Uses::default();
        let notes = [1_000, 1_001, 30_000, 60_999, 61_000, 61_001];
        let written = notes.map(|now| uses.note(now));
        assert_eq!(written, [true, false, false, false, true, false]);
        assert_eq!(uses.last.load(Ordering::Relaxed), 61_001);
    }

    #[test]
    fn a_token_that_ends_is_told_of_once_a_day_for_a_fortnight() {
        let (uses, end) = (Uses::default(), 100 * DAY);
        let told = [
            10 * DAY,
            86 * DAY - 1,
            86 * DAY,
            86 * DAY + 1,
            87 * DAY,
            101 * DAY,
        ];
        assert_eq!(
            told.map(|now| uses.warns(end, now)),
            [false, false, true, false, true, true]
        );
    }
}
