//! When it is in a simulation: time that stands still but for edits, so that tests know it; or the machine's own.

use chrono::{DateTime, Utc};

use crate::clock::{Clock, SystemClock};

/// How time goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Time {
    /// It stands still, but each edit takes a minute.
    #[default]
    Still,
    /// It goes as the machine's does, `ahead` of that by so many milliseconds. Edits since `begun` are a second apart.
    Goes {
        /// Behind, where negative.
        ahead: i64,
        /// Milliseconds since 1970.
        begun: i64,
    },
}

impl Time {
    /// It goes from now on.
    pub(crate) fn going(ahead: i64) -> Self {
        Self::Goes {
            ahead,
            begun: SystemClock.now().saturating_add(ahead),
        }
    }

    /// When there had been so many edits. Time that stands still began `still` seconds after 1970.
    pub(crate) fn moment(self, edits: u64, still: i64) -> DateTime<Utc> {
        let edits = i64::try_from(edits).unwrap_or(0);
        let seconds = match self {
            Self::Still => still.saturating_add(edits.saturating_mul(60)),
            Self::Goes { begun, .. } => (begun / 1000).saturating_add(edits),
        };
        DateTime::from_timestamp(seconds, 0).unwrap_or_default()
    }

    /// The present, after so many edits.
    pub(crate) fn now(self, edits: u64, still: i64) -> DateTime<Utc> {
        let edited = self.moment(edits, still);
        match self {
            Self::Still => edited,
            Self::Goes { .. } => edited.max(self.machine()),
        }
    }

    /// The machine's time, ahead by as much as this is.
    pub(crate) fn machine(self) -> DateTime<Utc> {
        let ahead = match self {
            Self::Still => 0,
            Self::Goes { ahead, .. } => ahead,
        };
        DateTime::from_timestamp_millis(SystemClock.now().saturating_add(ahead)).unwrap_or_default()
    }
}

/// A moment as the header `Date` has it.
pub(crate) fn header(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_still_but_for_edits_or_goes_as_the_machine_does() {
        assert_eq!(Time::Still.now(2, 1000).timestamp(), 1120);
        let ahead = Time::going(3_600_000);
        let skew = ahead.now(0, 0).timestamp_millis() - SystemClock.now();
        assert!((3_590_000..3_610_000).contains(&skew), "{skew}");
        assert_eq!(
            ahead.moment(5, 0) - ahead.moment(0, 0),
            chrono::TimeDelta::seconds(5)
        );
        assert!(ahead.now(100_000, 0) >= ahead.moment(100_000, 0));
    }
}
