//! Namesakes: which username each wish gets, with a suffix where the mapping asks for one.

use std::borrow::Cow;
use std::sync::Arc;

use super::mapping::OnCollision;
use crate::directory::Snapshot;
use crate::directory::rules::names;
use crate::model::change::UserWish;
use crate::model::name::clean;
use crate::model::plan::Refused;

/// The wishes as they are to be planned, each with the name that it gets.
pub(super) struct Settled<'a> {
    pub(super) wishes: Vec<Cow<'a, UserWish>>,
    pub(super) names: Vec<Option<Arc<str>>>,
    pub(super) refused: Vec<Refused>,
}

/// Asks the rules. A new user whose name another has is asked for again under its name with the beginning of its id.
pub(super) fn settle_users<'a>(
    after: &Snapshot,
    mut wishes: Vec<Cow<'a, UserWish>>,
    on_collision: OnCollision,
) -> Settled<'a> {
    let verdict = settle(after, &wishes);
    let without: Vec<usize> = (0..)
        .zip(&verdict.names)
        .filter_map(|(at, name)| name.is_none().then_some(at))
        .collect();
    if on_collision == OnCollision::Refuse || without.is_empty() {
        return Settled {
            names: verdict.names,
            refused: verdict.refused,
            wishes,
        };
    }
    let mut told = Vec::new();
    for at in without {
        let name = clean(&wishes[at].name);
        if name.is_empty() {
            continue;
        }
        let head: String = wishes[at].external_id.as_str().chars().take(8).collect();
        let suffixed: Arc<str> = format!("{name}-{head}").into();
        told.push(Refused {
            what: format!("username `{name}` for user {}", wishes[at].external_id),
            reason: format!("another user has this username; served as `{suffixed}`"),
        });
        wishes[at].to_mut().name = suffixed;
    }
    let again = settle(after, &wishes);
    told.extend(again.refused);
    Settled {
        names: again.names,
        refused: told,
        wishes,
    }
}

fn settle(after: &Snapshot, wishes: &[Cow<'_, UserWish>]) -> names::Verdict {
    let borrowed: Vec<&UserWish> = wishes.iter().map(AsRef::as_ref).collect();
    names::settle(after, &borrowed)
}
