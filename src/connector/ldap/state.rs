//! Whether an account is one that may be used: disabled, at its end, locked for ever.
//!
//! A lock after wrong passwords ends by itself: it takes nobody's access away here.

use super::config::Flavour;
use crate::protocol::ldap::{Entry, value};

/// Disabled, in `userAccountControl`.
const DISABLED: i64 = 2;
/// Locked by an administrator for ever, in `pwdAccountLockedTime` (draft-behera-ldap-password-policy §5.3.3).
const FOR_EVER: &str = "000001010000Z";
/// The milliseconds of a day, in which `shadowExpire` counts from 1970.
const DAY: i64 = 86_400_000;

/// What says so, by kind of server.
pub(super) fn names(flavour: Flavour) -> &'static [&'static str] {
    match flavour {
        Flavour::Ad => &["userAccountControl", "accountExpires"],
        Flavour::OpenLdap => &["pwdAccountLockedTime", "nsAccountLock", "shadowExpire"],
    }
}

/// Whether the account may be used at this moment, milliseconds since 1970. What is unreadable takes nothing away.
pub(super) fn is_active(flavour: Flavour, entry: &Entry, now: i64) -> bool {
    let number = |name: &str| entry.text(name)?.trim().parse::<i64>().ok();
    match flavour {
        Flavour::Ad => {
            let enabled = number("userAccountControl").is_none_or(|flags| flags & DISABLED == 0);
            // Zero and the largest number are never.
            let end = entry.text("accountExpires").and_then(value::file_time);
            enabled && end.is_none_or(|end| now < end)
        }
        Flavour::OpenLdap => {
            let locked = entry.text("pwdAccountLockedTime") == Some(FOR_EVER);
            let off = entry
                .text("nsAccountLock")
                .is_some_and(|locked| locked.eq_ignore_ascii_case("true"));
            // From that day on; below zero is never (shadow(5)).
            let end = number("shadowExpire").filter(|day| *day >= 0);
            let over = end.is_some_and(|day| now >= day.saturating_mul(DAY));
            !locked && !off && !over
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, value: &str) -> Entry {
        Entry {
            dn: "uid=ada,dc=x".to_owned(),
            attributes: vec![(name.to_owned(), vec![value.as_bytes().to_vec()])],
        }
    }

    #[test]
    fn who_is_disabled_is_inactive_and_who_mistyped_is_not() {
        let ad = |flags: &str| is_active(Flavour::Ad, &entry("userAccountControl", flags), 0);
        assert!(ad("512") && ad("66048") && ad("what") && !ad("514") && !ad("66050"));
        let locked =
            |when: &str| !is_active(Flavour::OpenLdap, &entry("pwdAccountLockedTime", when), i64::MAX);
        assert!(locked("000001010000Z") && !locked("20261125093000Z"));
        let off = |text: &str| !is_active(Flavour::OpenLdap, &entry("nsAccountLock", text), 0);
        assert!(off("TRUE") && off("true") && !off("FALSE") && !off(""));
    }

    #[test]
    fn an_account_has_an_end_and_most_have_none() {
        // 2026-11-25T00:00:00Z, as file time and in days.
        let (moment, ticks, day) = (1_795_564_800_000, "134400384000000000", "20782");
        let ad = |ends: &str, now| is_active(Flavour::Ad, &entry("accountExpires", ends), now);
        assert!(ad(ticks, moment - 1) && !ad(ticks, moment));
        for never in ["0", "9223372036854775807", "", "soon"] {
            assert!(ad(never, i64::MAX), "{never}");
        }
        let shadow = |ends: &str, now| is_active(Flavour::OpenLdap, &entry("shadowExpire", ends), now);
        assert!(shadow(day, moment - 1) && !shadow(day, moment));
        assert!(shadow("-1", i64::MAX) && shadow("", i64::MAX) && !shadow("0", 1));
    }
}
