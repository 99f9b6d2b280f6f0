//! What a read of each source costs, reckoned from sizes, pages and published limits alone, never from a read.

use std::ops::RangeInclusive;
use std::time::Duration;

/// What Okta leaves to whoever asks, of a counter that others share.
const SHARE: f64 = 0.4;

/// Which source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Entra,
    Google,
    Okta,
    Keycloak,
    Ldap,
    Scim,
}

/// How large a company is: everybody is in one group, the others share the rest of the memberships evenly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) memberships: usize,
}

/// What reads of a company cost.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// Requests of a full read as this connector makes them.
    pub(crate) first: u64,
    /// Those besides that may have to be made again, because the source says too late that it is asked too much.
    pub(crate) again: u64,
    /// Those that are needed in any case: lists and members by the largest pages.
    pub(crate) needed: RangeInclusive<u64>,
    /// Requests of a read before which nothing changed, those for groups whose turn it is to be verified included.
    pub(crate) second: RangeInclusive<u64>,
    /// How long the limits let a full read take at least if it uses them evenly; `None` where the provider has none.
    pub(crate) floor: Option<Duration>,
    /// The same for one that begins with all that they let it ask at once.
    pub(crate) least: Duration,
    /// How long a full read of a hundred thousand users may take if each answer comes after 0.3 s.
    pub(crate) likely: Duration,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Entra,
        Self::Google,
        Self::Okta,
        Self::Keycloak,
        Self::Ldap,
        Self::Scim,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Okta => "okta",
            Self::Keycloak => "keycloak",
            Self::Ldap => "ldap",
            Self::Scim => "scim",
        }
    }

    /// What reads of a company of this size cost where so many percent of the published limits hold.
    pub(crate) fn figures(self, size: Size, percent: u32) -> Figures {
        let percent = f64::from(percent) / 100.0;
        match self {
            Self::Entra => entra(size, percent),
            Self::Google => google(size, percent),
            Self::Okta => okta(size, percent),
            Self::Keycloak => keycloak(size),
            Self::Ldap => ldap(size),
            Self::Scim => scim(size),
        }
    }
}

impl Figures {
    /// Whether so many requests are within a twentieth of what is needed.
    pub(crate) fn is_near_what_is_needed(&self, requests: u64) -> bool {
        let (least, most) = (self.needed.start(), self.needed.end());
        (least - least / 20..=most + most / 20).contains(&requests)
    }
}

impl Size {
    fn users(self, page: usize) -> u64 {
        self.users.div_ceil(page) as u64
    }

    fn groups(self, page: usize) -> u64 {
        self.groups.div_ceil(page) as u64
    }

    /// Pages of the members of all groups.
    fn members(self, page: usize) -> u64 {
        self.others(page) + self.users(page)
    }

