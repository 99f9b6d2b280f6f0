//! Records: what the linked directories come to, told as any source tells it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::identity::{self, LINKED, LINKED_BY, NOT_LINKED};
use super::people::{At, LinkRules, Person, key, people, row};
use crate::directory::Snapshot;
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::user::UserRow;
use crate::model::{ExternalId, GroupId, MemberKind};

/// Of how many new links it is told one by one.
const NEWS: usize = 200;

/// What is told, with what a person should know.
pub(super) struct Told {
    pub(super) records: Vec<Record>,
    pub(super) notices: Vec<String>,
}

/// Everybody and every group of the parts, under the keys that `known` has for them.
pub(super) fn tell(
    parts: &[Arc<Snapshot>],
    known: &Snapshot,
    rules: &LinkRules,
    wanted: &BTreeSet<String>,
) -> Told {
    let everybody = people(parts, rules);
    let identity = identity::identify(parts, &everybody.persons, known);
    let mut records = Vec::new();
    let mut notices = everybody.notices.clone();
    let mut news = News::default();
    let mut person_of: HashMap<At, ExternalId> = HashMap::new();
    for (person, own) in everybody.persons.iter().zip(&identity.keys) {
        let id = ExternalId::from(own.as_str());
        person_of.extend(person.rows.iter().map(|at| (*at, id.clone())));
        news.look(parts, known, person, &id);
        let mut told = user(parts, person, id, rules, wanted);
        let why = person.rows.iter().find_map(|at| everybody.unlinked.get(at));
        if let Some((user, why)) = told.as_mut().zip(why) {
            user.attributes.insert(NOT_LINKED.into(), Arc::clone(why));
        }
        records.extend(told.map(Record::User));
    }
    notices.extend(news.told());
    records.extend(
        identity
            .joined
            .iter()
            .map(|key| Record::UserJoined(key.as_str().into())),
    );
    groups(parts, known, &person_of, &mut records);
    Told { records, notices }
}

/// What is new of persons' links, to a bound.
#[derive(Default)]
struct News {
    told: Vec<String>,
    more: usize,
}

impl News {
    fn look(&mut self, parts: &[Arc<Snapshot>], known: &Snapshot, person: &Person, id: &ExternalId) {
        if person.rows.len() < 2 {
            return;
        }
        let keys: Vec<String> = person.rows.iter().map(|at| key(parts, *at)).collect();
        let row = known.user_id(id).and_then(|id| known.user(id));
        if row.is_some_and(|row| identity::members(known, row) == keys) {
            return;
        }
        if self.told.len() == NEWS {
            self.more += 1;
            return;
        }
        let shown: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let (shown, by) = (shown.join(" and "), person.by.join(", "));
        self.told
            .push(format!("{shown} are one person by {by}, with the key `{id}`"));
    }

    fn told(self) -> impl Iterator<Item = String> {
        let more = (self.more > 0).then(|| format!("{} more persons are linked anew", self.more));
        self.told.into_iter().chain(more)
    }
}

fn user(
    parts: &[Arc<Snapshot>],
    person: &Person,
    id: ExternalId,
    rules: &LinkRules,
    wanted: &BTreeSet<String>,
) -> Option<SourceUser> {
    let mut attributes = BTreeMap::new();
    let mut put = |name: &str, value: &Arc<str>| {
        if !value.is_empty() && wanted.contains(name) {
            attributes
                .entry(Arc::from(name))
                .or_insert_with(|| Arc::clone(value));
        }
    };
    let customs: Vec<&String> = wanted
        .iter()
        .filter(|name| !FIELDS.contains(&name.as_str()))
        .collect();
    for at in &person.rows {
        let Some(row) = row(parts, *at) else { continue };
        let directory = parts[at.part].directory();
        for (field, value) in FIELDS.iter().zip(fields(row)) {
            put(field, value);
            put(&format!("{directory}.{field}"), value);
        }
        for custom in &customs {
            let name = custom
                .strip_prefix(directory.as_str())
                .and_then(|rest| rest.strip_prefix('.'));
            let name = name.unwrap_or(custom.as_str());
            if let [first, ..] = parts[at.part]
                .details()
                .attribute(MemberKind::User, row.id.0, name)
            {
                put(custom, first);
            }
        }
    }
    if person.rows.len() > 1 || person.rows.iter().any(|at| key(parts, *at) != id.as_str()) {
        let keys: Vec<String> = person.rows.iter().map(|at| key(parts, *at)).collect();
        attributes.insert(LINKED.into(), identity::text(&keys).into());
        let by = if person.by.is_empty() {
            "once".to_owned()
        } else {
            person.by.join(" ")
        };
        attributes.insert(LINKED_BY.into(), by.into());
    } else {
        attributes.remove(LINKED);
        attributes.remove(LINKED_BY);
    }
    attributes.remove(NOT_LINKED);
    let first = row(parts, *person.rows.first()?)?;
    // Whose word counts: the first that has the person.
    let says = |part: &usize| person.rows.iter().find(|at| at.part == *part);
    let judge = rules.active.iter().find_map(says).or(person.rows.first())?;
    let active = parts[judge.part]
        .live_user(judge.user)
        .is_some_and(|live| live.active);
    Some(SourceUser {
        id,
        active,
        created_at: Some(first.created_at),
        attributes,
    })
}

