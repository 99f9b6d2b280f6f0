//! Who is one person: the users of several directories, united by explicit rules. Pure.
//!
//! A value that two users of one directory have tells nobody apart, so it links nobody; neither does a chain of values that
//! would put two users of one directory into one person. Both are told. The order of users never matters.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::directory::Snapshot;
use crate::model::name::{clean, fold};
use crate::model::user::UserRow;
use crate::model::{MemberKind, UserId};

/// Of how many values that are not followed it is told.
const TOLD: usize = 200;

/// What two users are one person by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The e-mail address, in domains that all sources verify.
    Email,
    /// A custom attribute.
    Attribute(Arc<str>),
}

impl By {
    /// As configured.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Email => "email",
            Self::Attribute(name) => name,
        }
    }
}

/// Who is linked, and whose word counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkRules {
    /// In order: what an earlier one says no later one contradicts.
    pub by: Vec<By>,
    /// Folded; addresses elsewhere link nobody.
    pub email_domains: Vec<String>,
    /// Keys of users who are one person, before all else.
    pub same: Vec<Vec<String>>,
    /// Places of the directories, in the order in which their word on who is active counts.
    pub active: Vec<usize>,
}

/// A user of one of the directories, by that one's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct At {
    pub(super) part: usize,
    pub(super) user: UserId,
}

/// One person: at most one user of each directory, in the order of precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) rows: Vec<At>,
    /// By which rules they were found to be one.
    pub(super) by: Vec<String>,
}

/// Everybody.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    pub(super) persons: Vec<Person>,
    /// What was not followed, and why.
    pub(super) notices: Vec<String>,
    /// The same for each user whom it concerns: the first value that was not followed.
    pub(super) unlinked: HashMap<At, Arc<str>>,
}

/// The key of a user: that which it has where its own directory serves it.
pub(super) fn key(parts: &[Arc<Snapshot>], at: At) -> String {
    let external = parts[at.part].user_external(at.user);
    format!(
        "{}:{}",
        parts[at.part].directory(),
        external.map_or("", |id| id.as_str())
    )
}

pub(super) fn row(parts: &[Arc<Snapshot>], at: At) -> Option<&Arc<UserRow>> {
    parts[at.part].user(at.user)
}

/// Unites the users who are there: neither vanished nor hidden by a hold.
pub(super) fn people(parts: &[Arc<Snapshot>], rules: &LinkRules) -> People {
    let mut persons: Vec<Person> = Vec::new();
    for (part, snapshot) in parts.iter().enumerate() {
        let hidden = |row: &UserRow| snapshot.details().hold(row.id).is_some_and(|hold| hold.removed);
        let there = snapshot.users().filter(|row| !row.vanished && !hidden(row));
        persons.extend(there.map(|row| Person {
            rows: vec![At { part, user: row.id }],
            by: Vec::new(),
        }));
    }
    let mut told = Unfollowed::default();
    let same = pairs(parts, &rules.same);
    persons = unite(parts, &persons, "same", same, &mut told);
    for by in &rules.by {
        let mut values: BTreeMap<String, Vec<At>> = BTreeMap::new();
        for at in persons.iter().flat_map(|person| &person.rows) {
            if let Some(value) = value(parts, *at, by, rules) {
                values.entry(value).or_default().push(*at);
            }
        }
        persons = unite(
            parts,
            &persons,
            by.name(),
            values.into_iter().collect(),
            &mut told,
        );
    }
    let Unfollowed {
        mut notices,
        more,
        unlinked,
    } = told;
    if more > 0 {
        notices.push(format!("{more} more values link nobody"));
    }
    People {
        persons,
        notices,
        unlinked,
    }
}

/// What was not followed.
#[derive(Default)]
struct Unfollowed {
    /// For people, to a bound.
    notices: Vec<String>,
    more: usize,
    unlinked: HashMap<At, Arc<str>>,
}

impl Unfollowed {
    fn add(&mut self, notice: impl FnOnce() -> String, why: &str, users: &[At]) {
        if self.notices.len() < TOLD {
            self.notices.push(notice());
        } else {
            self.more += 1;
        }
        let why: Arc<str> = why.into();
        for at in users {
            self.unlinked.entry(*at).or_insert_with(|| Arc::clone(&why));
        }
    }
}

/// What a user is recognised by. An attribute with several values, or an address that nobody verified, is none.
fn value(parts: &[Arc<Snapshot>], at: At, by: &By, rules: &LinkRules) -> Option<String> {
    let row = row(parts, at)?;
    let found = match by {
        By::Email => {
            let address = fold(&clean(&row.email));
            let (_, domain) = address.rsplit_once('@')?;
            rules
                .email_domains
                .iter()
                .any(|known| known == domain)
                .then(|| address.clone())?
        }
        By::Attribute(name) => match parts[at.part]
            .details()
            .attribute(MemberKind::User, row.id.0, name)
        {
            [only] => fold(&clean(only)),
            _ => return None,
        },
    };
    (!found.is_empty()).then_some(found)
}

