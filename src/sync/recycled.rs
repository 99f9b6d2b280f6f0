//! Names that somebody else bore before: said aloud, since applications keep what belonged to a name.

use std::collections::{BTreeMap, BTreeSet};

use crate::directory::Snapshot;
use crate::model::name::{clean, fold};
use crate::model::plan::{Effect, Step};
use crate::model::{Change, ExternalId};

/// One sentence for each username that a step gives to another person than it belonged to.
pub(super) fn names(snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let mut given: BTreeMap<String, &ExternalId> = BTreeMap::new();
    for step in steps {
        let Change::PutUser(wish) = &step.change else {
            continue;
        };
        let name = fold(&clean(&wish.name));
        let new = step.effect == Effect::Add || name != fold(&step.subject);
        if new && (snapshot.had_user_named(&name) || snapshot.user_named(&name).is_some()) {
            given.insert(name, &wish.external_id);
        }
    }
    if given.is_empty() {
        return Vec::new();
    }
    let mut bearers = snapshot.former_bearers(&given.keys().cloned().collect::<BTreeSet<_>>());
    let present = given
        .keys()
        .filter_map(|name| Some((name.clone(), snapshot.user_named(name)?.external_id.clone())));
    bearers.extend(present);
    bearers.sort();
    bearers.dedup();
    let mut told = Vec::new();
    for (name, before) in bearers {
        let now = given[&name];
        if *now != before {
            told.push(format!(
                "the username `{name}` was user {before}'s and is user {now}'s now: another person, with a key of its own"
            ));
        }
    }
    told
}
