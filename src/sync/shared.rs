//! Addresses that several users share: said aloud, since an address that is not one person's tells nobody apart.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::directory::Snapshot;
use crate::model::change::UserWish;
use crate::model::name::fold;
use crate::model::plan::Step;
use crate::model::{Change, ExternalId};

/// How many of those who share an address are named.
const NAMED: usize = 3;

/// One sentence for each address that a step gives to a user although another has it then.
pub(super) fn addresses(snapshot: &Snapshot, steps: &[Step]) -> Vec<String> {
    let wishes = || steps.iter().filter_map(wish);
    let is_new = |wish: &&UserWish| {
        let row = snapshot
            .user_id(&wish.external_id)
            .and_then(|id| snapshot.user(id));
        row.is_none_or(|row| fold(row.email.trim()) != fold(wish.email.trim()))
    };
    // By hashes first: of a first load all addresses are new, and hardly one of them is shared.
    let mut bearers: HashMap<u64, u32> = wishes()
        .filter(is_new)
        .filter_map(|wish| Some((hash(&address(&wish.email)?), 0)))
        .collect();
    if bearers.is_empty() {
        return Vec::new();
    }
    let told: HashSet<&ExternalId> = wishes().map(|wish| &wish.external_id).collect();
    let unchanged = || {
        snapshot
            .users()
            .filter(|row| !row.vanished && !told.contains(&row.external_id))
    };
    let everybody = || {
        let anew = wishes().map(|wish| (&wish.external_id, &wish.email));
        anew.chain(unchanged().map(|row| (&row.external_id, &row.email)))
    };
    for (_, email) in everybody() {
        if let Some(count) = address(email).and_then(|address| bearers.get_mut(&hash(&address))) {
            *count += 1;
        }
    }
    bearers.retain(|_, count| *count > 1);
    let mut shared: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (user, email) in everybody().filter(|_| !bearers.is_empty()) {
        if let Some(address) = address(email).filter(|address| bearers.contains_key(&hash(address))) {
            shared.entry(address).or_default().push(user.as_str());
        }
    }
    shared.retain(|_, users| users.len() > 1);
    shared
        .into_iter()
        .map(|(address, users)| sentence(&address, users))
        .collect()
}

fn wish(step: &Step) -> Option<&UserWish> {
    match &step.change {
        Change::PutUser(wish) => Some(wish),
        _ => None,
    }
}

fn address(email: &str) -> Option<String> {
    let address = fold(email.trim());
    (!address.is_empty()).then_some(address)
}

fn hash(address: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    address.hash(&mut hasher);
    hasher.finish()
}

fn sentence(address: &str, mut users: Vec<&str>) -> String {
    users.sort_unstable();
    let named = users[..users.len().min(NAMED)].join(", ");
    let more = if users.len() > NAMED { ", …" } else { "" };
    let count = users.len();
    format!("{count} users have the address `{address}`: {named}{more}; nothing is concluded from it")
}
