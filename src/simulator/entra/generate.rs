//! The generator: a company of any size, the same for the same seed.

use std::collections::HashSet;
use std::sync::Arc;

use super::names::{DEPARTMENTS, FAMILY, GIVEN, TOPICS};
use super::prng::Prng;
use super::world::{DOMAIN, Group, Members, Node, State, User, World, at, slot};

/// The most that one group holds.
const LARGEST: usize = 50_000;

/// How much of everything there shall be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) memberships: usize,
    pub(crate) seed: u64,
    pub(crate) shape: Shape,
}

/// Who is in which group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// As companies are: a large group, departments, groups within groups, a few large ones among many small ones.
    #[default]
    Grown,
    /// Everybody is in the first group, all others have the same number of users: of this shape it is known what reading it costs.
    Even,
}

/// A company of this size. Fewer memberships than asked for exist only where the groups cannot hold more.
pub(crate) fn generate(size: Size) -> World {
    let mut world = World::empty(size.seed);
    let mut random = Prng::new(size.seed);
    people(&mut world, &mut random, size.users);
    let departments = DEPARTMENTS.len().min(size.groups.saturating_sub(1));
    for index in 0..size.groups {
        group(&mut world, index, departments);
    }
    let mut left = size.memberships;
    if size.shape == Shape::Even {
        even(&mut world, left);
        return world;
    }
    if size.groups > 0 {
        let everybody = size
            .users
            .min(LARGEST)
            .min(if size.groups == 1 { left } else { left / 4 });
        left -= fill(&mut world, 0, everybody, 0);
    }
    left -= staff(&mut world, departments, left);
    left -= nests(&mut world, &mut random, departments, left);
    spread(&mut world, &mut random, departments, left);
    world
}

/// Everybody into the first group, the rest of the memberships evenly over the others.
fn even(world: &mut World, memberships: usize) {
    let (users, others) = (world.users.len(), world.groups.len().saturating_sub(1));
    let everybody = fill(world, 0, users.min(memberships), 0);
    let left = memberships - everybody;
    for index in 0..others {
        let share = left / others + usize::from(index < left % others);
        fill(world, slot(index + 1), share, index * share);
    }
}

fn people(world: &mut World, random: &mut Prng, count: usize) {
    let mut taken = HashSet::with_capacity(count);
    for index in 0..count {
        let (given, given_plain) = *random.pick(GIVEN).unwrap_or(&("Anna", "anna"));
        let (family, family_plain) = *random.pick(FAMILY).unwrap_or(&("Kim", "kim"));
        let guest = index % 37 == 36;
        let plain = format!("{given_plain}.{family_plain}");
        let mut local = plain.clone();
        let mut again = 1_u32;
        while !taken.insert(local.clone()) {
            again = again.saturating_add(if again > 50 {
                1 + slot(random.below(100_000))
            } else {
                1
            });
            local = format!("{plain}{again}");
        }
        let upn = if guest {
            format!("{local}_partner.example#EXT#@{DOMAIN}")
        } else {
            format!("{local}@{DOMAIN}")
        };
        let mail = match (guest, index % 23) {
            (true, _) => Some(format!("{local}@partner.example")),
            (false, 22) => None,
            (false, _) => Some(format!("{local}@{DOMAIN}")),
        };
        let department = DEPARTMENTS.get(index % DEPARTMENTS.len()).filter(|_| !guest);
        world.add_user(|id| User {
            id,
            upn: upn.into(),
            display: format!("{given} {family}").into(),
            mail: mail.map(Into::into),
            given: (index % 41 != 40).then(|| given.into()),
            surname: (index % 43 != 42).then(|| family.into()),
            department: department.map(|name| (*name).into()),
            enabled: index % 29 != 28,
            guest,
            state: State::Live,
            touched: 0,
            groups: Vec::new(),
        });
    }
}

fn group(world: &mut World, index: usize, departments: usize) {
    let topic = TOPICS.get(index % TOPICS.len()).copied().unwrap_or("Team");
    // Every 97th group has the name of the group before it, under a mail nickname of its own.
    let number = if index % 97 == 96 {
        index - TOPICS.len()
    } else {
        index
    };
    let name = match index {
        0 => "All Employees".to_owned(),
        _ if index <= departments => DEPARTMENTS
            .get(index - 1)
            .copied()
            .unwrap_or("Department")
            .to_owned(),
        _ => format!("{topic} {number}"),
    };
    let unified = index > departments && index.is_multiple_of(10);
    world.add_group(|id: Arc<str>| Group {
        id,
        display: name.into(),
        nickname: format!("g{index}").into(),
        description: (!index.is_multiple_of(3)).then(|| format!("Everything about {topic}").into()),
        unified,
        hidden: false,
        state: State::Live,
        touched: 0,
        members: Members::new(),
        groups: Vec::new(),
    });
}

/// Puts `count` users in a row into one group, from `start` on; answers how many.
fn fill(world: &mut World, group: u32, count: usize, start: usize) -> usize {
    let users = world.users.len();
    (0..count.min(users))
        .filter(|step| world.link(group, Node::User(slot((start + step) % users))))
        .count()
}

