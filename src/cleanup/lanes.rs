//! Evidence lanes: whether what they tell may be relied on. Pure.
//!
//! No evidence is not inactivity: silence means something only where somebody listens, and only since they do.

use serde::{Deserialize, Serialize};

use crate::clock::rfc3339;
pub use crate::directory::activity::Lane;

/// How far ahead of the clock evidence may be before the clock is doubted.
const SKEW: i64 = 3_600_000;

/// How one lane of one directory is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Which.
    pub lane: Lane,
    /// The newest time seen in it; not when it was told.
    pub newest: Option<i64>,
    /// Why it fails now, if it does.
    pub failing: Option<String>,
    /// Since when silence in it means something; a source knows its whole past.
    pub since: Option<i64>,
}

impl Health {
    /// Why it may not be relied on.
    fn complaint(&self, now: i64, fresh_within: i64) -> Option<String> {
        let lane = self.lane.name();
        if let Some(why) = &self.failing {
            return Some(format!("`{lane}` fails: {why}"));
        }
        let Some(newest) = self.newest else {
            return Some(format!("`{lane}` has told of nobody yet"));
        };
        (now.saturating_sub(newest) > fresh_within).then(|| {
            format!(
                "`{lane}` is stale: the newest time seen in it is {}",
                rfc3339(newest)
            )
        })
    }

    /// Whether it may be relied on.
    pub fn is_healthy(&self, now: i64, fresh_within: i64) -> bool {
        self.complaint(now, fresh_within).is_none()
    }
}

/// Since when at least one of the wanted lanes listens.
///
/// # Errors
/// Why nobody may be called inactive: a sentence.
pub fn listening(all: &[Health], wanted: &[Lane], fresh_within: i64, now: i64) -> Result<i64, String> {
    // Whichever lane it is: either the clock was set back, or what was told is nonsense.
    if let Some(ahead) = all
        .iter()
        .find(|health| health.newest.is_some_and(|at| at > now.saturating_add(SKEW)))
    {
        let (lane, at) = (ahead.lane.name(), rfc3339(ahead.newest.unwrap_or_default()));
        return Err(format!(
            "evidence of `{lane}` is from {at}, the clock says {}; hint: was it set back?",
            rfc3339(now)
        ));
    }
    let mut complaints = Vec::new();
    let mut since = None;
    for lane in wanted {
        let Some(health) = all.iter().find(|health| health.lane == *lane) else {
            complaints.push(format!("`{}` is not there", lane.name()));
            continue;
        };
        if let Some(complaint) = health.complaint(now, fresh_within) {
            complaints.push(complaint);
            continue;
        }
        let from = health.since.unwrap_or(now);
        since = Some(since.map_or(from, |before: i64| before.min(from)));
    }
    since.ok_or_else(|| format!("no evidence may be relied on: {}", complaints.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 1_000 * DAY;

    fn health(lane: Lane, newest: i64) -> Health {
        Health {
            lane,
            newest: Some(newest),
            failing: None,
            since: Some(0),
        }
    }

    fn asked(all: &[Health]) -> Result<i64, String> {
        listening(all, &[Lane::Source, Lane::Crowd], 7 * DAY, NOW)
    }

    #[test]
    fn one_healthy_lane_is_enough_and_silence_counts_since_it_listens() {
        let mut crowd = health(Lane::Crowd, NOW - DAY);
        crowd.since = Some(NOW - 30 * DAY);
        assert_eq!(
            asked(&[health(Lane::Source, NOW - 8 * DAY), crowd.clone()]),
            Ok(NOW - 30 * DAY)
        );
        assert_eq!(
            asked(&[health(Lane::Source, NOW - 7 * DAY), crowd.clone()]),
            Ok(0)
        );
        crowd.since = None;
        assert_eq!(
            asked(&[crowd]),
            Ok(NOW),
            "nobody knows since when: not before now"
        );
    }

    #[test]
    fn stale_failing_mute_and_missing_evidence_is_told_by_name() {
        let mut failing = health(Lane::Source, NOW);
        failing.failing = Some("the source refuses".to_owned());
        let told = asked(&[failing, health(Lane::Crowd, NOW - 400 * DAY)]).unwrap_err();
        assert!(told.contains("`source` fails: the source refuses"), "{told}");
        assert!(
            told.contains("`crowd` is stale"),
            "a mass import of old dates is not fresh: {told}"
        );
        let mut mute = health(Lane::Crowd, 0);
        mute.newest = None;
        let told = asked(&[mute]).unwrap_err();
        assert!(told.contains("`crowd` has told of nobody yet") && told.contains("`source` is not there"));
        assert!(
            asked(&[health(Lane::ActivityApi, NOW)]).is_err(),
            "only wanted lanes count"
        );
    }

    #[test]
    fn a_clock_that_was_set_back_makes_everything_doubtful() {
        let ahead = health(Lane::ActivityApi, NOW + 2 * SKEW);
        let told = asked(&[health(Lane::Source, NOW), ahead]).unwrap_err();
        assert!(told.contains("set back"), "{told}");
        assert!(asked(&[health(Lane::Source, NOW + SKEW)]).is_ok());
    }
}
