//! Groups that events name, with all that is within them; where they are is held against what was known.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::{StreamExt, stream};

use super::groups::{GroupRow, Tree};
use super::list::Row;
use super::memory::{State, Within};
use super::named::encoded;
use super::realm::WHO;
use super::source::{Keycloak, PARALLEL};
use crate::connector::api::Batch;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// Where groups are.
pub(super) type Places = BTreeMap<ExternalId, Within>;

/// Tells these groups and those within them; answers where all groups are now. `None` where only the whole tree can tell: somebody
/// is neither where it was nor gone.
pub(super) async fn read(
    keycloak: &Keycloak,
    out: &Out,
    known: &State,
    named: &BTreeSet<ExternalId>,
) -> Result<Option<Places>, RestError> {
    let (mut tree, mut gone) = (Tree::default(), HashSet::new());
    let mut strangers = Vec::new();
    let mut ask = named.clone();
    let mut first = true;
    while !ask.is_empty() {
        let one = |id: ExternalId| async move { (keycloak.group_alone(&id).await, id) };
        let mut asks = stream::iter(std::mem::take(&mut ask))
            .map(one)
            .buffer_unordered(PARALLEL);
        let mut rows = Vec::new();
        while let Some((row, id)) = asks.next().await {
            match row? {
                Some(_) if !first => return Ok(None),
                Some(row) if !known.groups.contains_key(&id) && !row.is_on_top() => {
                    strangers.push(id);
                    rows.push(row);
                }
                Some(row) => rows.push(row),
                None => drop(gone.insert(id)),
            }
        }
        keycloak.walk(&mut tree, out, rows).await?;
        ask = left_behind(known, &tree, &gone);
        first = false;
    }
    let found = tree.places();
    if strangers.iter().any(|id| found[id].parents.is_empty()) {
        return Ok(None);
    }
    let mut places = known.groups.clone();
    places.retain(|id, _| !gone.contains(id));
    for (id, within) in found {
        // Where one that was asked for by itself is within is not said: it is where it was.
        if !within.parents.is_empty() || !places.contains_key(&id) {
            places.insert(id, within);
        }
    }
    Ok(Some(places))
}

/// Known groups within those that are gone, or read without them, which were not found elsewhere.
fn left_behind(known: &State, tree: &Tree, gone: &HashSet<ExternalId>) -> BTreeSet<ExternalId> {
    let was_read = |id: &ExternalId| gone.contains(id) || tree.ids.contains(id.as_str());
    let left = known
        .groups
        .iter()
        .filter(|(id, within)| !was_read(id) && within.parents.iter().any(was_read));
    left.map(|(id, _)| id.clone()).collect()
}

/// What moved between two pictures of where groups are.
pub(super) fn moves(before: &Places, now: &Places) -> Vec<Record> {
    let edge = |group: &ExternalId, member: &ExternalId| (group.clone(), member.clone(), MemberKind::Group);
    let mut records = Vec::new();
    for (id, within) in now {
        let was = before.get(id);
        if was == Some(within) {
            continue;
        }
        let left = was.map_or(&[][..], |was| &was.parents).iter();
        for parent in left.filter(|parent| !within.parents.contains(parent) && now.contains_key(*parent)) {
            let (group, member, kind) = edge(parent, id);
            records.push(Record::MemberGone { group, member, kind });
        }
        for parent in &within.parents {
            let (group, member, kind) = edge(parent, id);
            records.push(Record::Member { group, member, kind });
        }
    }
    let gone = before.keys().filter(|id| !now.contains_key(*id));
    records.extend(gone.cloned().map(Record::GroupGone));
    records
}

impl Keycloak {
    /// A group by itself; `None` where it is gone.
    async fn group_alone(&self, id: &ExternalId) -> Result<Option<GroupRow>, RestError> {
        let admin = self.admin().await?;
        let path = format!("/groups/{}", encoded(id));
        match admin.get::<GroupRow>(&path, &self.clock).await {
            Ok(got) if got.body.id() == Some(id.as_str()) => Ok(Some(got.body)),
            Ok(_) => Err(RestError::Malformed(format!(
                "{WHO} answered another group than asked for"
            ))),
            Err(RestError::Absent(_)) => Ok(None),
            Err(error) => Err(error.within(&format!("group `{id}`"))),
        }
    }
}

/// Sends what moved.
pub(super) async fn tell_moves(out: &Out, before: &Places, now: &Places) {
    let moves = moves(before, now);
    if !moves.is_empty() {
        drop(out.send(Ok(Batch::Records(moves))).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(of: &[(&str, &[&str])]) -> Places {
        let within = |parents: &[&str]| Within {
            parents: parents.iter().map(|id| (*id).into()).collect(),
            doubted: false,
        };
        of.iter()
            .map(|(id, parents)| ((*id).into(), within(parents)))
            .collect()
    }

    #[test]
    fn what_moved_leaves_the_one_and_is_in_the_other() {
        let before = places(&[
            ("a", &[]),
            ("b", &[]),
            ("c", &["a"]),
            ("d", &["c"]),
            ("e", &["d"]),
        ]);
        let now = places(&[("a", &[]), ("b", &[]), ("c", &["b"]), ("e", &[])]);
        let edge = |group: &str, member: &str| (group.into(), member.into(), MemberKind::Group);
        let (group, member, kind) = edge("a", "c");
        let left = Record::MemberGone { group, member, kind };
        let (group, member, kind) = edge("b", "c");
        let came = Record::Member { group, member, kind };
        // `d` is gone with all that was in it.
        assert_eq!(moves(&before, &now), [left, came, Record::GroupGone("d".into())]);
        assert!(moves(&now, &now).is_empty());
    }

    #[test]
    fn a_doubted_place_is_told_again() {
        let mut before = places(&[("a", &[]), ("b", &["a"])]);
        let now = before.clone();
        before.get_mut("b").unwrap().doubted = true;
        assert_eq!(moves(&before, &now).len(), 1);
    }
}