/// The configured pairs, of users who are there or not.
fn pairs(parts: &[Arc<Snapshot>], same: &[Vec<String>]) -> Vec<(String, Vec<At>)> {
    let find = |key: &String| {
        parts.iter().enumerate().find_map(|(part, snapshot)| {
            let external = key
                .strip_prefix(snapshot.directory().as_str())?
                .strip_prefix(':')?;
            Some(At {
                part,
                user: snapshot.user_id(&external.into())?,
            })
        })
    };
    same.iter()
        .map(|keys| (keys.join(", "), keys.iter().filter_map(find).collect()))
        .collect()
}

/// Unites the persons whom each value connects, where that leaves one user of each directory at most.
fn unite(
    parts: &[Arc<Snapshot>],
    persons: &[Person],
    rule: &str,
    values: Vec<(String, Vec<At>)>,
    told: &mut Unfollowed,
) -> Vec<Person> {
    let mut of: HashMap<At, usize> = HashMap::new();
    for (index, person) in persons.iter().enumerate() {
        of.extend(person.rows.iter().map(|at| (*at, index)));
    }
    let mut union = Union((0..persons.len()).collect());
    let mut said: Vec<(String, Vec<At>)> = Vec::new();
    for (value, rows) in values {
        let there: Vec<At> = rows.into_iter().filter(|at| of.contains_key(at)).collect();
        if let Some(part) = doubled(there.iter().map(|at| at.part)) {
            // Without numbers: those who have it stay as they are when one more does.
            let why = format!(
                "{rule} `{value}`: several users of directory `{}` have it",
                parts[part].directory()
            );
            told.add(|| ambiguous(parts, rule, &value, &there, part), &why, &there);
            continue;
        }
        let Some(first) = there.first() else { continue };
        for other in &there[1..] {
            union.join(of[first], of[other]);
        }
        if there.len() > 1 {
            said.push((value, there));
        }
    }
    let mut circles: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..persons.len() {
        circles.entry(union.root(index)).or_default().push(index);
    }
    let torn: HashMap<usize, usize> = circles
        .iter()
        .filter_map(|(root, circle)| {
            let all = circle.iter().flat_map(|index| &persons[*index].rows);
            Some((*root, doubled(all.map(|at| at.part))?))
        })
        .collect();
    for (value, there) in said {
        if let Some(part) = torn.get(&union.root(of[&there[0]])) {
            let why = format!(
                "with what else is known, two users of directory `{}` would be one person",
                parts[*part].directory()
            );
            let notice = || format!("{rule} `{value}` links nobody: {why}");
            told.add(notice, &format!("{rule} `{value}`: {why}"), &there);
        }
    }
    let mut next = Vec::with_capacity(persons.len());
    for (root, circle) in circles {
        let members = circle.iter().map(|index| persons[*index].clone());
        if circle.len() > 1 && !torn.contains_key(&root) {
            next.push(united(members, rule));
        } else {
            next.extend(members);
        }
    }
    next
}

fn ambiguous(parts: &[Arc<Snapshot>], rule: &str, value: &str, there: &[At], part: usize) -> String {
    let twins = there.iter().filter(|at| at.part == part);
    let keys: Vec<String> = twins.map(|at| format!("`{}`", key(parts, *at))).collect();
    format!(
        "{rule} `{value}` links nobody: {} users of directory `{}` have it, {}",
        keys.len(),
        parts[part].directory(),
        keys[..keys.len().min(3)].join(", ")
    )
}

fn united(members: impl Iterator<Item = Person>, rule: &str) -> Person {
    let mut whole = Person::default();
    for member in members {
        whole.rows.extend(member.rows);
        whole.by.extend(member.by);
    }
    whole.rows.sort_unstable();
    whole.by.push(rule.to_owned());
    whole.by.sort();
    whole.by.dedup();
    whole
}

/// A directory that is named twice, if one is.
fn doubled(parts: impl Iterator<Item = usize>) -> Option<usize> {
    let mut seen = 0_u64;
    parts.into_iter().find(|part| {
        let bit = 1_u64 << (part % 64);
        let before = seen;
        seen |= bit;
        before & bit != 0
    })
}

/// Which of many belong together.
struct Union(Vec<usize>);

impl Union {
    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// The smaller index is the root, so that circles keep the order of their first.
    fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.root(one), self.root(two));
        let (low, high) = (one.min(two), one.max(two));
        self.0[high] = low;
    }
}
