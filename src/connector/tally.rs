//! What a source says of itself, held against what it told: its own totals, and what came to nothing.

use serde::{Deserialize, Serialize};

/// The part of a total by which a list may fall short of it, in percent.
const SLACK_PERCENT: u64 = 1;
/// And by how many at least.
const SLACK: u64 = 3;

/// What was read and stands for nobody, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// What it is, and why it came to nothing.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// A part of a source's account of itself; several of one read add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many users the source counts.
    pub users: Option<u64>,
    /// How many groups the source counts.
    pub groups: Option<u64>,
    /// What was read and stands for nobody.
    pub unresolved: Vec<Unresolved>,
}

impl Tally {
    /// The source's totals.
    pub fn totals(users: Option<u64>, groups: Option<u64>) -> Self {
        Self {
            users,
            groups,
            unresolved: Vec::new(),
        }
    }

    /// So many of these came to nothing; none where there are none.
    pub fn unresolved(what: &str, count: u64) -> Self {
        let one = Unresolved {
            what: what.to_owned(),
            count,
        };
        Self {
            unresolved: Some(one).filter(|one| one.count > 0).into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds another part. A later total replaces an earlier one.
    pub fn add(&mut self, part: Self) {
        self.users = part.users.or(self.users);
        self.groups = part.groups.or(self.groups);
        for one in part.unresolved {
            match self.unresolved.iter_mut().find(|known| known.what == one.what) {
                Some(known) => known.count += one.count,
                None => self.unresolved.push(one),
            }
        }
    }
}

/// How a list agrees with the totals that the source told before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// It does, or there are no totals.
    Agrees,
    /// It tells fewer: it cannot be everything. The sentence says so.
    Short(String),
    /// It tells more, which harms nobody. The sentence says so.
    Long(String),
}

/// Holds a list of so many `what` against both totals. Whoever came or went meanwhile stands between the two. A total may come from an
/// index that lags behind the list, so a hundredth, or three, are overlooked; never everybody.
pub fn agreement(who: &str, what: &str, told: u64, totals: [Option<u64>; 2]) -> Agreement {
    let counts = || totals.into_iter().flatten();
    let (Some(fewest), Some(most)) = (counts().min(), counts().max()) else {
        return Agreement::Agrees;
    };
    let slack = |of: u64| (of * SLACK_PERCENT / 100).max(SLACK);
    if told + slack(fewest) < fewest || (told == 0 && fewest > 0) {
        return Agreement::Short(format!(
            "{who} counts {fewest} {what} and tells {told} of them: some are missing"
        ));
    }
    if most + slack(most) < told {
        return Agreement::Long(format!("{who} tells {told} {what} and counts {most} of them"));
    }
    Agreement::Agrees
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(told: u64, before: u64, after: u64) -> char {
        match agreement("it", "users", told, [Some(before), Some(after)]) {
            Agreement::Agrees => '=',
            Agreement::Short(_) => '<',
            Agreement::Long(_) => '>',
        }
    }

    #[test]
    fn a_list_may_fall_short_by_what_an_index_lags_behind_and_no_more() {
        assert_eq!((of(990, 1000, 1000), of(989, 1000, 1000)), ('=', '<'));
        assert_eq!((of(10, 13, 13), of(9, 13, 13)), ('=', '<'));
        assert_eq!((of(1010, 1000, 1000), of(1011, 1000, 1000)), ('=', '>'));
    }

    #[test]
    fn nobody_at_all_is_never_overlooked() {
        assert_eq!((of(0, 1, 1), of(0, 0, 0), of(0, 0, 2)), ('<', '=', '='));
    }

    #[test]
    fn whoever_came_or_went_meanwhile_is_no_difference() {
        for told in [1000, 1500, 2000] {
            assert_eq!((of(told, 1000, 2000), of(told, 2000, 1000)), ('=', '='));
        }
        assert_eq!((of(900, 1000, 2000), of(2100, 1000, 2000)), ('<', '>'));
    }

    #[test]
    fn without_totals_nothing_can_be_held_against_it() {
        assert_eq!(agreement("it", "users", 0, [None, None]), Agreement::Agrees);
        let one = agreement("it", "users", 0, [None, Some(9)]);
        assert_eq!(
            one,
            Agreement::Short("it counts 9 users and tells 0 of them: some are missing".to_owned())
        );
    }

    #[test]
    fn parts_add_up() {
        let mut tally = Tally::totals(Some(5), None);
        tally.add(Tally::unresolved("devices", 2));
        tally.add(Tally::unresolved("devices", 3));
        tally.add(Tally::unresolved("contacts", 0));
        tally.add(Tally::totals(None, Some(7)));
        assert_eq!((tally.users, tally.groups), (Some(5), Some(7)));
        assert_eq!(tally.unresolved.len(), 1);
        assert_eq!(tally.unresolved[0].count, 5);
    }
}
