//! Who waits for a username: the source's words about users whose name another has, kept so that every read plans them again.
//!
//! A read of changes does not tell again what it told once, and a name becomes free in many ways that no source tells: a local
//! user goes, a plan is undone, a hold hides its bearer. So these wishes are planned upon by every read until they are fulfilled,
//! the source says something else, or everything is read anew.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::carried::CarriedUser;
use super::planner::Completeness;
use super::stage::{Said, Stage};
use crate::model::ExternalId;
use crate::model::name::{clean, fold};

/// How many are kept. Of more the first are; the others are found by a read of everything, once a name has become free.
const KEPT: usize = 10_000;

/// The wishes that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    /// In the order of their first sight: of several who wait for one name the first gets it.
    pub(super) users: Vec<CarriedUser>,
    /// Whether there are more than are kept.
    pub(super) more: bool,
}

impl Waiting {
    /// The words of the stage about those who wait after a plan; `before` are those who waited when it was read.
    pub(super) fn of(stage: &Stage, ids: &HashSet<ExternalId>, read: Completeness, before: &Self) -> Self {
        let mut waiting = Self {
            more: before.more && read != Completeness::Everything,
            ..Self::default()
        };
        if ids.is_empty() {
            return waiting;
        }
        for (place, wish) in stage.users.placed() {
            if !ids.contains(&wish.external_id) {
                continue;
            }
            if waiting.users.len() == KEPT {
                waiting.more = true;
                break;
            }
            waiting.users.push(CarriedUser {
                wish: wish.clone(),
                custom: stage.custom(place).cloned(),
            });
        }
        waiting
    }

    /// Who waits for this name, whatever its case.
    pub(super) fn for_name(&self, name: &str) -> impl Iterator<Item = &ExternalId> {
        let folded = fold(&clean(name));
        let users = self.users.iter().map(|user| &user.wish);
        users
            .filter(move |wish| fold(&clean(&wish.name)) == folded)
            .map(|wish| &wish.external_id)
    }

    /// Whether there is nothing to keep.
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty() && !self.more
    }
}

impl Stage {
    /// Begins with those who wait: whatever is taken later is a later word.
    pub(super) fn recall_waiting(&mut self, waiting: &Waiting) {
        for CarriedUser { wish, custom } in &waiting.users {
            let said = Said::There(wish.clone());
            self.remember(wish.external_id.clone(), said, custom.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Record, SourceUser};
    use crate::sync::Mapping;

    fn user(id: usize) -> Record {
        Record::User(SourceUser {
            id: format!("u{id}").into(),
            active: true,
            created_at: None,
            attributes: [("userPrincipalName".into(), "same".into())].into(),
        })
    }

    fn told(count: usize) -> (Stage, HashSet<ExternalId>) {
        let mut stage = Stage::new(Mapping::entra());
        (0..count).for_each(|id| stage.take(user(id)));
        let ids = stage.users.present().cloned().collect();
        (stage, ids)
    }

    #[test]
    fn of_very_many_who_wait_some_are_kept_and_that_there_are_more() {
        let (stage, ids) = told(KEPT + 1);
        let (everything, changes) = (Completeness::Everything, Completeness::ChangesOnly);
        let waiting = Waiting::of(&stage, &ids, everything, &Waiting::default());
        assert_eq!((waiting.users.len(), waiting.more), (KEPT, true));
        let (stage, ids) = told(1);
        let later = Waiting::of(&stage, &ids, changes, &waiting);
        assert_eq!(
            (later.users.len(), later.more),
            (1, true),
            "changes do not find the others"
        );
        let whole = Waiting::of(&stage, &ids, everything, &later);
        assert_eq!((whole.users.len(), whole.more), (1, false));
    }

    #[test]
    fn a_later_word_on_who_waits_counts_and_only_who_was_not_told_again_is_remembered() {
        let (stage, ids) = told(3);
        let waiting = Waiting::of(&stage, &ids, Completeness::Everything, &Waiting::default());
        let mut next = Stage::new(Mapping::entra());
        next.recall_waiting(&waiting);
        next.take(user(1));
        next.take(Record::UserGone("u2".into()));
        let remembered = |id: &str| next.remembers(&id.into());
        assert_eq!(
            [remembered("u0"), remembered("u1"), remembered("u2")],
            [true, false, false]
        );
        assert_eq!(next.users.of(&"u2".into()), &Said::Gone);
        assert_eq!((next.users.there(), next.told_users()), (2, 1));
    }
}