/// Everybody into the group of the department.
fn staff(world: &mut World, departments: usize, left: usize) -> usize {
    if departments == 0 {
        return 0;
    }
    let home =
        |index: usize| (index % DEPARTMENTS.len() < departments).then(|| slot(index % DEPARTMENTS.len() + 1));
    let limit = if world.groups.len() > departments + 1 {
        left / 2
    } else {
        left
    };
    let staff: Vec<_> = (0..world.users.len())
        .filter(|index| world.users.get(*index).is_some_and(|user| !user.guest))
        .filter_map(|index| Some((home(index)?, Node::User(slot(index)))))
        .take(limit)
        .collect();
    staff
        .into_iter()
        .filter(|(group, user)| world.link(*group, *user))
        .count()
}

/// Every eighth of the other groups into an earlier one, so that no cycle arises.
fn nests(world: &mut World, random: &mut Prng, departments: usize, left: usize) -> usize {
    let inner: Vec<_> = (departments + 1..world.groups.len())
        .step_by(8)
        .take(left)
        .collect();
    let nested = inner.into_iter().map(|index| {
        let parent = if index % 3 == 0 {
            1 + random.below(index - 1)
        } else {
            1 + random.below(departments.max(1))
        };
        (slot(parent), Node::Group(slot(index)))
    });
    let nested: Vec<_> = nested
        .filter(|(parent, child)| Node::Group(*parent) != *child)
        .collect();
    nested
        .into_iter()
        .filter(|(parent, child)| world.link(*parent, *child))
        .count()
}

/// The rest over the other groups: a few large ones, many small ones.
fn spread(world: &mut World, random: &mut Prng, departments: usize, mut left: usize) {
    let groups = world.groups.len();
    let users = world.users.len();
    let first = (departments + 1).min(groups);
    let weight = |rank: usize| 1_000_000 / (rank + 12) + 1_500;
    let total: usize = (0..groups - first).map(weight).sum();
    let all = left;
    for index in first..groups {
        let share = (all * weight(index - first) / total.max(1)).min(left);
        left -= fill(world, slot(index), share.min(users), random.below(users));
    }
    // What the shares rounded away, into whichever group still has room.
    for index in (first..groups).chain(0..first) {
        if left == 0 {
            return;
        }
        let held = world.groups.get(index).map_or(users, |group| group.members.len());
        let room = users.saturating_sub(held).min(left);
        if room > 0 {
            left -= top_up(world, slot(index), room);
        }
    }
}

fn top_up(world: &mut World, group: u32, room: usize) -> usize {
    let members = world.groups.get(at(group)).map(|row| &row.members);
    let missing: Vec<_> = (0..slot(world.users.len()))
        .map(Node::User)
        .filter(|user| members.is_some_and(|members| !members.contains(user)))
        .take(room)
        .collect();
    missing
        .into_iter()
        .filter(|user| world.link(group, *user))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_company_has_a_group_of_everybody_and_others_of_one_size() {
        let world = generate(Size {
            users: 1000,
            groups: 101,
            memberships: 10_050,
            seed: 1,
            shape: Shape::Even,
        });
        let sizes: Vec<usize> = world.groups.iter().map(|group| group.members.len()).collect();
        assert_eq!((sizes[0], count(&world)), (1000, 10_050));
        let (larger, smaller) = sizes[1..].split_at(50);
        assert!(larger.iter().all(|size| *size == 91) && smaller.iter().all(|size| *size == 90));
        let many = world.users.iter().filter(|user| user.groups.len() > 5).count();
        assert!(many > 900, "the groups are of different people: {many}");
    }

    fn count(world: &World) -> usize {
        world.groups.iter().map(|group| group.members.len()).sum()
    }

    #[test]
    fn a_company_has_exactly_the_size_asked_for() {
        let size = Size {
            users: 2000,
            groups: 200,
            memberships: 10_000,
            seed: 1,
            shape: Shape::Grown,
        };
        let world = generate(size);
        assert_eq!(
            (world.users.len(), world.groups.len(), count(&world)),
            (2000, 200, 10_000)
        );
        assert_eq!(world.upns.len(), 2000, "sign-in names are unique");
        assert!(world.users.iter().any(|user| user.upn.contains("#EXT#")));
        assert!(world.users.iter().any(|user| !user.enabled));
        assert!(
            world
                .groups
                .iter()
                .any(|group| group.members.iter().any(|m| matches!(m, Node::Group(_))))
        );
        let names: HashSet<_> = world.groups.iter().map(|group| &group.display).collect();
        assert!(names.len() < 200, "some groups share a name");
    }

    #[test]
    fn odd_sizes_are_no_trouble() {
        for (users, groups, memberships) in [
            (0, 0, 0),
            (0, 5, 10),
            (3, 0, 9),
            (1, 1, 1),
            (5, 2, 100),
            (30, 40, 7),
        ] {
            let world = generate(Size {
                users,
                groups,
                memberships,
                seed: 3,
                shape: Shape::Grown,
            });
            assert_eq!((world.users.len(), world.groups.len()), (users, groups));
            assert!(count(&world) <= memberships, "{users} {groups} {memberships}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let of = |seed| {
            Arc::clone(
                &generate(Size {
                    users: 50,
                    groups: 5,
                    memberships: 100,
                    seed,
                    shape: Shape::Grown,
                })
                .users[7]
                    .id,
            )
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