/// What a user's fields are called, in [`fields`]' order.
pub(super) const FIELDS: [&str; 5] = ["username", "display_name", "first_name", "last_name", "email"];

fn fields(row: &UserRow) -> [&Arc<str>; 5] {
    [
        &row.name,
        &row.display_name,
        &row.first_name,
        &row.last_name,
        &row.email,
    ]
}

/// Groups of one name are one group, as in an application with several directories.
fn groups(
    parts: &[Arc<Snapshot>],
    known: &Snapshot,
    person_of: &HashMap<At, ExternalId>,
    records: &mut Vec<Record>,
) {
    let mut named: BTreeMap<Arc<str>, Vec<(usize, GroupId)>> = BTreeMap::new();
    for (part, snapshot) in parts.iter().enumerate() {
        for row in snapshot.groups() {
            if let Some(live) = snapshot.live_group(row.id) {
                named
                    .entry(Arc::clone(&live.folded))
                    .or_default()
                    .push((part, row.id));
            }
        }
    }
    let ids = group_ids(parts, known, named.values());
    for same in named.values() {
        let (part, group) = same[0];
        let Some(row) = parts[part].group(group) else {
            continue;
        };
        let id = ids[&same[0]].clone();
        records.push(Record::Group(SourceGroup {
            id: id.clone(),
            name: Arc::clone(&row.name),
            nickname: parts[part].directory().as_str().into(),
            description: Arc::clone(&row.description),
            created_at: None,
        }));
        for (part, group) in same {
            let snapshot = &parts[*part];
            let users = snapshot.shown_users(*group);
            let users = users.iter().filter_map(|user| {
                person_of.get(&At {
                    part: *part,
                    user: crate::model::UserId(*user),
                })
            });
            let children = snapshot.all_members(*group, MemberKind::Group);
            let children = children
                .iter()
                .filter_map(|child| ids.get(&(*part, GroupId(*child))))
                .filter(|child| **child != id);
            let of_kind = |kind| {
                let group = id.clone();
                move |member: &ExternalId| Record::Member {
                    group: group.clone(),
                    member: member.clone(),
                    kind,
                }
            };
            records.extend(users.map(of_kind(MemberKind::User)));
            records.extend(children.map(of_kind(MemberKind::Group)));
        }
        records.push(Record::MembersComplete(id));
    }
}

/// The key of each group: that under which it is known, else that of the first directory that has it.
fn group_ids<'a>(
    parts: &[Arc<Snapshot>],
    known: &Snapshot,
    named: impl Iterator<Item = &'a Vec<(usize, GroupId)>>,
) -> HashMap<(usize, GroupId), ExternalId> {
    let mut ids: HashMap<(usize, GroupId), ExternalId> = HashMap::new();
    for same in named {
        let own = |(part, group): &(usize, GroupId)| -> ExternalId {
            let external = parts[*part].group_external(*group);
            format!(
                "{}:{}",
                parts[*part].directory(),
                external.map_or("", |id| id.as_str())
            )
            .into()
        };
        let is_known = |id: &ExternalId| known.group_id(id).is_some_and(|id| known.group(id).is_some());
        let all: Vec<ExternalId> = same.iter().map(own).collect();
        let id = all.iter().find(|id| is_known(id)).unwrap_or(&all[0]);
        ids.extend(same.iter().map(|at| (*at, id.clone())));
    }
    ids
}
