//! What an answer's status with its headers says about how fast we may ask.

use std::time::Duration;

use chrono::DateTime;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap};

use super::retry::retry_after;

/// The state of one of the peer's counters (Okta: `x-rate-limit-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Requests of a window.
    pub(super) limit: u32,
    /// Those left.
    pub(super) remaining: u32,
    /// When the window ends, from now.
    pub(super) resets_in: Duration,
}

/// Everything that an answer says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Signals {
    /// We asked too much.
    pub(super) throttled: bool,
    /// For how long we are told to rest.
    pub(super) asked: Option<Duration>,
    /// The part of its limit that the peer says we use (Graph: `x-ms-throttle-limit-percentage`, from 0.8 up).
    pub(super) pressure: Option<f64>,
    pub(super) rate: Option<Rate>,
}

impl Signals {
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let rate = rate(headers);
        let used_up = rate.filter(|rate| rate.remaining == 0).map(|rate| rate.resets_in);
        let throttled = status == StatusCode::TOO_MANY_REQUESTS;
        let asked = retry_after(headers);
        Self {
            throttled: throttled || (status == StatusCode::SERVICE_UNAVAILABLE && asked.is_some()),
            asked: asked.or(used_up.filter(|_| throttled)),
            pressure: number(headers, "x-ms-throttle-limit-percentage"),
            rate,
        }
    }
}

/// The peer's own time, milliseconds since 1970, from the header `Date`.
pub fn server_time(headers: &HeaderMap) -> Option<i64> {
    let date = DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(date.timestamp_millis())
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The reset stands in seconds since 1970 by the peer's own clock, which is in the same answer.
fn rate(headers: &HeaderMap) -> Option<Rate> {
    let reset: i64 = number(headers, "x-rate-limit-reset")?;
    let left = reset.saturating_mul(1000).saturating_sub(server_time(headers)?);
    Some(Rate {
        limit: number(headers, "x-rate-limit-limit")?,
        remaining: number(headers, "x-rate-limit-remaining")?,
        resets_in: Duration::from_millis(u64::try_from(left).unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn signals(status: u16, headers: &[(&'static str, &'static str)]) -> Signals {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Signals::of(StatusCode::from_u16(status).unwrap(), &headers.collect())
    }

    const DATE: (&str, &str) = ("date", "Wed, 25 Nov 2026 10:00:00 GMT");

    #[test]
    fn a_reset_is_measured_by_the_peers_own_clock() {
        let told = [
            DATE,
            ("x-rate-limit-limit", "600"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1795600830"),
        ];
        let rate = Rate {
            limit: 600,
            remaining: 0,
            resets_in: Duration::from_secs(30),
        };
        let good = signals(200, &told);
        assert_eq!((good.rate, good.throttled, good.asked), (Some(rate), false, None));
        let bad = signals(429, &told);
        assert_eq!((bad.throttled, bad.asked), (true, Some(Duration::from_secs(30))));
        assert_eq!(
            signals(429, &told[1..]).rate,
            None,
            "without its clock the reset means nothing"
        );
    }

    #[test]
    fn what_the_peer_asks_for_goes_before_its_counters() {
        let asked = signals(
            429,
            &[
                DATE,
                ("retry-after", "2.5"),
                ("x-ms-throttle-limit-percentage", "1.2"),
            ],
        );
        assert_eq!(asked.asked, Some(Duration::from_millis(2500)));
        assert_eq!(asked.pressure, Some(1.2));
        assert!(signals(503, &[("retry-after", "1")]).throttled);
        assert!(!signals(503, &[]).throttled);
    }

    #[test]
    fn nonsense_says_nothing() {
        for value in ["-1", "99999999999999999999", "NaN", "soon", ""] {
            let told = [
                DATE,
                ("x-rate-limit-limit", value),
                ("x-rate-limit-remaining", value),
                ("x-rate-limit-reset", value),
            ];
            assert_eq!(signals(200, &told).rate, None, "{value}");
        }
        let past = signals(
            429,
            &[
                DATE,
                ("x-rate-limit-limit", "1"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "1"),
            ],
        );
        assert_eq!(past.asked, Some(Duration::ZERO));
    }
}
