//! Users and groups to be searched, with an evaluation of queries that shares nothing with the server's.

use std::collections::BTreeMap;

use throng::model::change::{GroupWish, UserWish};
use throng::model::{Change, MemberKind, Owner};

use super::super::attributes::attributes;
use super::tree::{MOMENTS, Query, TEXTS, Term, Value};

/// A user or a group: what it says under each property.
struct Somebody {
    name: &'static str,
    texts: BTreeMap<&'static str, Vec<&'static str>>,
    active: bool,
    local: bool,
    created: i64,
}

pub(super) struct People {
    users: Vec<Somebody>,
    groups: Vec<Somebody>,
}

/// The server's clock stands here.
const NOW: i64 = 1_000;

impl People {
    pub(super) fn new() -> Self {
        let mut users = vec![
            user(
                ["Alice", "Al", "İnce", "alice <&> é", "alice@x.org"],
                &["+47", "a"],
                &[],
            ),
            user(["bob", "", "", "bob", ""], &[], &["A"]),
            user(
                ["Érica \"a\"b", "it's", "x y", "\\o/", "B@x.org"],
                &[""],
                &["alice"],
            ),
            user(["malice", "ß", "Ö", "Alice", ""], &[], &[]),
            user(
                ["*star*", "*", "a*b", "ALICE*", "é@x.org"],
                &["bob", "*"],
                &["x y", "+4711"],
            ),
            user(["x y", "ICE", "\\", "<&>", "+47@x.org"], &["it's"], &["É"]),
        ];
        let mut groups = vec![
            group(["Alice", ""], &["+47"], &[]),
            group(["a\"b", "all of <&> it's"], &[], &["x y"]),
            group(["é", "*"], &["a", "b"], &[]),
            group(["devs", "alice"], &[], &["ß"]),
        ];
        for all in [&mut users, &mut groups] {
            for (at, somebody) in all.iter_mut().enumerate() {
                somebody.active = at % 3 != 1;
                somebody.local = at % 4 == 2;
                somebody.created = MOMENTS[at % 4];
            }
        }
        for group in &mut groups {
            group.active = true; // as all are
        }
        Self { users, groups }
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.of(kind).len()
    }

    fn of(&self, kind: &str) -> &[Somebody] {
        if kind == "user" { &self.users } else { &self.groups }
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for user in &self.users {
            changes.push(Change::PutUser(UserWish {
                external_id: user.name.into(),
                owner: user.owner(),
                name: user.name.into(),
                first_name: user.first("firstName"),
                last_name: user.first("lastName"),
                display_name: user.first("displayName"),
                email: user.first("email"),
                active: user.active,
                created_at: Some(user.created),
            }));
            changes.push(user.attributes(MemberKind::User));
        }
        for group in &self.groups {
            changes.push(Change::PutGroup(GroupWish {
                external_id: group.name.into(),
                owner: group.owner(),
                name: group.name.into(),
                nickname: "".into(),
                description: group.first("description"),
                created_at: Some(group.created),
            }));
            changes.push(group.attributes(MemberKind::Group));
        }
        changes
    }

    /// The names of those whom a query wants, sorted as lists are, as they stand in XML.
    pub(super) fn accepted(&self, kind: &str, query: &Query) -> Vec<String> {
        let mut names: Vec<_> = self
            .of(kind)
            .iter()
            .filter(|one| one.is_wanted(query))
            .map(|one| one.name)
            .collect();
        names.sort_by_key(|name| name.to_lowercase());
        names
            .into_iter()
            .map(|name| throng::protocol::crowd::escape_attribute(name).into_owned())
            .collect()
    }
}

fn user(texts: [&'static str; 5], phone: &[&'static str], office: &[&'static str]) -> Somebody {
    let properties = ["name", "firstName", "lastName", "displayName", "email"];
    somebody(properties.into_iter().zip(texts), phone, office)
}

fn group(texts: [&'static str; 2], phone: &[&'static str], office: &[&'static str]) -> Somebody {
    somebody(["name", "description"].into_iter().zip(texts), phone, office)
}

fn somebody(
    texts: impl Iterator<Item = (&'static str, &'static str)>,
    phone: &[&'static str],
    office: &[&'static str],
) -> Somebody {
    let mut texts: BTreeMap<_, _> = texts.map(|(property, text)| (property, vec![text])).collect();
    texts.insert(TEXTS[6], phone.to_vec());
    texts.insert(TEXTS[7], office.to_vec());
    Somebody {
        name: texts["name"][0],
        texts,
        active: true,
        local: false,
        created: 0,
    }
}

impl Somebody {
    fn first(&self, property: &str) -> std::sync::Arc<str> {
        self.texts[property][0].into()
    }

    fn owner(&self) -> Owner {
        if self.local { Owner::Local } else { Owner::Source }
    }

    fn attributes(&self, of: MemberKind) -> Change {
        let own: Vec<_> = TEXTS[6..]
            .iter()
            .map(|name| (*name, self.texts[name].as_slice()))
            .collect();
        attributes(of, self.name, &own)
    }

    fn is_wanted(&self, query: &Query) -> bool {
        match query {
            Query::And(parts) => !parts.iter().any(|part| !self.is_wanted(part)),
            Query::Or(parts) => parts.iter().any(|part| self.is_wanted(part)),
            Query::Term(term) => self.fits(term),
        }
    }

    fn fits(&self, term: &Term) -> bool {
        match (term.mode, &term.value) {
            ("NULL", Value::Text(_)) => !self
                .texts
                .get(term.property)
                .is_some_and(|texts| texts.iter().any(|text| !text.is_empty())),
            ("NULL", _) => false,
            (mode, Value::Text(wanted)) => {
                let texts = self.texts.get(term.property).map_or(&[][..], Vec::as_slice);
                texts
                    .iter()
                    .any(|text| text_fits(mode, &text.to_lowercase(), &wanted.to_lowercase()))
            }
            ("EXACTLY_MATCHES", Value::Bool(wanted)) => {
                *wanted
                    == if term.property == "local" {
                        self.local
                    } else {
                        self.active
                    }
            }
            (_, Value::Bool(_)) => false,
            (mode, Value::Date(wanted)) => {
                let date = if term.property == "createdDate" {
                    self.created
                } else {
                    NOW
                };
                match mode {
                    "EXACTLY_MATCHES" => date == *wanted,
                    "LESS_THAN" => date < *wanted,
                    "GREATER_THAN" => date > *wanted,
                    _ => false,
                }
            }
        }
    }
}

fn text_fits(mode: &str, text: &str, wanted: &str) -> bool {
    let (text, wanted): (Vec<char>, Vec<char>) = (text.chars().collect(), wanted.chars().collect());
    match mode {
        "EXACTLY_MATCHES" => text == wanted,
        "STARTS_WITH" => text.iter().take(wanted.len()).eq(wanted.iter()),
        "ENDS_WITH" => text.iter().rev().take(wanted.len()).eq(wanted.iter().rev()),
        "CONTAINS" => wanted.is_empty() || text.windows(wanted.len()).any(|part| part == wanted),
        "LESS_THAN" => text < wanted,
        "GREATER_THAN" => text > wanted,
        other => panic!("{other}"),
    }
}
