//! Chance: edits, the same for the same seed.

use std::sync::Arc;

use throng::simulator::entra::{Edit, Expired, Tenant, Truth};

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
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
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
    match chance.below(20) {
        0..=9 => of_people(chance, &truth),
        10..=13 => of_teams(chance, &truth),
        14..=16 => of_memberships(chance, &truth),
        17 => back(chance, &bin.users)
            .map(|user| Edit::RestoreUser { user })
            .into_iter()
            .collect(),
        18 => back(chance, &bin.groups)
            .map(|group| Edit::RestoreGroup { group })
            .into_iter()
            .collect(),
        _ => quiet_leave(chance, &truth),
    }
}

/// Who returns: mostly who left last, before time has made it the same as anybody.
fn back(chance: &mut Chance, bin: &[String]) -> Option<String> {
    if chance.one_in(3) {
        chance.pick(bin)
    } else {
        bin.last().cloned()
    }
}

/// Leaves a group and is deleted: the deletion hides that it left.
fn quiet_leave(chance: &mut Chance, truth: &Truth) -> Vec<Edit> {
    let members: Vec<_> = truth.members.iter().collect();
    let Some((group, member)) = chance.pick(&members) else {
        return Vec::new();
    };
    let (group, member) = (group.to_string(), member.to_string());
    vec![
        Edit::Leave {
            group,
            member: member.clone(),
        },
        Edit::DeleteUser { user: member },
    ]
}

fn texts<'a>(ids: impl Iterator<Item = &'a Arc<str>>) -> Vec<String> {
    ids.map(ToString::to_string).collect()
}

fn of_people(chance: &mut Chance, truth: &Truth) -> Vec<Edit> {
    let users = texts(truth.users.keys());
    let name = PEOPLE[chance.below(PEOPLE.len())].to_owned();
    let user = chance.pick(&users).unwrap_or_default();
    match chance.below(11) {
        0 | 1 => vec![Edit::CreateUser { name }],
        2 | 3 => vec![Edit::RenameUser { user, upn: name }],
        4 => swap(chance, &users, truth),
        5 => vec![Edit::SetDisplayName { user, name }],
        6 => {
            let mail = (!chance.one_in(3)).then_some(name);
            vec![Edit::SetMail { user, mail }]
        }
        7 => vec![Edit::DisableUser { user }],
        8 => vec![Edit::EnableUser { user }],
        9 => vec![Edit::DeleteUser { user }],
        _ => {
            // Gone, and the name is used again at once.
            let again = truth.users.get(&*user).map(|gone| Edit::CreateUser {
                name: gone.upn.clone(),
            });
            [Edit::DeleteUser { user }].into_iter().chain(again).collect()
        }
    }
}

fn of_teams(chance: &mut Chance, truth: &Truth) -> Vec<Edit> {
    let name = TEAMS[chance.below(TEAMS.len())].to_owned();
    let group = chance.pick(&texts(truth.groups.keys())).unwrap_or_default();
    let unified = !chance.one_in(3);
    vec![match chance.below(3) {
        0 => Edit::CreateGroup { name, unified },
        1 => Edit::RenameGroup { group, name },
        _ => Edit::DeleteGroup { group },
    }]
}

fn of_memberships(chance: &mut Chance, truth: &Truth) -> Vec<Edit> {
    let (users, groups) = (texts(truth.users.keys()), texts(truth.groups.keys()));
    let member = chance.pick(&users).unwrap_or_default();
    let (group, child) = (
        chance.pick(&groups).unwrap_or_default(),
        chance.pick(&groups).unwrap_or_default(),
    );
    let edge = |edge: (Arc<str>, Arc<str>)| (edge.0.to_string(), edge.1.to_string());
    let members: Vec<_> = truth.members.iter().cloned().map(edge).collect();
    let nested: Vec<_> = truth.nested.iter().cloned().map(edge).collect();
    let edit = match chance.below(5) {
        0 | 1 => Some(Edit::Join { group, member }),
        2 => chance
            .pick(&members)
            .map(|(group, member)| Edit::Leave { group, member }),
        3 => chance
            .pick(&nested)
            .map(|(parent, child)| Edit::Unnest { parent, child }),
        _ => Some(Edit::Nest { parent: group, child }),
    };
    edit.into_iter().collect()
}

fn swap(chance: &mut Chance, users: &[String], truth: &Truth) -> Vec<Edit> {
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

/// A delta token that is not known any more: everything is read.
pub(super) fn expired(chance: &mut Chance) -> Expired {
    chance
        .pick(&[Expired::Gone, Expired::SyncStateNotFound, Expired::ResyncRequired])
        .unwrap()
}
