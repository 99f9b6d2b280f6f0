//! The rule that usernames are unique without case, judged over a whole list of wishes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::directory::snapshot::Snapshot;
use crate::model::change::UserWish;
use crate::model::name::{clean, fold};
use crate::model::plan::Refused;
use crate::model::{ExternalId, UserId};

/// What becomes of the wished usernames.
#[derive(Debug, Default)]
pub struct Verdict {
    /// For each wish, in order: the name it gets; `None` leaves the wish out.
    pub names: Vec<Option<Arc<str>>>,
    /// Vanished users who hand their name over, by row id, with the name they get.
    pub gone: Vec<(UserId, Arc<str>)>,
    /// The wishes that were refused.
    pub refused: Vec<Refused>,
}

/// More than applications have room for.
pub const LONGEST: usize = 255;

/// Why a cleaned name cannot be served.
pub fn unusable(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is blank once control characters are gone".to_owned());
    }
    (name.len() > LONGEST && name.chars().count() > LONGEST)
        .then(|| format!("is longer than {LONGEST} characters, which no application can keep"))
}

struct Claim<'a> {
    wish: &'a UserWish,
    name: Arc<str>,
    folded: String,
    /// The row that makes the claim, with its present name, spelled and folded.
    present: Option<(UserId, Arc<str>, Arc<str>)>,
    granted: bool,
}

/// Settles who gets which username. Users of `snapshot` who are not wished for keep theirs; those removed must be
/// gone from it already. A name held by a living user is refused to others; a vanished holder is renamed.
pub fn settle(snapshot: &Snapshot, wishes: &[&UserWish]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut last: HashMap<&ExternalId, usize> = HashMap::with_capacity(wishes.len());
    for (at, wish) in wishes.iter().enumerate() {
        last.insert(&wish.external_id, at);
    }
    let mut claims: Vec<Claim<'_>> = wishes.iter().map(|wish| claim(snapshot, wish)).collect();
    for (at, claim) in claims.iter_mut().enumerate() {
        if last.get(&claim.wish.external_id) != Some(&at) {
            claim.granted = false; // the last wish per id wins
        } else if let Some(reason) = unusable(&claim.name) {
            claim.granted = false;
            verdict.refused.push(Refused {
                what: format!("user {}", claim.wish.external_id),
                reason: format!("its username {reason}"),
            });
        }
    }
    let claimants: HashSet<UserId> = claims
        .iter()
        .filter_map(|claim| claim.present.as_ref().map(|(id, ..)| *id))
        .collect();
    let mut gone: HashSet<UserId> = HashSet::new();
    while refuse_conflicts(snapshot, &claimants, &mut claims, &mut gone, &mut verdict.refused) {}
    for (at, claim) in claims.iter().enumerate() {
        let wins = last.get(&claim.wish.external_id) == Some(&at);
        verdict.names.push(match &claim.present {
            _ if claim.granted => Some(Arc::clone(&claim.name)),
            Some((_, present, _)) if wins => Some(Arc::clone(present)),
            _ => None,
        });
    }
    let renamed = |id: UserId| {
        snapshot
            .user(id)
            .map(|row| (id, super::gone_name(&row.name, &row.external_id)))
    };
    verdict.gone = gone.into_iter().filter_map(renamed).collect();
    verdict
}

fn claim<'a>(snapshot: &Snapshot, wish: &'a UserWish) -> Claim<'a> {
    let cleaned = clean(&wish.name);
    let name: Arc<str> = if *cleaned == *wish.name {
        Arc::clone(&wish.name)
    } else {
        cleaned.as_ref().into()
    };
    let folded = fold(&name);
    let live = snapshot
        .user_id(&wish.external_id)
        .and_then(|id| snapshot.live_user(id));
    let present = live.map(|live| (live.row.id, Arc::clone(&live.row.name), Arc::clone(&live.folded)));
    Claim {
        wish,
        name,
        folded,
        present,
        granted: true,
    }
}

/// One round: finds names with more than one bearer, refuses all claims but the best. Answers whether any was refused.
fn refuse_conflicts(
    snapshot: &Snapshot,
    claimants: &HashSet<UserId>,
    claims: &mut [Claim<'_>],
    gone: &mut HashSet<UserId>,
    refused: &mut Vec<Refused>,
) -> bool {
    let moves = |claim: &&Claim<'_>| {
        claim.granted
            && claim
                .present
                .as_ref()
                .is_some_and(|(.., now)| **now != *claim.folded)
    };
    let leaving: HashSet<UserId> = claims
        .iter()
        .filter(moves)
        .filter_map(|claim| claim.present.as_ref().map(|(id, ..)| *id))
        .collect();
    let mut bearers: HashMap<&str, usize> = HashMap::with_capacity(claims.len());
    let mut losers: Vec<(usize, String)> = Vec::new();
    for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.granted) {
        let own = claim.present.as_ref().map(|(id, ..)| *id);
        let holder = snapshot
            .user_names
            .get(claim.folded.as_str())
            .copied()
            .map(UserId);
        let holder = holder
            .filter(|id| Some(*id) != own && !leaving.contains(id))
            .and_then(|id| snapshot.user(id));
        match holder {
            Some(row) if row.vanished && !claimants.contains(&row.id) => {
                gone.insert(row.id);
            }
            Some(row) => {
                losers.push((at, format!("the username is held by user {}", row.external_id)));
                continue;
            }
            None => {}
        }
        let Some(before) = bearers.insert(&claim.folded, at) else {
            continue;
        };
        let winner = if rank(&claims[before], before) <= rank(claim, at) {
            before
        } else {
            at
        };
        bearers.insert(&claim.folded, winner);
        let loser = if winner == at { before } else { at };
        losers.push((
            loser,
            format!("user {} has the same username", claims[winner].wish.external_id),
        ));
    }
    let any = !losers.is_empty();
    for (at, reason) in losers {
        claims[at].granted = false;
        let what = format!(
            "username `{}` for user {}",
            claims[at].name, claims[at].wish.external_id
        );
        refused.push(Refused { what, reason });
    }
    any
}

/// Smaller wins a name: who has it already, then the older row, then the earlier wish.
fn rank(claim: &Claim<'_>, at: usize) -> (bool, u32, usize) {
    let keeps = claim
        .present
        .as_ref()
        .is_some_and(|(.., folded)| **folded == *claim.folded);
    (
        !keeps,
        claim.present.as_ref().map_or(u32::MAX, |(id, ..)| id.0),
        at,
    )
}
