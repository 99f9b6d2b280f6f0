//! The rule that group names are unique without case: a namesake wears a suffix, for good.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::names::unusable;
use crate::directory::snapshot::Snapshot;
use crate::model::change::GroupWish;
use crate::model::name::{clean, fold};
use crate::model::plan::Refused;
use crate::model::{ExternalId, GroupId, Owner};

/// What becomes of the wished group names.
#[derive(Debug, Default)]
pub struct Served {
    /// For each wish, in order: the name it is served under; `None` leaves the wish out.
    pub names: Vec<Option<Arc<str>>>,
    /// Who gets a suffix, and who was left out.
    pub reports: Vec<Refused>,
}

/// Settles the served names. A group whose source name did not change keeps what it has (sticky). Of several that
/// want one name the oldest keeps it; others get `Name (nickname)` or `Name (first 8 of id)`.
pub fn settle(snapshot: &Snapshot, wishes: &[&GroupWish]) -> Served {
    settle_served(snapshot, wishes, &HashMap::new())
}

/// The same; groups in `named` get the name that stands there, where it is free.
pub(super) fn settle_served(
    snapshot: &Snapshot,
    wishes: &[&GroupWish],
    named: &HashMap<ExternalId, Arc<str>>,
) -> Served {
    let mut served = Served {
        names: vec![None; wishes.len()],
        reports: Vec::new(),
    };
    let mut last: HashMap<&ExternalId, usize> = HashMap::with_capacity(wishes.len());
    for (at, wish) in wishes.iter().enumerate() {
        last.insert(&wish.external_id, at);
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut leaving: HashSet<GroupId> = HashSet::new();
    let mut open: Vec<usize> = Vec::new();
    for (at, wish) in wishes
        .iter()
        .enumerate()
        .filter(|(at, wish)| last.get(&wish.external_id) == Some(at))
    {
        let present = snapshot
            .group_id(&wish.external_id)
            .and_then(|id| snapshot.live_group(id));
        let desired = clean(&wish.name);
        match present {
            _ if unusable(&desired).is_some() => {
                served.names[at] = present.map(|live| Arc::clone(&live.row.name));
                let reason = unusable(&desired).unwrap_or_default();
                served.reports.push(Refused {
                    what: format!("group {}", wish.external_id),
                    reason: format!("its name {reason}"),
                });
            }
            Some(live)
                if *live.row.source_name == *desired
                    && named
                        .get(&wish.external_id)
                        .is_none_or(|name| *name == live.row.name) =>
            {
                served.names[at] = Some(Arc::clone(&live.row.name));
                taken.insert(live.folded.to_string());
            }
            Some(live) => {
                leaving.insert(live.row.id);
                open.push(at);
            }
            None => open.push(at),
        }
    }
    let open = Open {
        wishes: open,
        leaving,
        named,
    };
    settle_open(snapshot, wishes, &mut served, &mut taken, open);
    served
}

/// Those whose name is not settled yet.
struct Open<'a> {
    wishes: Vec<usize>,
    /// Groups that give their present name up.
    leaving: HashSet<GroupId>,
    /// What some are to be served by.
    named: &'a HashMap<ExternalId, Arc<str>>,
}

/// Names for those who have none yet, the oldest first.
fn settle_open(
    snapshot: &Snapshot,
    wishes: &[&GroupWish],
    served: &mut Served,
    taken: &mut HashSet<String>,
    open: Open<'_>,
) {
    let Open {
        wishes: mut open,
        leaving,
        named,
    } = open;
    let known = |at: usize| {
        snapshot
            .group_id(&wishes[at].external_id)
            .map_or(u32::MAX, |id| id.0)
    };
    // Of one age and new: by id, since which one a source happens to tell first may be chance.
    open.sort_by_key(|at| {
        let wish = wishes[*at];
        (
            wish.created_at.unwrap_or(i64::MAX),
            known(*at),
            &wish.external_id,
            *at,
        )
    });
    for at in open {
        let free = |folded: &str| {
            let holder = snapshot.group_names.get(folded);
            !taken.contains(folded) && holder.is_none_or(|id| leaving.contains(&GroupId(*id)))
        };
        let desired = clean(&wishes[at].name);
        // Who asks for a name here can ask for another; only a source must be served as it is.
        if wishes[at].owner != Owner::Source && !free(&fold(&desired)) {
            served.reports.push(Refused {
                what: format!("group `{desired}`"),
                reason: "another group has this name".to_owned(),
            });
            continue;
        }
        let given = named
            .get(&wishes[at].external_id)
            .filter(|name| free(&fold(name)));
        let name = given.map_or_else(|| choose(wishes[at], &desired, free), Arc::clone);
        taken.insert(fold(&name));
        if given.is_none() && *name != *desired {
            let what = format!("group `{desired}` ({})", wishes[at].external_id);
            served.reports.push(Refused {
                what,
                reason: format!("another group has this name; served as `{name}`"),
            });
        }
        served.names[at] = Some(name);
    }
}

fn choose(wish: &GroupWish, name: &str, free: impl Fn(&str) -> bool) -> Arc<str> {
    if free(&fold(name)) {
        return name.into();
    }
    let head: String = wish.external_id.as_str().chars().take(8).collect();
    let nickname = clean(&wish.nickname);
    for suffix in [nickname.as_ref(), head.as_str(), wish.external_id.as_str()] {
        let candidate = format!("{name} ({suffix})");
        if !suffix.is_empty() && free(&fold(&candidate)) {
            return candidate.into();
        }
    }
    let numbered = (2u32..).map(|count| format!("{name} ({}, {count})", wish.external_id));
    numbered
        .into_iter()
        .find(|candidate| free(&fold(candidate)))
        .unwrap_or_default()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(id: &str) -> GroupWish {
        GroupWish {
            external_id: id.into(),
            owner: Owner::Source,
            name: "Team".into(),
            nickname: "".into(),
            description: "".into(),
            created_at: None,
        }
    }

    #[test]
    fn namesakes_of_one_age_get_the_same_names_in_whatever_order_they_are_told() {
        let (one, two, snapshot) = (wish("a"), wish("b"), Snapshot::empty("corp".into()));
        let served = |wishes: &[&GroupWish]| settle(&snapshot, wishes).names;
        let (plain, suffixed) = (Some("Team".into()), Some("Team (b)".into()));
        assert_eq!(served(&[&one, &two]), [plain.clone(), suffixed.clone()]);
        assert_eq!(served(&[&two, &one]), [suffixed, plain]);
    }
}
