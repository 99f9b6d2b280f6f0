//! Identity: which key a person has. Once given it stays, whoever of the person's users comes or goes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::people::{Person, key};
use crate::directory::Snapshot;
use crate::model::user::UserRow;
use crate::model::{MemberKind, Owner};

/// The custom attribute that names a person's users, each as `directory:id`.
pub const LINKED: &str = "linked";
/// The custom attribute that names the rules by which they are one.
pub const LINKED_BY: &str = "linked_by";

/// The custom attribute that says which value of a user links it to nobody, and why.
pub const NOT_LINKED: &str = "not_linked";

const APART: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// The keys as one text.
pub(super) fn text(keys: &[String]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|key| utf8_percent_encode(key, APART).to_string())
        .collect();
    keys.join(" ")
}

/// The keys of a person's users, the first in precedence first; of whoever is not linked its own alone.
pub fn members(snapshot: &Snapshot, row: &UserRow) -> Vec<String> {
    match snapshot.details().attribute(MemberKind::User, row.id.0, LINKED) {
        [only] => only
            .split(' ')
            .map(|key| percent_decode_str(key).decode_utf8_lossy().into_owned())
            .collect(),
        _ => vec![row.external_id.to_string()],
    }
}

/// Who has which key, and which keys' persons are others' now.
#[derive(Debug, Default)]
pub(super) struct Identity {
    /// By person.
    pub(super) keys: Vec<String>,
    /// Persons there were whose users all belong to others, or some do and none is left.
    pub(super) joined: Vec<String>,
}

/// Keeps keys: a person has that of the person its users were before; where several were, or several come of one, the one
/// whose own key it is, then the first in precedence.
pub(super) fn identify(parts: &[Arc<Snapshot>], persons: &[Person], known: &Snapshot) -> Identity {
    let mut before: HashMap<String, String> = HashMap::new();
    let rows = known.users().filter(|row| row.owner == Owner::Source);
    let were: Vec<(String, Vec<String>)> = rows
        .map(|row| (row.external_id.to_string(), members(known, row)))
        .collect();
    for (person, members) in &were {
        for member in members {
            before.entry(member.clone()).or_insert_with(|| person.clone());
        }
    }
    let own: Vec<Vec<String>> = persons
        .iter()
        .map(|person| person.rows.iter().map(|at| key(parts, *at)).collect())
        .collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut given: Vec<Option<String>> = vec![None; persons.len()];
    let themselves = |key: &String| before.get(key).filter(|person| *person == key).cloned();
    give(&own, &mut given, &mut taken, themselves);
    give(&own, &mut given, &mut taken, |key| before.get(key).cloned());
    give(&own, &mut given, &mut taken, |key| Some(key.clone()));
    let keys: Vec<String> = given
        .into_iter()
        .zip(&own)
        .map(|(given, own)| given.unwrap_or_else(|| another(&own[0], &mut taken)))
        .collect();
    let there: HashSet<&String> = own.iter().flatten().collect();
    let joined = were.iter().filter(|(person, members)| {
        !taken.contains(person) && members.iter().any(|member| there.contains(member))
    });
    Identity {
        joined: joined.map(|(person, _)| person.clone()).collect(),
        keys,
    }
}

fn give(
    own: &[Vec<String>],
    given: &mut [Option<String>],
    taken: &mut HashSet<String>,
    claim: impl Fn(&String) -> Option<String>,
) {
    for (given, own) in given.iter_mut().zip(own) {
        if given.is_none() {
            let free = own.iter().filter_map(&claim).find(|key| !taken.contains(key));
            taken.extend(free.clone());
            *given = free;
        }
    }
}

/// A key for whose own one somebody else has: who came back when another had taken its place.
fn another(own: &str, taken: &mut HashSet<String>) -> String {
    let free = (2..=u64::MAX)
        .map(|count| format!("{own}~{count}"))
        .find(|key| !taken.contains(key));
    let free = free.expect("there are more numbers than persons");
    taken.insert(free.clone());
    free
}
