//! A cron expression in a time zone: when is it time again.
//!
//! On the day when clocks go forward a time that does not exist is moved to the end of the gap. On the day when
//! they go back a time that comes twice counts once, except for schedules of every hour, which go on in real time.

use std::fmt;
use std::str::FromStr;

use ::cron::TimeUnitSpec;
use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// No zone's clocks were ever moved by more than this, save over a date line.
const SHIFT: Duration = Duration::hours(3);
/// A gap over a date line lasts a day.
const LONGEST_GAP_MINUTES: u32 = 26 * 60;

/// When something is to be done.
#[derive(Clone)]
pub struct Schedule {
    text: String,
    cron: ::cron::Schedule,
    zone: Tz,
    every_hour: bool,
}

/// Why a schedule cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not a cron expression of six fields.
    #[error(
        "`{text}` is no schedule: {why}; hint: write second, minute, hour, day of month, month, day of week, such as `0 */15 * * * *`"
    )]
    Expression {
        /// What was written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Not a time zone.
    #[error("`{0}` is no time zone; hint: write an IANA name such as `Europe/Oslo`, or `UTC`")]
    TimeZone(String),
    /// No time ever matches.
    #[error("the schedule `{0}` never comes; hint: that month may not have that day")]
    Never(String),
}

impl ScheduleError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expression { .. } => "SCHEDULE_EXPRESSION",
            Self::TimeZone(_) => "SCHEDULE_TIME_ZONE",
            Self::Never(_) => "SCHEDULE_NEVER",
        }
    }
}

impl Schedule {
    /// Reads a cron expression of six fields: second, minute, hour, day of month, month, day of week.
    ///
    /// Days of the week are names (`Mon`, `Mon-Fri`): numbers mean other days to other crons.
    ///
    /// # Errors
    /// `Expression`, `TimeZone`, `Never`.
    pub fn parse(text: &str, time_zone: &str) -> Result<Self, ScheduleError> {
        let error = |why: String| ScheduleError::Expression {
            text: text.to_owned(),
            why,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() != 6 {
            return Err(error(format!("it has {} fields instead of six", fields.len())));
        }
        if fields[5]
            .split('/')
            .next()
            .is_some_and(|days| days.contains(|c: char| c.is_ascii_digit()))
        {
            return Err(error(
                "a day of the week is a number, which means other days to other crons: write `Mon`"
                    .to_owned(),
            ));
        }
        let cron = ::cron::Schedule::from_str(text).map_err(|why| error(why.to_string()))?;
        let zone = Tz::from_str(time_zone).map_err(|_| ScheduleError::TimeZone(time_zone.to_owned()))?;
        let every_hour = cron.hours().is_all();
        let schedule = Self {
            text: text.to_owned(),
            cron,
            zone,
            every_hour,
        };
        // Any leap day is within eight years of the year 2000.
        let from = 946_684_800_000;
        schedule
            .next_after(from)
            .ok_or_else(|| ScheduleError::Never(text.to_owned()))?;
        Ok(schedule)
    }

    /// The first time after `millis` (since 1970, UTC); `None` when there is none in the years that cron knows.
    pub fn next_after(&self, millis: i64) -> Option<i64> {
        let after = DateTime::<Utc>::from_timestamp_millis(millis)?;
        let local = after.with_timezone(&self.zone).naive_local();
        let offset = |at: DateTime<Utc>| self.zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        let near_change =
            offset(after.checked_sub_signed(SHIFT)?) != offset(after.checked_add_signed(SHIFT)?);
        let from = if near_change { local - SHIFT } else { local };
        let mut best: Option<DateTime<Utc>> = None;
        for candidate in self.cron.after(&from.and_utc()) {
            let times = self.times(candidate.naive_utc());
            // The first of a candidate's times never goes back, so nothing better can follow.
            if best.is_some_and(|best| times[0].is_none_or(|first| first >= best)) {
                break;
            }
            let later = times.into_iter().flatten().filter(|time| *time > after).min();
            best = best.into_iter().chain(later).min();
        }
        best.map(|time| time.timestamp_millis())
    }

    /// When a local time comes: once, twice, or at the end of the gap that skips it.
    fn times(&self, local: NaiveDateTime) -> [Option<DateTime<Utc>>; 2] {
        let utc = |time: DateTime<Tz>| Some(time.with_timezone(&Utc));
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(time) => [utc(time), None],
            LocalResult::Ambiguous(first, second) if self.every_hour => [utc(first), utc(second)],
            LocalResult::Ambiguous(first, _) => [utc(first), None],
            LocalResult::None => [self.gap_end(local), None],
        }
    }

