//! Lockout: after repeated wrong passwords an account takes none for a while.
//!
//! Counted per user and directory, in memory: whoever can restart the process needs no password. What fails before a user's
//! own password is looked at (an application's password, a foreign address) is never counted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{DirectoryId, UserId};

/// Wrong passwords after which an account is locked.
pub const ATTEMPTS: u32 = 10;
/// Milliseconds after the last wrong password in which it counts, and in which the lock holds.
pub const WINDOW: i64 = 15 * 60 * 1000;
/// Accounts that are counted at once.
const ACCOUNTS: usize = 100_000;

/// Who has failed how often.
#[derive(Debug, Default)]
pub struct Lockout(Mutex<HashMap<(DirectoryId, UserId), Failures>>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: i64,
}

impl Failures {
    fn counts(self, now: i64) -> bool {
        now - self.last < WINDOW
    }
}

impl Lockout {
    /// Whether the account takes no password now. Attempts meanwhile do not prolong it.
    pub fn locked(&self, directory: &DirectoryId, user: UserId, now: i64) -> bool {
        let failures = self.failures().get(&(directory.clone(), user)).copied();
        failures.is_some_and(|failures| failures.counts(now) && failures.count >= ATTEMPTS)
    }

    /// Counts a wrong password. Answers whether it locks the account.
    pub fn failed(&self, directory: &DirectoryId, user: UserId, now: i64) -> bool {
        let mut all = self.failures();
        if all.len() >= ACCOUNTS {
            all.retain(|_, failures| failures.counts(now));
        }
        let entry = all.entry((directory.clone(), user));
        let failures = entry.or_insert(Failures { count: 0, last: now });
        if !failures.counts(now) {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        failures.count == ATTEMPTS
    }

    /// Forgets what was counted: the right password came, or a new one was set.
    pub fn forget(&self, directory: &DirectoryId, user: UserId) {
        self.failures().remove(&(directory.clone(), user));
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<(DirectoryId, UserId), Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_passwords_lock_one_account_for_a_quarter_of_an_hour() {
        let lockout = Lockout::default();
        let (corp, ann, bob) = (DirectoryId::from("corp"), UserId(1), UserId(2));
        let locks: Vec<bool> = (0..10).map(|at| lockout.failed(&corp, ann, at)).collect();
        assert_eq!(locks.iter().filter(|locks| **locks).count(), 1);
        assert!(locks[9]);
        assert!(lockout.locked(&corp, ann, 9 + WINDOW - 1));
        assert!(!lockout.locked(&corp, bob, 9) && !lockout.locked(&"other".into(), ann, 9));
        assert!(!lockout.locked(&corp, ann, 9 + WINDOW));
        // Afterwards it is counted anew.
        assert!(!lockout.failed(&corp, ann, 9 + WINDOW));
        assert!(!lockout.locked(&corp, ann, 9 + WINDOW));
    }

    #[test]
    fn the_right_password_ends_the_count() {
        let lockout = Lockout::default();
        let corp = DirectoryId::from("corp");
        for at in 0..9 {
            lockout.failed(&corp, UserId(1), at);
        }
        lockout.forget(&corp, UserId(1));
        assert!(!lockout.failed(&corp, UserId(1), 10));
        assert!(!lockout.locked(&corp, UserId(1), 10));
    }
}