    /// Pages of the members of all groups but that of everybody; some have one member more than others.
    fn others(self, page: usize) -> u64 {
        let (left, others) = (self.memberships - self.users, self.groups - 1);
        let (share, larger) = (left / others, left % others);
        let pages = |members: usize| members.div_ceil(page).max(1);
        (larger * pages(share + 1) + (others - larger) * pages(share)) as u64
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
fn time(count: u64, per_second: f64) -> Duration {
    Duration::from_secs_f64(count as f64 / per_second)
}

/// Minutes that pass if each has so many at most, and all of the first may come at once.
fn minutes(count: u64, per_minute: f64) -> Duration {
    let full = time(count.saturating_sub(1), per_minute).as_secs();
    Duration::from_mins(full)
}

fn entra(size: Size, percent: f64) -> Figures {
    let (users, groups, members) = (size.users(999), size.groups(999), size.members(999));
    // The first pages of members come twenty in a batch, the next ones alone.
    let (batches, next) = (size.groups(20), members - size.groups as u64);
    let lists = users + groups;
    // Two delta links before and after, two counts before and after.
    let around = 8;
    // A page of a list that selects costs one unit, a page of members two.
    let units = lists + around + 2 * members;
    let per_second = 800.0 * percent;
    // Those of ten seconds can be used at once.
    let least = time(units, per_second).saturating_sub(Duration::from_secs(10));
    Figures {
        first: lists + around + batches + next,
        // Graph tells it within a batch, each time that its units are used up, and lets us rest for half of ten seconds.
        again: 2 * u64::try_from(least.as_millis().div_ceil(5_000)).unwrap(),
        needed: lists + members.div_ceil(20)..=lists + batches + next,
        second: 2..=2,
        floor: Some(time(units, per_second)),
        least,
        likely: Duration::from_mins(4),
    }
}

fn google(size: Size, percent: f64) -> Figures {
    let (users, groups, members) = (size.users(500), size.groups(200), size.members(200));
    let needed = users + groups + members;
    // Lists are read again at the end: who changed meanwhile may have been in neither.
    let first = needed + users + groups;
    // Two applications of the audit log, and the groups whose turn it is within a day.
    let again = users + groups + 2;
    let turn = size.groups as u64 / 100 + size.users(200);
    Figures {
        first,
        again: 0,
        needed: needed..=needed,
        second: again..=again + turn,
        floor: Some(time(needed, 40.0 * percent)),
        least: minutes(first, 2400.0 * percent),
        likely: Duration::from_mins(7),
    }
}

fn okta(size: Size, percent: f64) -> Figures {
    let (users, groups, members) = (size.users(200), size.groups(200), size.members(1000));
    let needed = users + groups + members;
    // The deprovisioned, and three lists of what changed meanwhile.
    let first = needed + 4;
    let limit = 500.0 * percent;
    Figures {
        first,
        again: 0,
        needed: needed..=needed,
        second: 3..=3,
        // Groups and their members fall under one counter, which is the narrowest.
        floor: Some(time(groups + members, limit * SHARE / 60.0)),
        // And no minute has more than the share.
        least: minutes(groups + members, limit * SHARE),
        // Of a counter of which two fifths are used instead of all.
        likely: Duration::from_mins(45).mul_f64(0.5 / SHARE),
    }
}

fn keycloak(size: Size) -> Figures {
    // A list of users ends with an empty page, others with one that is not full.
    let (users, groups) = (size.users(1000) + 1, (size.groups / 1000 + 1) as u64);
    let members = size.others(1000) + (size.users / 1000 + 1) as u64;
    // The realm, and two counts.
    let first = 1 + users + groups + members + 2;
    let needed = users + groups + members;
    // Whether events are kept, the events, two counts; and the groups and the page of users whose turn it is within a day.
    let again = 4;
    let turn = size.groups as u64 / 100 + size.users(1000) + 1;
    Figures {
        first,
        again: 0,
        needed: needed..=2 * needed,
        second: again..=again + turn,
        floor: None,
        least: Duration::ZERO,
        likely: Duration::from_mins(10),
    }
}

fn ldap(size: Size) -> Figures {
    let (users, groups) = (size.users(1000), size.groups(1000));
    let ranges = size.users(1500) - 1;
    // Where changes go on is asked in three searches, and whether there are any in two.
    let needed = users + groups + ranges;
    Figures {
        first: needed + 3,
        again: 0,
        needed: needed..=9 * size.users(1000),
        second: 2..=2,
        floor: None,
        least: Duration::ZERO,
        likely: Duration::from_secs(90),
    }
}

fn scim(size: Size) -> Figures {
    let (users, groups) = (size.users(200), size.groups(200));
    // What the server can, and the number of members of each group that shows a round number of them.
    let (left, others) = (size.memberships - size.users, size.groups - 1);
    let (share, larger) = (left / others, left % others);
    let round = |members: usize, of: usize| if members.is_multiple_of(100) { of } else { 0 };
    let round = round(size.users, 1) + round(share, others - larger) + round(share + 1, larger);
    let needed = users + groups;
    Figures {
        first: needed + 1 + round as u64,
        again: 0,
        needed: needed..=needed + groups,
        second: 4..=4,
        floor: None,
        least: Duration::ZERO,
        likely: Duration::from_mins(6),
    }
}