    fn gap_end(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let whole = local - Duration::seconds(local.and_utc().timestamp().rem_euclid(60));
        let minutes = (1..=LONGEST_GAP_MINUTES).map(|minute| whole + Duration::minutes(i64::from(minute)));
        let mut valid = minutes.filter_map(|local| self.zone.from_local_datetime(&local).earliest());
        valid.next().map(|time| time.with_timezone(&Utc))
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.text, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next `count` times after `from`, as local time with offset.
    fn times(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(text, zone).unwrap();
        let mut at = DateTime::parse_from_rfc3339(from).unwrap().timestamp_millis();
        let mut found = Vec::new();
        for _ in 0..count {
            at = schedule.next_after(at).unwrap();
            let local = DateTime::from_timestamp_millis(at)
                .unwrap()
                .with_timezone(&schedule.zone);
            found.push(local.format("%d %H:%M%:z").to_string());
        }
        found
    }

    #[test]
    fn every_quarter_of_an_hour_goes_on_in_real_time_when_clocks_change() {
        let forward = times("0 */30 * * * *", "Europe/Oslo", "2026-03-29T00:29:59Z", 4);
        assert_eq!(
            forward,
            [
                "29 01:30+01:00",
                "29 03:00+02:00",
                "29 03:30+02:00",
                "29 04:00+02:00"
            ]
        );
        let back = times("0 */30 * * * *", "Europe/Oslo", "2026-10-24T23:45:00Z", 6);
        let expected = [
            "25 02:00+02:00",
            "25 02:30+02:00",
            "25 02:00+01:00",
            "25 02:30+01:00",
            "25 03:00+01:00",
            "25 03:30+01:00",
        ];
        assert_eq!(back, expected);
    }

    #[test]
    fn a_time_of_day_comes_once_a_day_when_clocks_change() {
        let forward = times("0 30 2 * * *", "Europe/Oslo", "2026-03-28T00:00:00Z", 3);
        assert_eq!(forward, ["28 02:30+01:00", "29 03:00+02:00", "30 02:30+02:00"]);
        let back = times("0 30 2 * * *", "Europe/Oslo", "2026-10-24T12:00:00Z", 2);
        assert_eq!(back, ["25 02:30+02:00", "26 02:30+01:00"]);
        let samoa = times("0 0 12 * * *", "Pacific/Apia", "2011-12-29T10:00:00Z", 3);
        assert_eq!(samoa, ["29 12:00-10:00", "31 00:00+14:00", "31 12:00+14:00"]);
    }

    #[test]
    fn a_time_is_after_the_one_before_even_by_a_second() {
        assert_eq!(
            times("*/1 * * * * *", "UTC", "2026-01-01T00:00:00Z", 2),
            ["01 00:00+00:00", "01 00:00+00:00"]
        );
        let schedule = Schedule::parse("0 0 3 * * Mon-Fri", "UTC").unwrap();
        let friday = DateTime::parse_from_rfc3339("2026-01-02T03:00:00Z")
            .unwrap()
            .timestamp_millis();
        assert_eq!(schedule.next_after(friday), Some(friday + 3 * 86_400_000));
        assert_eq!(schedule.next_after(i64::MAX), None);
    }

    #[test]
    fn what_cannot_be_followed_is_refused_in_words() {
        let code = |text, zone| Schedule::parse(text, zone).unwrap_err().code();
        assert_eq!(code("0 3 * * *", "UTC"), "SCHEDULE_EXPRESSION");
        assert_eq!(code("0 0 3 * * 1", "UTC"), "SCHEDULE_EXPRESSION");
        assert_eq!(code("0 0 25 * * *", "UTC"), "SCHEDULE_EXPRESSION");
        assert_eq!(code("0 0 3 * * *", "Europe/Atlantis"), "SCHEDULE_TIME_ZONE");
        assert_eq!(code("0 0 3 30 2 *", "UTC"), "SCHEDULE_NEVER");
        assert!(Schedule::parse("0 0 3 29 2 *", "UTC").is_ok());
    }
}
