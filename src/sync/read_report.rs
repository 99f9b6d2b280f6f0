//! The report of a read: how much was asked, what came, what the source counts itself, what stands for nobody.

use serde::{Deserialize, Serialize};

use super::read::Reading;
use super::stage::{Edges, Said, Stage, Told};
use crate::connector::Meter;
use crate::connector::tally::{Tally, Unresolved};

/// What a source counts itself; `None` where it does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Users, those out of scope included.
    pub users: Option<u64>,
    /// Groups, those out of scope included.
    pub groups: Option<u64>,
}

/// How much was read, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReport {
    /// Pages of lists.
    pub pages: u64,
    /// Requests, those that were tried again included.
    pub requests: u64,
    /// What was asked within requests for several things.
    pub sub_requests: u64,
    /// Users that belong to the directory; of a read of changes those told.
    pub users: u64,
    /// Groups that belong to the directory; of a read of changes those told.
    pub groups: u64,
    /// Memberships between them; of a read of changes those told.
    pub memberships: u64,
    /// What the source counts itself.
    pub totals: Totals,
    /// What was read and stands for nobody here, with the reason.
    pub unresolved: Vec<Unresolved>,
}

impl ReadReport {
    /// Of a read so far.
    pub(super) fn asked(meter: &Meter) -> Self {
        Self {
            pages: meter.pages(),
            requests: meter.requests(),
            sub_requests: meter.asked_within(),
            ..Self::default()
        }
    }

    /// Of a whole read. Looks at every membership.
    pub(super) fn of(reading: &Reading, meter: &Meter) -> Self {
        let mut report = Self::asked(meter);
        let (stage, mut tally) = (&reading.stage, reading.tally.clone());
        (report.users, report.groups) = (stage.told_users(), stage.groups.there());
        report.memberships = if reading.full {
            memberships(stage, &mut tally)
        } else {
            stage.edges() // whose ends were told by an earlier read
        };
        report.totals = Totals {
            users: tally.users,
            groups: tally.groups,
        };
        report.unresolved = tally.unresolved;
        report
    }
}

/// The memberships of a full read; notes in the tally those that lead to nobody.
fn memberships(stage: &Stage, tally: &mut Tally) -> u64 {
    let (mut all, mut unlisted_users, mut unlisted_groups, mut hidden) = (0, 0, 0, 0);
    for (group, members) in stage.members() {
        if !matches!(stage.groups.at(group), Said::There(_)) {
            continue;
        }
        hidden += u64::from(members.unknown);
        let (there, nobody) = count(&members.users, &stage.users);
        (all, unlisted_users) = (all + there, unlisted_users + nobody);
        let (there, nobody) = count(&members.groups, &stage.groups);
        (all, unlisted_groups) = (all + there, unlisted_groups + nobody);
    }
    for (what, count) in [
        (
            "memberships of users whom the source does not list: of elsewhere, deleted meanwhile, or not to be seen",
            unlisted_users,
        ),
        (
            "memberships of groups that the source does not list: of elsewhere, deleted meanwhile, or not to be seen",
            unlisted_groups,
        ),
        (
            "groups whose members are not to be seen: theirs stay as they are",
            hidden,
        ),
    ] {
        tally.add(Tally::unresolved(what, count));
    }
    all
}

/// Of the edges that are there: how many lead to somebody of this directory, how many to nobody ever told of.
fn count<T>(edges: &Edges, told: &Told<T>) -> (u64, u64) {
    let there = edges.last().into_iter().filter(|(_, there)| *there);
    there.fold((0, 0), |(some, none), (member, _)| match told.at(member) {
        Said::There(_) => (some + 1, none),
        Said::Nothing => (some, none + 1),
        Said::Gone | Said::Out(_) => (some, none),
    })
}
