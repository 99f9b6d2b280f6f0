//! The planner: a pure function from a stage with a snapshot to a plan.
//!
//! What the rules would leave out or rename it asks the rules, so that planning again gives nothing.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::gone::losses;
use super::members::MemberPlanner;
use super::namesakes::settle_users;
use super::notices;
use super::stage::{Said, Stage};
use super::terms::Terms;
use crate::directory::Snapshot;
use crate::directory::rules::{Draft, as_wished_group, as_wished_user, groups, names};
use crate::model::change::{GroupWish, UserWish};
use crate::model::group::GroupRow;
use crate::model::name::{clean, fold};
use crate::model::plan::{Effect, Plan, Refused, Step};
use crate::model::user::UserRow;
use crate::model::{Attributes, Change, Detail, DetailKind, ExternalId, MemberKind};

/// What may be concluded from what a pull did not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All was read: what was not told is gone.
    Everything,
    /// What was not told is unchanged.
    ChangesOnly,
    /// A part could not be read: nothing may be removed, nobody deactivated for being absent.
    Incomplete,
}

/// The steps from the snapshot to what the source reported. Applying them, then planning again, gives none.
pub fn plan(snapshot: &Snapshot, stage: &Stage, terms: &Terms) -> Plan {
    planned(snapshot, stage, terms).plan
}

/// A plan with who does not get the name that the source has for them.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// Users who wait for a name that another has, with a row or without.
    pub(super) waiting: HashSet<ExternalId>,
    /// Groups that steps give another name than they have at the source.
    pub(super) suffixed: HashMap<ExternalId, Arc<str>>,
    /// Groups left out because what is withheld has their name.
    pub(super) nameless: Vec<ExternalId>,
}

pub(super) fn planned(snapshot: &Snapshot, stage: &Stage, terms: &Terms) -> Planned {
    let mut planner = Planner {
        snapshot,
        stage,
        terms,
        steps: losses(snapshot, stage, terms),
        refused: stage.foreign().cloned().collect(),
        waiting: HashSet::new(),
        suffixed: HashMap::new(),
        nameless: Vec::new(),
    };
    // Names that the losses free are free for the wishes.
    let after = planner.without_losses();
    let after = after.as_ref().map_or(snapshot, Draft::snapshot);
    planner.put_users(after);
    planner.put_groups(after);
    let members = MemberPlanner::new(snapshot, stage, terms);
    planner.steps.extend(members.steps());
    let notices = notices::of(snapshot, stage, terms, &planner.steps);
    let plan = Plan {
        directory: snapshot.directory().clone(),
        base: snapshot.seq(),
        steps: planner.steps,
        refused: planner.refused,
        names_wait: !planner.waiting.is_empty(),
        notices,
    };
    Planned {
        plan,
        waiting: planner.waiting,
        suffixed: planner.suffixed,
        nameless: planner.nameless,
    }
}

/// Whether the source has lost an id, by its own word, by a complete read's silence, or because it is out of scope.
pub(super) fn lost<T>(said: &Said<T>, read: Completeness) -> bool {
    match said {
        Said::Gone | Said::Out(_) => read != Completeness::Incomplete,
        Said::Nothing => read == Completeness::Everything,
        Said::There(_) => false,
    }
}

struct Planner<'a> {
    snapshot: &'a Snapshot,
    stage: &'a Stage,
    terms: &'a Terms,
    steps: Vec<Step>,
    refused: Vec<Refused>,
    waiting: HashSet<ExternalId>,
    suffixed: HashMap<ExternalId, Arc<str>>,
    nameless: Vec<ExternalId>,
}

impl<'a> Planner<'a> {
    /// The picture after the losses, where there are any.
    fn without_losses(&self) -> Option<Draft> {
        if self.steps.is_empty() {
            return None;
        }
        let changes: Vec<Change> = self.steps.iter().map(|step| step.change.clone()).collect();
        let mut draft = Draft::new(self.snapshot, 0);
        draft.apply(&changes);
        Some(draft)
    }

    /// Whether who a user was is forgotten: its name is the directory's own then.
    fn has_forgotten(&self, user: &ExternalId) -> bool {
        let id = self.snapshot.user_id(user);
        id.is_some_and(|id| self.snapshot.has_forgotten(id))
    }

