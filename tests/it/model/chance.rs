//! Chance: edits and troubles, the same for the same seed.

use throng::simulator::entra::{Edit, Expired, Fault, FaultKind, Tenant};

/// Few names, so that they meet: with other cases, other scripts, what XML must escape, blanks at the ends.
const PEOPLE: [&str; 8] = [
    "ann@corp.example",
    "ANN@corp.example",
    "bob@corp.example",
    "cy@corp.example",
    "zoë@corp.example",
    "o'neil@corp.example",
    "r&d<x>@corp.example",
    "dee@corp.example",
];
const TEAMS: [&str; 6] = [
    "Team",
    "team",
    "Sales & Co",
    "Zoë's \"own\"",
    " Padded ",
    "Team (g3)",
];

/// A stream of numbers (splitmix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() {
            None
        } else {
            Some(from[self.below(from.len())].clone())
        }
    }
}

/// Who was deleted and may return.
#[derive(Debug, Default)]
pub(super) struct Bin {
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
}

/// A few edits that belong together: one mostly, three for a swap of names.
pub(super) fn edits(chance: &mut Chance, tenant: &Tenant, bin: &Bin) -> Vec<Edit> {
    let truth = tenant.truth();
    let users: Vec<String> = truth.users.keys().map(ToString::to_string).collect();
    let groups: Vec<String> = truth.groups.keys().map(ToString::to_string).collect();
    let name = PEOPLE[chance.below(PEOPLE.len())].to_owned();
    let team = TEAMS[chance.below(TEAMS.len())].to_owned();
    let user = chance.pick(&users).unwrap_or_default();
    let (group, other) = (
        chance.pick(&groups).unwrap_or_default(),
        chance.pick(&groups).unwrap_or_default(),
    );
    match chance.below(20) {
        0 | 1 => vec![Edit::CreateUser { name }],
        2 | 3 => vec![Edit::RenameUser { user, upn: name }],
        4 => swap(chance, &users, &truth),
        5 => vec![Edit::SetDisplayName { user, name: team }],
        6 => vec![Edit::SetMail {
            user,
            mail: (!chance.one_in(3)).then_some(name),
        }],
        7 => vec![Edit::DisableUser { user }],
        8 => vec![Edit::EnableUser { user }],
        9 => vec![Edit::DeleteUser { user }],
        // Gone, and the name is used again at once.
        10 => match truth.users.get(&*user) {
            Some(gone) => vec![
                Edit::DeleteUser { user: user.clone() },
                Edit::CreateUser {
                    name: gone.upn.clone(),
                },
            ],
            None => Vec::new(),
        },
        11 => vec![Edit::RestoreUser {
            user: chance.pick(&bin.users).unwrap_or_default(),
        }],
        12 => vec![Edit::CreateGroup {
            name: team,
            unified: chance.one_in(2),
        }],
        13 => vec![Edit::RenameGroup { group, name: team }],
        14 => vec![Edit::DeleteGroup { group }],
        15 => vec![Edit::RestoreGroup {
            group: chance.pick(&bin.groups).unwrap_or_default(),
        }],
        16 | 17 => vec![Edit::Join { group, member: user }],
        18 => match chance.pick(&truth.members.iter().cloned().collect::<Vec<_>>()) {
            Some((group, member)) => vec![Edit::Leave {
                group: group.to_string(),
                member: member.to_string(),
            }],
            None => Vec::new(),
        },
        _ => match chance
            .pick(&truth.nested.iter().cloned().collect::<Vec<_>>())
            .filter(|_| chance.one_in(2))
        {
            Some((parent, child)) => vec![Edit::Unnest {
                parent: parent.to_string(),
                child: child.to_string(),
            }],
            None => vec![Edit::Nest {
                parent: group,
                child: other,
            }],
        },
    }
}

fn swap(chance: &mut Chance, users: &[String], truth: &throng::simulator::entra::Truth) -> Vec<Edit> {
    let (Some(one), Some(two)) = (chance.pick(users), chance.pick(users)) else {
        return Vec::new();
    };
    let upn = |user: &str| truth.users[user].upn.clone();
    let rename = |user: &str, upn: &str| Edit::RenameUser {
        user: user.to_owned(),
        upn: upn.to_owned(),
    };
    vec![
        rename(&one, "between@corp.example"),
        rename(&two, &upn(&one)),
        rename(&one, &upn(&two)),
    ]
}

const REQUESTS: [&str; 8] = [
    "users",
    "groups",
    "batch",
    "batch/members",
    "users/delta",
    "groups/delta",
    "memberOf",
    "*",
];

/// Something that a read must outlive.
pub(super) fn passing(chance: &mut Chance) -> Fault {
    let kinds = [
        FaultKind::Throttle {
            retry_after: Some("0.001".to_owned()),
        },
        FaultKind::Throttle { retry_after: None },
        FaultKind::Error { status: 503 },
        FaultKind::Drop,
        FaultKind::Truncate,
        FaultKind::Html,
        FaultKind::EmptyPage,
        FaultKind::Duplicate,
        FaultKind::Unauthorized,
    ];
    let kind = chance.pick(&kinds).unwrap();
    let times = if kind == FaultKind::Unauthorized {
        1
    } else {
        1 + chance.below(3)
    };
    place(chance, kind, times)
}

/// Something that makes a read incomplete, or ends it.
pub(super) fn lasting(chance: &mut Chance) -> Fault {
    let elsewhere = FaultKind::ForeignLink {
        host: "http://127.0.0.1:9".to_owned(),
    };
    let kinds = [
        (FaultKind::Error { status: 503 }, 1_000),
        (FaultKind::Error { status: 403 }, 1),
        (FaultKind::MissingValue, 1),
        (FaultKind::Loop, 1_000),
        (elsewhere, 1),
    ];
    let (kind, times) = chance.pick(&kinds).unwrap();
    place(chance, kind, times)
}

/// A delta token that is not known any more: everything is read.
pub(super) fn expired(chance: &mut Chance) -> Expired {
    chance
        .pick(&[Expired::Gone, Expired::SyncStateNotFound, Expired::ResyncRequired])
        .unwrap()
}

/// At one of the first requests of a kind.
pub(super) fn place(chance: &mut Chance, kind: FaultKind, times: usize) -> Fault {
    let on = REQUESTS[chance.below(REQUESTS.len())];
    let after = u32::try_from(chance.below(3)).unwrap();
    Fault::new(kind, on)
        .after(after)
        .times(u32::try_from(times).unwrap())
}
