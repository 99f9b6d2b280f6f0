//! Searches: who matches, in which order, which page of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::answer::Answer;
use super::cursor::{Place, Walk};
use super::error::Refusal;
use super::held::{Held, relation};
use super::nameless;
use super::realm::Realm;
use crate::directory::Snapshot;
use crate::model::{GroupId, MemberKind, UserId};
use crate::protocol::scim::filter::Lookup;
use crate::protocol::scim::{Bound, Filter, Page, Projection, Query, SortKey, Sorting, list_response};
use axum::http::StatusCode;

/// The longest page.
pub(super) const MAX_PAGE: usize = 1000;
/// The page of those who do not say.
pub(super) const USUAL_PAGE: usize = 100;

/// One type, with what is asked of it.
struct Asked<'r> {
    of: MemberKind,
    bound: Option<Bound>,
    projection: Projection,
    sorting: Option<Sorting<'r>>,
}

/// A match: of which type, in which row.
type Match = (usize, u32);

/// Searches one type, or several together.
pub(super) async fn search(
    realm: Arc<Realm>,
    actor: Arc<str>,
    types: &'static [MemberKind],
    query: Query,
) -> Result<Answer, Refusal> {
    let snapshot = realm.directory.snapshot();
    let asked = asked(&realm, types, &query)?;
    let cheap = !asked.iter().any(|asked| asked.scans(&snapshot));
    drop(asked);
    if cheap {
        return answer(&realm, &snapshot, &actor, types, &query);
    }
    // Whoever must look at everybody waits for a turn, off the threads that serve the others.
    let scanning = Arc::clone(&realm);
    let turn = realm.scans.acquire().await.map_err(|_| Refusal::Failed)?;
    let scan = tokio::task::spawn_blocking(move || answer(&scanning, &snapshot, &actor, types, &query));
    let answered = scan.await.map_err(|_| Refusal::Failed)?;
    drop(turn);
    answered
}

fn asked<'r>(realm: &'r Realm, types: &[MemberKind], query: &Query) -> Result<Vec<Asked<'r>>, Refusal> {
    let filter = query.filter.as_deref().map(Filter::parse).transpose()?;
    let one = |of: &MemberKind| {
        let kind = realm.kind(*of);
        let bind = |filter: &Filter| match types {
            [_] => filter.bind(kind, realm.tolerances),
            _ => filter.bind_among(kind, realm.tolerances),
        };
        let sorting = query
            .sort_by
            .as_deref()
            .map(|name| Sorting::new(kind, name))
            .transpose()?;
        Ok(Asked {
            of: *of,
            bound: filter.as_ref().map(bind).transpose()?,
            projection: Projection::new(kind, &query.attributes, &query.excluded),
            sorting: sorting.flatten(),
        })
    };
    types.iter().map(one).collect()
}

fn answer(
    realm: &Realm,
    snapshot: &Snapshot,
    actor: &str,
    types: &'static [MemberKind],
    query: &Query,
) -> Result<Answer, Refusal> {
    let asked = asked(realm, types, query)?;
    let mut matches: Vec<Match> = Vec::new();
    for (index, one) in asked.iter().enumerate() {
        let rows = one.matching(realm, snapshot).into_iter();
        matches.extend(rows.map(|row| (index, row)));
    }
    if asked.iter().any(|one| one.sorting.is_some()) {
        sort(realm, snapshot, &asked, &mut matches, query.descending);
    }
    let endpoint = match types {
        [of] => realm.kind(*of).endpoint,
        _ => "",
    };
    let walk = Walk {
        actor,
        endpoint,
        query,
    };
    let (page, shown) = match &query.cursor {
        None => by_index(query, &matches),
        Some(cursor) => by_cursor(realm, &walk, cursor, &matches)?,
    };
    let resources: Vec<Value> = shown
        .iter()
        .filter_map(|(index, row)| {
            let one = &asked[*index];
            let held = Held::of_row(snapshot, one.of, *row)?;
            Some(held.shown(realm, snapshot, &one.projection))
        })
        .collect();
    Ok(Answer::of(StatusCode::OK, list_response(&page, resources)))
}

/// Pages by number: clamped, never refused.
fn by_index<'m>(query: &Query, matches: &'m [Match]) -> (Page, &'m [Match]) {
    let start = query.start_index.unwrap_or(1);
    let count = query.count.unwrap_or(USUAL_PAGE).min(MAX_PAGE);
    let first = (start - 1).min(matches.len());
    let last = first.saturating_add(count).min(matches.len());
    let page = Page {
        total: Some(matches.len()),
        start_index: Some(start),
        next_cursor: None,
    };
    (page, &matches[first..last])
}

/// Pages by cursor: without an order of its own, a walk goes on behind the last row it showed, whatever came or went.
fn by_cursor<'m>(
    realm: &Realm,
    walk: &Walk<'_>,
    cursor: &str,
    matches: &'m [Match],
) -> Result<(Page, &'m [Match]), Refusal> {
    let (count, now) = (walk.query.count, realm.clock.now());
    let sorted = walk.query.sort_by.is_some();
    let place = if cursor.is_empty() {
        let count = count.unwrap_or(USUAL_PAGE);
        Place {
            after: 0,
            count: count as u64,
        }
    } else {
        realm.cursors.read(walk, cursor, count, now)?
    };
    let number = |(index, row): &Match| ((*index as u64) << 32 | u64::from(*row)) + 1;
    let first = if sorted {
        usize::try_from(place.after)
            .unwrap_or(usize::MAX)
            .min(matches.len())
    } else {
        matches.partition_point(|one| number(one) <= place.after)
    };
    let size = usize::try_from(place.count).unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let last = first.saturating_add(size).min(matches.len());
    let shown = &matches[first..last];
    let after = match shown.last() {
        _ if sorted => last as u64,
        Some(last) => number(last),
        None => place.after,
    };
    let next = Place { after, ..place };
    let page = Page {
        total: Some(matches.len()),
        start_index: None,
        next_cursor: (last < matches.len() && size > 0).then(|| realm.cursors.write(walk, next, now)),
    };
    Ok((page, shown))
}

