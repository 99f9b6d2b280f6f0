//! The mapping tester: one live record of a source, shown as read, mapped, judged by the scope, and named beside those who are there.
//!
//! It reads and decides nothing: what it says of the name is what a plan for this record alone would do.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt;
use serde::Serialize;

use super::config::UsersScope;
use super::engine::Synced;
use super::error::EngineError;
use super::mapping::Mapping;
use super::near;
use super::planner::{Completeness, plan};
use super::scope::{Narrowed, narrow};
use super::stage::{Said, Stage};
use super::terms::{Rules, Terms};
use super::trace::{Field, fields};
use crate::connector::api::Batch;
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::ExternalId;
use crate::model::name::fold;
use crate::model::plan::Refused;
use crate::model::record::{Record, SourceUser};

/// What stands where a source tells a secret: nobody has to see it to test a mapping.
const HIDDEN: &str = "(not shown)";

/// One record with all that becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// The source's immutable id.
    pub id: ExternalId,
    /// Whether the source says that it is enabled.
    pub active: bool,
    /// The record's attributes as read, under the source's names.
    pub attributes: BTreeMap<Arc<str>, Arc<str>>,
    /// The fields, each with the way to its value.
    pub fields: Vec<Field>,
    /// Whether it belongs to the directory; `null` where that could not be found out.
    pub in_scope: Option<bool>,
    /// Why, as a sentence.
    pub scope: String,
    /// The username that it would be served under; `null`: it would be left out.
    pub served_as: Option<Arc<str>>,
    /// What would be left out or served otherwise than wished, such as for another who has the name.
    pub refused: Vec<Refused>,
    /// Attributes of the rules that the record has not, with one that it has and that is spelled alike.
    pub hints: Vec<String>,
    /// How many records were read to find it.
    pub records: u64,
}

/// Reads until the user of this id, username or address is found; `None`: there is none. Where users belong by their groups, all is read.
///
/// # Errors
/// What the source says.
pub async fn test(synced: &Synced, now: i64, wanted: &str) -> Result<Option<Tested>, EngineError> {
    let snapshot = synced.directory.snapshot();
    let rules = &synced.rules;
    let mut search = Search::new(&snapshot, &synced.mapping, wanted);
    let mut stage = Stage::of(synced.mapping.clone(), Arc::clone(rules));
    let mut whole = rules.scope.by_groups();
    let mut pull = synced.source.pull(None).await?;
    while let Some(batch) = pull.batches.next().await {
        match batch? {
            Batch::Records(records) => {
                for record in records {
                    search.look(&record);
                    stage.take(record);
                }
            }
            Batch::Incomplete(_) => whole = false,
            Batch::Notice(_) | Batch::Tally(_) | Batch::End { .. } => {}
        }
        if search.found.is_some() && !rules.scope.by_groups() {
            break;
        }
    }
    let Some(user) = search.found else { return Ok(None) };
    if whole {
        whole = narrow(&rules.scope, &snapshot, &mut stage, true) == Narrowed::Done;
    }
    let records = stage.records();
    let (in_scope, scope) = judged(rules, &stage, &user.id, whole);
    Ok(Some(tested(
        synced,
        &snapshot,
        user,
        now,
        (in_scope, scope, records),
    )))
}

/// Who is looked for.
struct Search<'a> {
    wanted: String,
    /// The id of whom the directory has under this name.
    known: Option<ExternalId>,
    mapping: &'a Mapping,
    found: Option<SourceUser>,
}

impl<'a> Search<'a> {
    fn new(snapshot: &Snapshot, mapping: &'a Mapping, wanted: &str) -> Self {
        let wanted = fold(wanted.trim());
        let known = snapshot.user_named(&wanted).map(|row| row.external_id.clone());
        Self {
            wanted,
            known,
            mapping,
            found: None,
        }
    }

    fn look(&mut self, record: &Record) {
        let Record::User(user) = record else { return };
        if self.found.is_some() {
            // Told again: the last one counts.
            if self.found.as_ref().is_some_and(|found| found.id == user.id) {
                self.found = Some(user.clone());
            }
            return;
        }
        let wish = self.mapping.user(user);
        let mut texts = [user.id.as_str(), &wish.name, &wish.email].into_iter();
        if self.known.as_ref() == Some(&user.id) || texts.any(|text| fold(text) == self.wanted) {
            self.found = Some(user.clone());
        }
    }
}

/// Whether the user belongs to the directory, and why.
fn judged(rules: &Rules, stage: &Stage, id: &ExternalId, whole: bool) -> (Option<bool>, String) {
    match stage.users.of(id) {
        Said::Out(why) => (Some(false), why.sentence().to_owned()),
        _ if rules.scope.by_groups() && !whole => {
            let what =
                "unknown: users belong to this directory by their groups, and not everything could be read";
            (None, what.to_owned())
        }
        _ if rules.scope.users() == UsersScope::Assigned => {
            let what = "unknown: only who is assigned to the application at the source belongs to this directory; a dry run tells";
            (None, what.to_owned())
        }
        _ => (Some(true), "it belongs to this directory".to_owned()),
    }
}

fn tested(
    synced: &Synced,
    snapshot: &Snapshot,
    mut user: SourceUser,
    now: i64,
    (in_scope, scope, records): (Option<bool>, String, u64),
) -> Tested {
    let secret = |name: &str| {
        let name = name.to_lowercase();
        ["password", "secret", "credential"]
            .iter()
            .any(|word| name.contains(word))
    };
    for (_, value) in user
        .attributes
        .iter_mut()
        .filter(|(name, value)| secret(name) && !value.is_empty())
    {
        *value = HIDDEN.into();
    }
    let (served_as, refused) = named(synced, snapshot, &user, now);
    user.attributes.retain(|_, value| !value.is_empty());
    Tested {
        fields: fields(&synced.mapping, &user),
        hints: hints(&synced.mapping, &user),
        attributes: user.attributes,
        id: user.id,
        active: user.active,
        in_scope,
        scope,
        served_as,
        refused,
        records,
    }
}

/// What a plan for this record alone would do about the name, were it in scope.
fn named(
    synced: &Synced,
    snapshot: &Snapshot,
    user: &SourceUser,
    now: i64,
) -> (Option<Arc<str>>, Vec<Refused>) {
    let rules = Rules {
        protected: synced.rules.protected.clone(),
        ..Rules::default()
    };
    let rules = Arc::new(rules);
    let mut stage = Stage::of(synced.mapping.clone(), Arc::clone(&rules));
    stage.take(Record::User(user.clone()));
    let plan = plan(
        snapshot,
        &stage,
        &Terms::new(Completeness::ChangesOnly, now, rules),
    );
    let changes: Vec<_> = plan.steps.into_iter().map(|step| step.change).collect();
    let mut draft = Draft::new(snapshot, now);
    draft.apply(&changes);
    let after = draft.snapshot();
    let row = after.user_id(&user.id).and_then(|id| after.user(id));
    (row.map(|row| Arc::clone(&row.name)), plan.refused)
}

/// Attributes that the rules name and the record has not.
fn hints(mapping: &Mapping, user: &SourceUser) -> Vec<String> {
    let has = |name: &String| user.attributes.contains_key(name.as_str());
    let wanted = mapping.attributes();
    let lacking = wanted.iter().filter(|name| !has(name));
    let told = lacking.filter_map(|name| {
        let others = user.attributes.keys().filter(|other| !wanted.contains(&***other));
        let found = near::nearest(name, others)?;
        Some(format!(
            "the record has no value in `{name}`; hint: did you mean `{found}`?"
        ))
    });
    told.collect()
}
