//! Rolling verification: what no hint named has its turn too, all of it within a day.

use std::collections::BTreeSet;

use crate::model::ExternalId;

/// Within so long everything has its turn; milliseconds.
const ROUND: i64 = 86_400_000;

/// How many of these are due after so many milliseconds.
pub(super) fn due(all: usize, elapsed: i64) -> usize {
    let elapsed = elapsed.clamp(0, ROUND).unsigned_abs();
    let due = (all as u128 * u128::from(elapsed)).div_ceil(u128::from(ROUND.unsigned_abs()));
    usize::try_from(due).unwrap_or(usize::MAX)
}

/// Those whose turn it is, in the order of their ids: so many, going on after that one.
pub(super) fn turn<'a>(
    all: impl Iterator<Item = &'a ExternalId>,
    after: Option<&str>,
    due: usize,
) -> BTreeSet<ExternalId> {
    let after = after.unwrap_or_default();
    let (before, rest): (Vec<_>, Vec<_>) = all.partition(|id| id.as_str() <= after);
    rest.into_iter().chain(before).take(due).cloned().collect()
}

/// After which one the next turn goes on.
pub(super) fn turned(turn: &BTreeSet<ExternalId>, after: Option<&str>) -> Option<String> {
    // Where it went beyond the end, it goes on after the last of those from the beginning.
    let wrapped = turn.iter().rfind(|id| id.as_str() <= after.unwrap_or_default());
    let last = wrapped.or_else(|| turn.last());
    last.map(|id| id.as_str().to_owned())
        .or_else(|| after.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(count: usize) -> BTreeSet<ExternalId> {
        (0..count)
            .map(|number| format!("g{number:02}").as_str().into())
            .collect()
    }

    #[test]
    fn everything_has_its_turn_within_a_day() {
        let all = groups(50);
        let (mut after, mut seen) = (None, BTreeSet::new());
        for _ in 0..24 {
            let due = turn(all.iter(), after.as_deref(), due(all.len(), 3_600_000));
            assert_eq!(due.len(), 3, "of 50 within an hour of 24");
            after = turned(&due, after.as_deref());
            seen.extend(due);
        }
        assert_eq!(seen, all);
        assert_eq!((due(50, 0), due(50, i64::MAX)), (0, 50));
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_turn() {
        assert_eq!(due(3, -1), 0);
        assert!(turn(groups(3).iter(), Some("g01"), 0).is_empty());
        assert_eq!(turned(&BTreeSet::new(), Some("g01")).as_deref(), Some("g01"));
    }
}
