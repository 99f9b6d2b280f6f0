//! Whether a step does again what was undone.

use super::undone::Remembered;
use crate::model::facts::{GroupFacts, UserFacts};
use crate::model::name::clean;
use crate::model::plan::{Effect, Step};
use crate::model::{Change, Detail};

/// Whether the source still says of a user what was undone.
pub(super) fn repeats_user(was: &Remembered<UserFacts>, step: &Step, present: Option<UserFacts>) -> bool {
    let present = present.unwrap_or_default();
    match (&step.change, &was.said) {
        (Change::VanishUser { .. } | Change::RemoveUser { .. }, said) => {
            said.as_ref().is_none_or(|said| said.vanished == Some(true))
        }
        (Change::PutUser(_), _) if !was.there => step.effect == Effect::Add,
        (Change::PutUser(wish), Some(said)) => {
            let shown = if clean(&wish.display_name).is_empty() {
                &wish.name
            } else {
                &wish.display_name
            };
            let back = said.vanished == Some(false) && present.vanished == Some(true);
            let texts = [
                (&said.name, &present.name, &wish.name),
                (&said.first_name, &present.first_name, &wish.first_name),
                (&said.last_name, &present.last_name, &wish.last_name),
                (&said.display_name, &present.display_name, shown),
                (&said.email, &present.email, &wish.email),
            ];
            let active = said.active.is_some() && said.active != present.active;
            back || (active && said.active == Some(wish.active))
                || texts.into_iter().any(|(said, present, wish)| {
                    said.is_some() && said != present && said.as_deref() == Some(&*clean(wish))
                })
        }
        (Change::Detail { value, .. }, Some(said)) => {
            let told = match value {
                Some(Detail::SourceAttributes(told)) => Some(told.as_ref()),
                _ => None,
            };
            let custom = said.custom.as_ref();
            custom.is_some_and(|custom| told.map_or(custom.0.is_empty(), |told| told == custom))
        }
        _ => false,
    }
}

/// The same of a group.
pub(super) fn repeats_group(was: &Remembered<GroupFacts>, step: &Step, present: Option<GroupFacts>) -> bool {
    let present = present.unwrap_or_default();
    match (&step.change, &was.said) {
        (Change::RemoveGroup { .. }, said) => said.is_none(),
        (Change::PutGroup(_), _) if !was.there => step.effect == Effect::Add,
        (Change::PutGroup(wish), Some(said)) => {
            let texts = [
                (&said.source_name, &present.source_name, &wish.name),
                (&said.nickname, &present.nickname, &wish.nickname),
                (&said.description, &present.description, &wish.description),
            ];
            texts.into_iter().any(|(said, present, wish)| {
                said.is_some() && said != present && said.as_deref() == Some(&*clean(wish))
            })
        }
        _ => false,
    }
}
