//! The oracle: what applications must see, told from the source's truth by rules written a second time, in other words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use throng::directory::Snapshot;
use throng::model::{GroupId, MemberKind, Owner};
use throng::simulator::entra::{TrueGroup, Truth};
use throng::simulator::jira::{Cache, CachedUser};

type Id = Arc<str>;

/// A user as served.
#[derive(Clone, Debug)]
struct Person {
    name: String,
    display: String,
    email: String,
    enabled: bool,
    /// Still there at the source.
    there: bool,
}

/// A group as served.
#[derive(Clone, Debug)]
struct Team {
    name: String,
    /// What the source calls it.
    told: String,
}

/// What is known after the last read.
#[derive(Clone, Debug, Default)]
pub(super) struct Oracle {
    people: BTreeMap<Id, Person>,
    teams: BTreeMap<Id, Team>,
    /// (group, user).
    members: BTreeSet<(Id, Id)>,
    /// (parent, child).
    nested: BTreeSet<(Id, Id)>,
}

fn key(name: &str) -> String {
    name.to_lowercase()
}

fn eight(id: &str) -> String {
    id.chars().take(8).collect()
}

impl Oracle {
    /// A complete read saw exactly this; `before` is what was served until then.
    pub(super) fn advance(&mut self, truth: &Truth, before: &Snapshot) {
        // Who is gone stays, inactive; a name that somebody bears now is no longer its own.
        let borne: BTreeSet<String> = truth.users.values().map(|user| key(&user.upn)).collect();
        for (id, person) in &mut self.people {
            person.there = truth.users.contains_key(id);
            if !person.there && borne.contains(&key(&person.name)) {
                person.name = format!("{}#gone-{}", person.name, eight(id));
            }
        }
        for (id, user) in &truth.users {
            let display = if user.display.trim().is_empty() {
                &user.upn
            } else {
                &user.display
            };
            let person = Person {
                name: user.upn.clone(),
                display: display.trim().to_owned(),
                email: user.mail.clone().unwrap_or_default(),
                enabled: user.enabled,
                there: true,
            };
            self.people.insert(Arc::clone(id), person);
        }
        self.name_teams(truth, before);
        // Memberships of who is gone are frozen, as long as the group is there.
        let (people, teams) = (&self.people, &self.teams);
        self.members.retain(|(team, user)| {
            teams.contains_key(team) && people.get(user).is_some_and(|person| !person.there)
        });
        self.members.extend(truth.members.iter().cloned());
        self.nested = truth.nested.iter().cloned().collect();
    }

    /// Namesakes: who has a name keeps it, the oldest newcomer gets it (of those of one age who was known before), others wear a suffix.
    fn name_teams(&mut self, truth: &Truth, before: &Snapshot) {
        self.teams.retain(|id, _| truth.groups.contains_key(id));
        let told = |group: &TrueGroup| group.display.trim().to_owned();
        let (kept, mut open): (Vec<_>, Vec<_>) = truth
            .groups
            .iter()
            .partition(|(id, group)| self.teams.get(*id).is_some_and(|team| team.told == told(group)));
        let mut taken: BTreeSet<String> = kept.iter().map(|(id, _)| key(&self.teams[*id].name)).collect();
        let known = |id: &Id| before.group_id(&(**id).into()).map_or(u32::MAX, |row| row.0);
        open.sort_by_key(|(id, group)| (group.created.clone(), known(id)));
        for (id, group) in open {
            let name = told(group);
            let choices = [
                name.clone(),
                format!("{name} ({})", group.nickname.trim()),
                format!("{name} ({})", eight(id)),
                format!("{name} ({id})"),
            ];
            // Who has no nickname wears none.
            let without = group.nickname.is_empty().then(|| format!("{name} ()"));
            let chosen = choices
                .into_iter()
                .find(|choice| Some(choice) != without.as_ref() && !taken.contains(&key(choice)))
                .unwrap();
            taken.insert(key(&chosen));
            self.teams.insert(
                Arc::clone(id),
                Team {
                    name: chosen,
                    told: name,
                },
            );
        }
    }

