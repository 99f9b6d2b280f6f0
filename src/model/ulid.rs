//! The ids of runs and plans: sortable by time, unguessable at the end.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Crockford's alphabet: no `I`, `L`, `O`, `U`.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits a character.
const LENGTH: usize = 26;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of a run.
    RunId
}
id! {
    /// The id of a plan.
    PlanId
}

/// Makes ids (ULIDs): 48 bits of milliseconds, then randomness; within one millisecond the last one plus one.
#[derive(Debug, Default)]
pub struct Ids(Mutex<u128>);

impl Ids {
    /// The next one.
    pub fn next(&self, now: i64) -> String {
        let mut random = [0; 16];
        if let Err(error) = getrandom::fill(&mut random) {
            tracing::warn!(%error, "no randomness for an id"); // still unique: counted on
        }
        let millis = u128::try_from(now).unwrap_or(0);
        let fresh = (millis << 80) | (u128::from_le_bytes(random) >> 48);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if fresh >> 80 > *last >> 80 {
            fresh
        } else {
            *last + 1
        };
        encode(*last)
    }
}

fn encode(mut value: u128) -> String {
    let mut text = [b'0'; LENGTH];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    text.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_with_time_and_within_a_millisecond() {
        let ids = Ids::default();
        let made: Vec<String> = [5, 5, 4, 6].into_iter().map(|now| ids.next(now)).collect();
        assert!(made.is_sorted_by(|left, right| left < right), "{made:?}");
        assert!(made.iter().all(|id| id.len() == LENGTH));
    }
}
