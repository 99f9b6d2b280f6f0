//! The Clock seam: time as a parameter, so that tests can stop it.

mod busy;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

pub use busy::{Busy, Work};

/// Tells the time. One of the three seams.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970, UTC.
    fn now(&self) -> i64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> i64 {
        chrono::Utc::now().timestamp_millis()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct StoppedClock(AtomicI64);

impl StoppedClock {
    /// Stopped at `now` milliseconds since 1970.
    pub fn at(now: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now)))
    }

    /// Moves it on by `millis`.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A moment as RFC 3339 writes it, in UTC with milliseconds.
pub fn rfc3339(millis: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// The milliseconds since 1970 of a moment as RFC 3339 writes it, in whatever zone.
pub fn millis(text: &str) -> Option<i64> {
    let moment = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(moment.timestamp_millis())
}

/// A length of time as the configuration writes it: `90d`, `24h`, `15m`, `1h 30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl Span {
    /// In whole milliseconds, as the [`Clock`] counts.
    pub fn millis(self) -> i64 {
        i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX)
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = humantime::parse_duration(&text);
        parsed.map(Self).map_err(|error| {
            format!("`{text}` is no length of time ({error}); hint: write `15m`, `24h` or `90d`")
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not months: nobody who wrote `90d` knows `2months 29days` again.
        let (mut rest, mut gap) = (self.0.as_millis(), "");
        for (unit, name) in [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
            (1, "ms"),
        ] {
            let count = rest / unit;
            rest %= unit;
            if count > 0 {
                write!(f, "{gap}{count}{name}")?;
                gap = " ";
            }
        }
        if gap.is_empty() { f.write_str("0s") } else { Ok(()) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As the configuration writes it, in the largest unit of which it is a whole number.
impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let millis = self.millis();
        let units = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
            (1, "ms"),
        ];
        let whole = units.into_iter().find(|(unit, _)| millis % unit == 0);
        let (unit, name) = whole.unwrap_or((1, "ms"));
        to.collect_str(&format_args!("{}{name}", millis / unit))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A length of time: a number with a unit, such as `15m`, `24h`, `90d`." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_units() {
        let span = |text: &str| Span::try_from(text.to_owned());
        assert_eq!(span("90d").map(Span::millis), Ok(90 * 86_400_000));
        assert_eq!(span("15m").map(Span::millis), Ok(900_000));
        assert!(span("15").is_err_and(|error| error.contains("hint")));
    }

    #[test]
    fn a_span_is_told_in_days_and_what_is_left_and_can_be_read_again() {
        for (text, told) in [
            ("90d", "90d"),
            ("36h", "1d 12h"),
            ("1h 30m", "1h 30m"),
            ("61s", "1m 1s"),
            ("1ms", "1ms"),
            ("0s", "0s"),
        ] {
            let span = Span::try_from(text.to_owned()).unwrap();
            assert_eq!(span.to_string(), told);
            assert_eq!(Span::try_from(told.to_owned()), Ok(span));
        }
    }

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for text in ["90d", "36h", "15m", "61s", "1ms"] {
            let span = Span::try_from(text.to_owned()).unwrap();
            assert_eq!(serde_json::to_value(span).unwrap(), text);
        }
    }
}