    fn row(&self, user: &ExternalId) -> Option<&'a Arc<UserRow>> {
        self.snapshot.user_id(user).and_then(|id| self.snapshot.user(id))
    }

    fn put_users(&mut self, after: &Snapshot) {
        let stage = self.stage;
        let mine: Vec<(u32, Cow<'_, UserWish>)> = stage
            .users
            .placed()
            .filter_map(|(place, wish)| Some((place, self.wished(wish)?)))
            .collect();
        let (places, wishes): (Vec<u32>, Vec<Cow<'_, UserWish>>) = mine.into_iter().unzip();
        let settled = settle_users(after, wishes, stage.mapping().on_collision);
        self.refused.extend(settled.refused);
        for ((place, wish), name) in places.into_iter().zip(settled.wishes).zip(settled.names) {
            let is_forgotten = self.has_forgotten(&wish.external_id);
            let named = match stage.users.of(&wish.external_id) {
                _ if is_forgotten => true,
                Said::There(told) => name
                    .as_ref()
                    .is_some_and(|name| fold(name) == fold(&clean(&told.name))),
                _ => true,
            };
            // A name that nobody can be served by is no name to wait for.
            if !named && names::unusable(&clean(&wish.name)).is_none() {
                self.waiting.insert(wish.external_id.clone());
            }
            let Some(name) = name else { continue };
            self.put_user(&wish, name);
            let custom = stage.custom(place).filter(|_| !is_forgotten);
            self.put_custom(&wish.external_id, custom);
        }
    }

    /// What is planned for: `None` for whom no plan may touch; active where the loss of that is withheld.
    fn wished(&mut self, wish: &'a UserWish) -> Option<Cow<'a, UserWish>> {
        if self.terms.withheld.still.users.contains(&wish.external_id) {
            return None;
        }
        let row = self.row(&wish.external_id);
        if let Some(row) = row.filter(|row| self.terms.rules.protects(&row.name)) {
            if !as_wished_user(row, wish, &clean(&wish.name)) {
                self.refused.push(Refused {
                    what: format!("user `{}`", row.name),
                    reason: "it is protected: no run changes it; hint: see `protect.users`".to_owned(),
                });
            }
            return None;
        }
        let mut wish = self.snapshot.concealed(wish);
        let stays = self.terms.withheld.users.contains(&wish.external_id);
        if stays && row.is_some_and(|row| row.active()) && !wish.active {
            wish.to_mut().active = true;
        }
        Some(wish)
    }

    fn put_user(&mut self, wish: &UserWish, name: Arc<str>) {
        let row = self.row(&wish.external_id);
        let (effect, reason) = match row {
            None => (Effect::Add, "new at the source".into()),
            Some(row) if as_wished_user(row, wish, &name) => return,
            Some(row) => change_of(row, wish, &name),
        };
        let subject = row.map_or(name, |row| Arc::clone(&row.name));
        self.steps.push(Step {
            change: Change::PutUser(wish.clone()),
            effect,
            subject,
            reason,
        });
    }

    /// The custom attributes that the source tells of a user; where none are mapped, those that once were go.
    fn put_custom(&mut self, user: &ExternalId, wished: Option<&Attributes>) {
        let row = self.row(user);
        let kind = DetailKind::SourceAttributes;
        let present = row.and_then(|row| self.snapshot.details().get(MemberKind::User, row.id.0, kind));
        let wished = wished.filter(|wished| !wished.0.is_empty());
        let same = match (present, wished) {
            (None, None) => true,
            (Some(Detail::SourceAttributes(present)), Some(wished)) => **present == *wished,
            _ => false,
        };
        if same {
            return;
        }
        self.steps.push(Step {
            change: Change::Detail {
                of: MemberKind::User,
                subject: user.clone(),
                kind,
                value: wished.map(|wished| Detail::SourceAttributes(Arc::new(wished.clone()))),
            },
            effect: Effect::Update,
            subject: row.map_or_else(|| user.as_str().into(), |row| Arc::clone(&row.name)),
            reason: "attributes changed at the source".into(),
        });
    }

    fn put_groups(&mut self, after: &Snapshot) {
        let renamed = |wish: &'a GroupWish| self.named_as_before(wish);
        let still = &self.terms.withheld.still.groups;
        let wishes = self.stage.groups.wishes();
        let wishes = wishes.filter(|wish| !still.contains(&wish.external_id));
        let wishes: Vec<Cow<'_, GroupWish>> = wishes.map(renamed).collect();
        let mut borrowed: Vec<&GroupWish> = wishes.iter().map(AsRef::as_ref).collect();
        let served = loop {
            let served = groups::settle(after, &borrowed);
            let names = borrowed.iter().zip(&served.names);
            let waits: HashSet<&ExternalId> = names
                .filter(|(wish, name)| name.as_ref().is_some_and(|name| self.waits(wish, name)))
                .map(|(wish, _)| &wish.external_id)
                .collect();
            if waits.is_empty() {
                break served;
            }
            // Without them others get other names.
            self.nameless.extend(waits.iter().copied().cloned());
            borrowed.retain(|wish| !waits.contains(&wish.external_id));
        };
        self.refused.extend(served.reports);
        for (wish, name) in borrowed.into_iter().zip(served.names) {
            if let Some(name) = name {
                self.put_group(wish, name);
            }
        }
    }

    fn group(&self, group: &ExternalId) -> Option<&'a Arc<GroupRow>> {
        self.snapshot
            .group_id(group)
            .and_then(|id| self.snapshot.group(id))
    }

    /// Whether a group would get another name than if nothing were withheld: a suffix is for good, so it waits.
    fn waits(&self, wish: &GroupWish, name: &Arc<str>) -> bool {
        let Some(else_named) = &self.terms.withheld.suffixed else {
            return false;
        };
        let row = self.group(&wish.external_id);
        row.is_none_or(|row| !as_wished_group(row, wish, name))
            && else_named.get(&wish.external_id) != suffixed(wish, name).as_ref()
    }

    fn put_group(&mut self, wish: &GroupWish, name: Arc<str>) {
        let row = self.group(&wish.external_id);
        let (effect, reason): (_, Cow<'static, str>) = match row {
            None => (Effect::Add, "new at the source".into()),
            Some(row) if as_wished_group(row, wish, &name) => return,
            Some(row) if row.name != name => (Effect::Rename, format!("now `{name}` at the source").into()),
            Some(_) => (Effect::Update, "changed at the source".into()),
        };
        let suffix = suffixed(wish, &name);
        self.suffixed
            .extend(suffix.map(|name| (wish.external_id.clone(), name)));
        let subject = row.map_or(name, |row| Arc::clone(&row.name));
        self.steps.push(Step {
            change: Change::PutGroup(wish.clone()),
            effect,
            subject,
            reason,
        });
    }

    /// A group whose loss of its name is withheld keeps it.
    fn named_as_before(&self, wish: &'a GroupWish) -> Cow<'a, GroupWish> {
        match self
            .group(&wish.external_id)
            .filter(|_| self.terms.withheld.renames.contains(&wish.external_id))
        {
            None => Cow::Borrowed(wish),
            Some(row) => {
                let mut kept = wish.clone();
                kept.name = Arc::clone(&row.source_name);
                Cow::Owned(kept)
            }
        }
    }
}

/// The name that a group gets, where it is not the one that it has at the source.
fn suffixed(wish: &GroupWish, name: &Arc<str>) -> Option<Arc<str>> {
    (**name != *clean(&wish.name)).then(|| Arc::clone(name))
}

fn change_of(row: &UserRow, wish: &UserWish, name: &Arc<str>) -> (Effect, Cow<'static, str>) {
    match (row.active(), wish.active) {
        (true, false) => (Effect::Deactivate, "disabled at the source".into()),
        (false, true) if row.vanished => (Effect::Reactivate, "back at the source".into()),
        (false, true) => (Effect::Reactivate, "enabled at the source".into()),
        _ if row.name != *name => (Effect::Update, format!("now `{name}` at the source").into()),
        _ if row.vanished => (Effect::Update, "back at the source, disabled".into()),
        _ => (Effect::Update, "changed at the source".into()),
    }
}
