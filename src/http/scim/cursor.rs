//! Cursors of RFC 9865: places in a walk, which nobody can forge and which grant nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::protocol::scim::{Query, ScimError, ScimType};

/// How long a walk may rest.
pub(super) const LIVES: u64 = 3600;
const PAYLOAD: usize = 8 + 8 + 8 + 16;
const MAC: usize = 16;

/// A random key of this process: a walk does not outlive it.
pub(super) struct CursorKey([u8; 32]);

/// Where a walk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// How many were shown, or the row after which it goes on; whoever asks knows which.
    pub(super) after: u64,
    /// The size of its pages.
    pub(super) count: u64,
}

/// What a walk is about: a cursor is good for the same question by the same client only.
pub(super) struct Walk<'w> {
    pub(super) actor: &'w str,
    pub(super) endpoint: &'w str,
    pub(super) query: &'w Query,
}

impl CursorKey {
    pub(super) fn random() -> Self {
        let mut key = [0; 32];
        if let Err(error) = getrandom::fill(&mut key) {
            // Cursors can then be forged; they grant nothing that the token does not.
            tracing::warn!(%error, "no randomness for the key of cursors");
        }
        Self(key)
    }

    pub(super) fn write(&self, walk: &Walk<'_>, place: Place, now: i64) -> String {
        let mut bytes = Vec::with_capacity(PAYLOAD + MAC);
        bytes.extend(now.to_be_bytes());
        bytes.extend(place.after.to_be_bytes());
        bytes.extend(place.count.to_be_bytes());
        bytes.extend(walk.hash());
        let mac = self.mac(&bytes);
        bytes.extend(mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where the walk goes on; `count` is the page size that is asked for now, if any.
    pub(super) fn read(
        &self,
        walk: &Walk<'_>,
        cursor: &str,
        count: Option<usize>,
        now: i64,
    ) -> Result<Place, ScimError> {
        let invalid = || {
            let detail = "the cursor is none of this question; hint: begin again with an empty one";
            ScimError::new(ScimType::InvalidCursor, detail)
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (payload, mac) = bytes.split_at_checked(PAYLOAD).ok_or_else(invalid)?;
        if !bool::from(self.mac(payload).ct_eq(mac)) || payload[24..] != walk.hash() {
            return Err(invalid());
        }
        let number = |at: usize| {
            let bytes = payload[at..at + 8].try_into().expect("eight bytes are eight");
            u64::from_be_bytes(bytes)
        };
        let written = i64::from_be_bytes(payload[..8].try_into().expect("eight bytes are eight"));
        if now.saturating_sub(written) > i64::try_from(LIVES * 1000).unwrap_or(i64::MAX) {
            let detail = "the cursor is too old; hint: begin again with an empty one";
            return Err(ScimError::new(ScimType::ExpiredCursor, detail));
        }
        let place = Place {
            after: number(8),
            count: number(16),
        };
        if count.is_some_and(|count| count as u64 != place.count) {
            let detail = "`count` changed in the middle of a walk; hint: keep it, or begin again";
            return Err(ScimError::new(ScimType::InvalidCount, detail));
        }
        Ok(place)
    }

    /// Keyed twice, so that nothing can be appended (RFC 2104's reason).
    fn mac(&self, payload: &[u8]) -> [u8; MAC] {
        let inner = Sha256::new()
            .chain_update(self.0)
            .chain_update(payload)
            .finalize();
        let outer = Sha256::new().chain_update(self.0).chain_update(inner).finalize();
        outer[..MAC].try_into().expect("a digest has more bytes")
    }
}

impl Walk<'_> {
    fn hash(&self) -> [u8; 16] {
        let query = self.query;
        let mut hash = Sha256::new();
        let texts = [self.actor, self.endpoint];
        let asked = [&query.filter, &query.sort_by].map(|text| text.as_deref().unwrap_or_default());
        for text in texts.into_iter().chain(asked) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        for names in [&query.attributes, &query.excluded] {
            hash.update((names.len() as u64).to_be_bytes());
            for name in names {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name);
            }
        }
        hash.update([u8::from(query.descending)]);
        hash.finalize()[..16].try_into().expect("a digest has more bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_walk_only() {
        let key = CursorKey::random();
        let (query, other) = (
            Query::default(),
            Query {
                filter: Some("active eq true".to_owned()),
                ..Query::default()
            },
        );
        let walk = |query| Walk {
            actor: "okta",
            endpoint: "Users",
            query,
        };
        let place = Place { after: 7, count: 100 };
        let cursor = key.write(&walk(&query), place, 1000);
        assert!(
            cursor
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        );
        assert_eq!(key.read(&walk(&query), &cursor, None, 2000), Ok(place));
        assert_eq!(key.read(&walk(&query), &cursor, Some(100), 2000), Ok(place));
        let why = |walk, cursor: &str, count, now| key.read(&walk, cursor, count, now).unwrap_err().kind;
        assert_eq!(why(walk(&query), &cursor, Some(99), 2000), ScimType::InvalidCount);
        assert_eq!(why(walk(&other), &cursor, None, 2000), ScimType::InvalidCursor);
        assert_eq!(
            why(walk(&query), &cursor[1..], None, 2000),
            ScimType::InvalidCursor
        );
        assert_eq!(why(walk(&query), "", None, 2000), ScimType::InvalidCursor);
        assert_eq!(
            why(walk(&query), &cursor, None, 4_000_000),
            ScimType::ExpiredCursor
        );
        let mut stranger = walk(&query);
        stranger.actor = "entra";
        assert_eq!(why(stranger, &cursor, None, 2000), ScimType::InvalidCursor);
        let foreign = CursorKey::random().write(&walk(&query), place, 1000);
        assert_eq!(why(walk(&query), &foreign, None, 2000), ScimType::InvalidCursor);
    }
}
