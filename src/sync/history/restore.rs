//! The way back: from what a plan changed and what the directory shows now to a plan that gives back what nobody has changed since.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::added::Added;
use super::members::Edges;
use crate::directory::Snapshot;
use crate::directory::difference::{group_facts, user_facts};
use crate::model::change::{GroupWish, UserWish};
use crate::model::facts::{Difference, Differing, GroupFacts, UserFacts};
use crate::model::plan::{Effect, Plan, Refused, Step};
use crate::model::{Attributes, Change, Detail, DetailKind, ExternalId, MemberKind, Owner};
use crate::sync::terms::Rules;

/// A plan that undoes another.
pub(in crate::sync) struct Restoration {
    pub(in crate::sync) plan: Plan,
    /// The names that groups are to be served by again.
    pub(in crate::sync) served: HashMap<ExternalId, Arc<str>>,
}

/// What undoes these changes; what newer facts contradict is named in the plan's `refused`.
pub(in crate::sync) fn restoration(snapshot: &Snapshot, changes: &Difference, rules: &Rules) -> Restoration {
    let mut way = Way {
        snapshot,
        rules,
        added: Added::by(changes),
        steps: Vec::new(),
        refused: Vec::new(),
        served: HashMap::new(),
        leaving: HashSet::new(),
        coming: HashSet::new(),
    };
    for user in &changes.users {
        way.user(user);
    }
    for group in &changes.groups {
        way.group(group);
    }
    let edges = Edges {
        snapshot,
        rules,
        leaving: &way.leaving,
        coming: &way.coming,
    };
    for members in &changes.members {
        let (step, refused) = edges.back(members);
        way.steps.extend(step);
        way.refused.extend(refused);
    }
    Restoration {
        plan: Plan {
            directory: snapshot.directory().clone(),
            base: snapshot.seq(),
            steps: way.steps,
            refused: way.refused,
            names_wait: false,
            notices: Vec::new(),
        },
        served: way.served,
    }
}

/// A user or a group.
pub(super) type Who = (MemberKind, ExternalId);

struct Way<'a> {
    snapshot: &'a Snapshot,
    rules: &'a Rules,
    added: Added<'a>,
    steps: Vec<Step>,
    refused: Vec<Refused>,
    served: HashMap<ExternalId, Arc<str>>,
    /// Whom the way back removes, and whom it brings back.
    leaving: HashSet<Who>,
    coming: HashSet<Who>,
}