    /// After a read that saw a part, or a source in motion: takes over what the directory made of it.
    pub(super) fn adopt(&mut self, snapshot: &Snapshot) {
        let arc = |id: &throng::model::ExternalId| Id::from(id.as_str());
        let people = snapshot.users().map(|row| {
            let person = Person {
                name: row.name.to_string(),
                display: row.display_name.to_string(),
                email: row.email.to_string(),
                enabled: row.source_active,
                there: !row.vanished,
            };
            (arc(&row.external_id), person)
        });
        self.people = people.collect();
        let teams = snapshot.groups().map(|row| {
            let team = Team {
                name: row.name.to_string(),
                told: row.source_name.to_string(),
            };
            (arc(&row.external_id), team)
        });
        self.teams = teams.collect();
        (self.members, self.nested) = Default::default();
        for row in snapshot.groups() {
            let team = arc(&row.external_id);
            for id in snapshot.members(row.id, MemberKind::User, Owner::Source) {
                if let Some(user) = snapshot.user(throng::model::UserId(*id)) {
                    self.members.insert((Arc::clone(&team), arc(&user.external_id)));
                }
            }
            for id in snapshot.members(row.id, MemberKind::Group, Owner::Source) {
                if let Some(child) = snapshot.group(GroupId(*id)) {
                    self.nested.insert((Arc::clone(&team), arc(&child.external_id)));
                }
            }
        }
    }

    /// What a client must hold.
    pub(super) fn cache(&self) -> Cache {
        let team = |id: &Id| key(&self.teams[id].name);
        let users = self.people.iter().map(|(id, person)| {
            let user = CachedUser {
                name: person.name.clone(),
                key: format!("corp:{id}"),
                display_name: person.display.clone(),
                email: person.email.clone(),
                active: person.enabled && person.there,
            };
            (key(&person.name), user)
        });
        let members = self
            .members
            .iter()
            .map(|(of, user)| (team(of), key(&self.people[user].name)));
        // A group in itself says nothing.
        let nested = self.nested.iter().filter(|(parent, child)| parent != child);
        Cache {
            users: users.collect(),
            groups: self
                .teams
                .values()
                .map(|team| (key(&team.name), team.name.clone()))
                .collect(),
            memberships: members.collect(),
            nesting: nested
                .map(|(parent, child)| (team(parent), team(child)))
                .collect(),
        }
    }

    /// What an incomplete read must not take away: whoever is there, groups, memberships, by id.
    pub(super) fn losses(&self, after: &Self, truth: &Truth) -> Vec<String> {
        let mut lost = Vec::new();
        for (id, person) in self.people.iter().filter(|(_, person)| person.there) {
            match after.people.get(id) {
                Some(now) if now.there && (now.enabled || !person.enabled) => {}
                Some(now) if now.there && truth.users.get(id).is_some_and(|user| !user.enabled) => {}
                now => lost.push(format!("user {} became {now:?}", person.name)),
            }
        }
        lost.extend(
            self.teams
                .iter()
                .filter(|(id, _)| !after.teams.contains_key(*id))
                .map(|lost| format!("{lost:?}")),
        );
        lost.extend(
            self.members
                .difference(&after.members)
                .map(|edge| format!("member {edge:?}")),
        );
        lost.extend(
            self.nested
                .difference(&after.nested)
                .map(|edge| format!("nested {edge:?}")),
        );
        lost
    }
}

/// How two caches differ, in lines.
pub(super) fn differences(left: &Cache, right: &Cache) -> Vec<String> {
    let lines = |cache: &Cache| -> BTreeSet<String> {
        let users = cache.users.iter().map(|(name, user)| format!("{name}: {user:?}"));
        let groups = cache
            .groups
            .iter()
            .map(|(name, spelled)| format!("group {name}: {spelled}"));
        let members = cache.memberships.iter().map(|edge| format!("member {edge:?}"));
        let nested = cache.nesting.iter().map(|edge| format!("nested {edge:?}"));
        users.chain(groups).chain(members).chain(nested).collect()
    };
    let (left, right) = (lines(left), lines(right));
    let missing = left.difference(&right).map(|line| format!("- {line}"));
    missing
        .chain(right.difference(&left).map(|line| format!("+ {line}")))
        .collect()
}
