//! Dates as clients write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// ISO 8601 with or without time and offset (`+0000`, `+00:00`, `Z`; none is UTC), in milliseconds since 1970.
pub(super) fn millis(text: &str) -> Option<i64> {
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"] {
        if let Ok(date) = DateTime::parse_from_str(text, format) {
            return Some(date.timestamp_millis());
        }
    }
    let local = text.strip_suffix('Z').unwrap_or(text);
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(date) = NaiveDateTime::parse_from_str(local, format) {
            return Some(date.and_utc().timestamp_millis());
        }
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let day = NaiveDate::parse_from_str(&whole, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_in_many_forms() {
        let expected = 1_291_782_381_181;
        for text in [
            "2010-12-08T16:11:21.181+1145",
            "2010-12-08T04:26:21.181Z",
            "2010-12-08T04:26:21.181",
            "2010-12-08T05:26:21.181+01:00",
        ] {
            assert_eq!(millis(text), Some(expected), "{text}");
        }
        assert_eq!(millis("1970"), Some(0));
        assert_eq!(millis("1970-01"), Some(0));
        assert_eq!(millis("1970-01-02"), Some(86_400_000));
        assert_eq!(millis("yesterday"), None);
        assert_eq!(millis("ä-1"), None);
    }
}