impl Way<'_> {
    fn user(&mut self, was: &Differing<UserFacts>) {
        let present = user_facts(self.snapshot, &was.id);
        let name = present.as_ref().and_then(|facts| facts.name.clone());
        if name.as_ref().is_some_and(|name| self.rules.protects(name)) {
            self.contradict("user", &was.subject, "it is protected".to_owned());
            return;
        }
        match (&was.before, &was.after, present) {
            (None, Some(after), Some(present)) => self.take_back_user(was, after, &present),
            (Some(before), None, None) => {
                self.coming.insert((MemberKind::User, was.id.clone()));
                self.put_user(was, before, Effect::Add);
                if let Some(written) = before.written.clone().filter(|written| !written.0.is_empty()) {
                    let detail = Detail::Attributes(Arc::new(written));
                    self.detail(MemberKind::User, was, DetailKind::Attributes, Some(detail));
                }
            }
            (Some(before), Some(after), Some(present)) => {
                let (back, newer) = present.given_back(before, after);
                if !newer.is_empty() {
                    self.contradict("user", &was.subject, changed(&newer));
                }
                if back.is_empty() {
                    return;
                }
                let lets_in = present.lets_in();
                let told = back.clone();
                let target = back.over(present);
                let effect = match (lets_in, target.lets_in()) {
                    (true, false) => Effect::Deactivate,
                    (false, true) => Effect::Reactivate,
                    _ => Effect::Update,
                };
                self.change_user(was, &told, &target, effect);
            }
            (_, _, present) => self.contradict("user", &was.subject, elsewhere(present.is_some())),
        }
    }

    /// A user whom the plan added goes, unless anything has happened to it since.
    fn take_back_user(&mut self, was: &Differing<UserFacts>, after: &UserFacts, present: &UserFacts) {
        let (newer, _) = present.clone().differing(after.clone());
        if !newer.is_empty() {
            let what = "it has been changed since it was added".to_owned();
            return self.contradict("user", &was.subject, what);
        }
        if self.added.joined_since(self.snapshot, &was.id) {
            let what = "it has been put into groups since it was added".to_owned();
            return self.contradict("user", &was.subject, what);
        }
        self.leaving.insert((MemberKind::User, was.id.clone()));
        let change = Change::RemoveUser { user: was.id.clone() };
        self.step(change, Effect::Remove, &was.subject);
    }

    fn change_user(
        &mut self,
        was: &Differing<UserFacts>,
        told: &UserFacts,
        target: &UserFacts,
        effect: Effect,
    ) {
        let beside = UserFacts {
            custom: told.custom.clone(),
            ..UserFacts::default()
        };
        if *told == beside {
            self.custom(was, told.custom.as_ref());
            return;
        }
        let row = UserFacts {
            custom: told.custom.clone(),
            ..target.clone()
        };
        self.put_user(was, &row, effect);
    }

    /// The steps that make a user what the facts say.
    fn put_user(&mut self, was: &Differing<UserFacts>, facts: &UserFacts, effect: Effect) {
        self.step(Change::PutUser(user_wish(&was.id, facts)), effect, &was.subject);
        if facts.vanished == Some(true) {
            let change = Change::VanishUser { user: was.id.clone() };
            self.step(change, effect, &was.subject);
        }
        // Beside a row that was removed there is nothing.
        let custom = facts.custom.as_ref();
        self.custom(
            was,
            custom.filter(|custom| effect != Effect::Add || !custom.0.is_empty()),
        );
    }

    fn custom(&mut self, was: &Differing<UserFacts>, custom: Option<&Attributes>) {
        let Some(custom) = custom else { return };
        let value = (!custom.0.is_empty()).then(|| Detail::SourceAttributes(Arc::new(custom.clone())));
        self.detail(MemberKind::User, was, DetailKind::SourceAttributes, value);
    }

    fn detail<F>(&mut self, of: MemberKind, was: &Differing<F>, kind: DetailKind, value: Option<Detail>) {
        let subject = was.id.clone();
        let change = Change::Detail {
            of,
            subject,
            kind,
            value,
        };
        self.step(change, Effect::Update, &was.subject);
    }

    fn group(&mut self, was: &Differing<GroupFacts>) {
        let present = group_facts(self.snapshot, &was.id);
        match (&was.before, &was.after, present) {
            (None, Some(after), Some(present)) => {
                let (newer, _) = present.differing(after.clone());
                if !newer.is_empty() || self.added.filled_since(self.snapshot, &was.id) {
                    let what = "it has been changed since it was added".to_owned();
                    return self.contradict("group", &was.subject, what);
                }
                self.leaving.insert((MemberKind::Group, was.id.clone()));
                let group = was.id.clone();
                self.step(Change::RemoveGroup { group }, Effect::Remove, &was.subject);
            }
            (Some(before), None, None) => {
                self.coming.insert((MemberKind::Group, was.id.clone()));
                self.put_group(was, before, Effect::Add);
                if let Some(written) = before.written.clone().filter(|written| !written.0.is_empty()) {
                    let detail = Detail::Attributes(Arc::new(written));
                    self.detail(MemberKind::Group, was, DetailKind::Attributes, Some(detail));
                }
            }
            (Some(before), Some(after), Some(present)) => {
                let (back, newer) = present.given_back(before, after);
                if !newer.is_empty() {
                    self.contradict("group", &was.subject, changed(&newer));
                }
                if !back.is_empty() {
                    let effect = if back.name.is_some() {
                        Effect::Rename
                    } else {
                        Effect::Update
                    };
                    self.put_group(was, &back.over(present), effect);
                }
            }
            (_, _, present) => self.contradict("group", &was.subject, elsewhere(present.is_some())),
        }
    }

    fn put_group(&mut self, was: &Differing<GroupFacts>, facts: &GroupFacts, effect: Effect) {
        let served = facts.name.clone().unwrap_or_default();
        self.served.insert(was.id.clone(), served);
        self.step(Change::PutGroup(group_wish(&was.id, facts)), effect, &was.subject);
    }

    fn step(&mut self, change: Change, effect: Effect, subject: &Arc<str>) {
        self.steps.push(Step {
            change,
            effect,
            subject: Arc::clone(subject),
            reason: "as it was before the plan that is undone".into(),
        });
    }

    fn contradict(&mut self, kind: &str, subject: &str, reason: String) {
        let what = format!("{kind} `{subject}`");
        self.refused.push(Refused { what, reason });
    }
}

fn elsewhere(present: bool) -> String {
    let what = if present {
        "it has come back since"
    } else {
        "it has been removed since"
    };
    what.to_owned()
}

fn changed(newer: &[&str]) -> String {
    format!("changed since, and left as it is: {}", newer.join(", "))
}

fn user_wish(id: &ExternalId, facts: &UserFacts) -> UserWish {
    let text = |field: &Option<Arc<str>>| field.clone().unwrap_or_default();
    UserWish {
        external_id: id.clone(),
        owner: Owner::Source,
        name: text(&facts.name),
        first_name: text(&facts.first_name),
        last_name: text(&facts.last_name),
        display_name: text(&facts.display_name),
        email: text(&facts.email),
        active: facts.active.unwrap_or_default(),
        created_at: facts.created_at,
    }
}

fn group_wish(id: &ExternalId, facts: &GroupFacts) -> GroupWish {
    let text = |field: &Option<Arc<str>>| field.clone().unwrap_or_default();
    GroupWish {
        external_id: id.clone(),
        owner: Owner::Source,
        name: text(&facts.source_name),
        nickname: text(&facts.nickname),
        description: text(&facts.description),
        created_at: facts.created_at,
    }
}