fn sort(realm: &Realm, snapshot: &Snapshot, asked: &[Asked<'_>], matches: &mut [Match], descending: bool) {
    let key = |(index, row): &Match| {
        let one = &asked[*index];
        let held = Held::of_row(snapshot, one.of, *row);
        match (&one.sorting, held) {
            (Some(sorting), Some(held)) => {
                let whole = held.whole(realm, snapshot, sorting.reads(held.relation()));
                sorting.key(&whole)
            }
            _ => SortKey::Absent,
        }
    };
    let mut keyed: Vec<(SortKey, Match)> = matches.iter().map(|one| (key(one), *one)).collect();
    keyed.sort_by(|(left, _), (right, _)| left.order(right, descending));
    for (place, (_, one)) in matches.iter_mut().zip(keyed) {
        *place = one;
    }
}

impl Asked<'_> {
    /// Whether it has to look at everybody.
    fn scans(&self, snapshot: &Snapshot) -> bool {
        self.sorting.is_some() || (self.bound.is_some() && self.candidates(snapshot).is_none())
    }

    /// The rows that match, in the order of their creation.
    fn matching(&self, realm: &Realm, snapshot: &Snapshot) -> Vec<u32> {
        let Some(bound) = &self.bound else {
            return all(snapshot, self.of);
        };
        let rows = self
            .candidates(snapshot)
            .unwrap_or_else(|| all(snapshot, self.of));
        let with_relations = bound.reads(relation(self.of));
        let lookups = bound.lookups();
        rows.into_iter()
            .filter(|row| {
                Held::of_row(snapshot, self.of, *row).is_some_and(|held| {
                    let mut whole = held.whole(realm, snapshot, with_relations);
                    nameless::recall(snapshot, &held, &lookups, &mut whole);
                    bound.matches(&whole, &|id| held.is_related(snapshot, id))
                })
            })
            .collect()
    }

    /// The rows among which every match is, where an index knows: the fewest of any equality that the filter demands.
    fn candidates(&self, snapshot: &Snapshot) -> Option<Vec<u32>> {
        let lookups = self.bound.as_ref()?.lookups();
        let known = lookups
            .into_iter()
            .filter_map(|lookup| rows_of(snapshot, self.of, lookup));
        known
            .min_by_key(BTreeSet::len)
            .map(|rows| rows.into_iter().collect())
    }
}

/// All that were pushed, in the order of their creation.
fn all(snapshot: &Snapshot, of: MemberKind) -> Vec<u32> {
    use crate::model::Owner::Source;
    match of {
        MemberKind::User => {
            let users = snapshot.users().filter(|user| user.owner == Source);
            users.map(|user| user.id.0).collect()
        }
        MemberKind::Group => {
            let groups = snapshot.groups().filter(|group| group.owner == Source);
            groups.map(|group| group.id.0).collect()
        }
    }
}

/// The rows that an index knows for an equality, those of forgotten users among them.
fn rows_of(snapshot: &Snapshot, of: MemberKind, lookup: Lookup<'_>) -> Option<BTreeSet<u32>> {
    let mut rows = told(snapshot, of, lookup)?;
    if of == MemberKind::User {
        rows.extend(nameless::found(snapshot, lookup));
    }
    Some(rows)
}

fn told(snapshot: &Snapshot, of: MemberKind, lookup: Lookup<'_>) -> Option<BTreeSet<u32>> {
    let text = lookup.text;
    match (of, lookup.attribute) {
        (_, "id") => {
            let held = Held::of_id(snapshot, of, text);
            Some(held.map(|held| held.row).into_iter().collect())
        }
        (MemberKind::User, "userName") | (MemberKind::Group, "displayName") => {
            Some(named(snapshot, of, text))
        }
        (_, "externalId") => Some(snapshot.details().of_external(of, text).collect()),
        (MemberKind::User, "emails") => {
            let users = snapshot.details().users_of_email(text);
            Some(users.map(|user| user.0).collect())
        }
        (MemberKind::User, "groups") => {
            let group = Held::of_id(snapshot, MemberKind::Group, text);
            let members = group.map(|group| snapshot.all_members(GroupId(group.row), MemberKind::User));
            Some(members.iter().flat_map(|ids| ids.iter().copied()).collect())
        }
        (MemberKind::Group, "members") => {
            let user = Held::of_id(snapshot, MemberKind::User, text);
            let child = Held::of_id(snapshot, MemberKind::Group, text);
            let of_user = user.map(|user| snapshot.groups_of(UserId(user.row)));
            let of_child = child.map(|child| snapshot.parents_of(GroupId(child.row)));
            let groups = of_user.into_iter().chain(of_child).flatten();
            Some(groups.copied().collect())
        }
        _ => None,
    }
}

/// Who may be pushed under this name, folded: by the name it is served under, and by the name it is looked up by where that
/// is another.
pub(super) fn named(snapshot: &Snapshot, of: MemberKind, folded: &str) -> BTreeSet<u32> {
    let served = match of {
        MemberKind::User => snapshot.user_named(folded).map(|user| user.id.0),
        MemberKind::Group => snapshot.group_named(folded).map(|group| group.id.0),
    };
    let pushed = snapshot.details().of_name(of, folded);
    served.into_iter().chain(pushed).collect()
}
