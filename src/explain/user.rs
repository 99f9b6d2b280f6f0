//! One user explained: who serves it, why it is active or not, by which way it is in which group, what was told of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::paths;
use crate::clock::rfc3339;
use crate::directory::activity::{Attempt, Origin, Seen};
use crate::directory::told::{Answer, Telling};
use crate::directory::{Snapshot, UserRef, View};
use crate::model::commit::AuditRecord;
use crate::model::name::fold;
use crate::model::row::FormerName;
use crate::model::user::UserRow;
use crate::model::{DirectoryId, ExternalId, Hold, Owner, Seq};
use crate::sync::links;

/// All that is known of a name in an application.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The name as asked for.
    pub name: String,
    /// The application whose view it is.
    pub application: String,
    /// The user that the application sees under this name.
    pub user: Option<Present>,
    /// Users of that name whom it does not see, and why.
    pub hidden: Vec<Hidden>,
    /// Who has this name at the source and waits for it here.
    pub waiting: Vec<Waits>,
    /// Who had this name before.
    pub past: Vec<Past>,
    /// What the audit trail says of the name, the newest first.
    pub audit: Vec<AuditRecord>,
}

/// A user that the application sees.
#[derive(Debug, Serialize)]
pub struct Present {
    /// The name as served.
    pub name: String,
    /// The Crowd key.
    pub key: String,
    /// The directory that serves it: the first of the application's that has the name.
    pub directory: String,
    /// Who may change it.
    pub owner: Owner,
    /// The source's immutable id.
    pub external_id: String,
    /// What its fields are made of at its source; `null` where none is read.
    pub mapping: Option<BTreeMap<&'static str, String>>,
    /// Of linked directories the users that this person is, each as `directory:id`, the first in precedence first.
    pub linked: Vec<String>,
    /// The rules by which they are one person.
    pub linked_by: Option<String>,
    /// A value of it that links nobody, and why.
    pub not_linked: Option<String>,
    /// Whether applications may let it in.
    pub active: bool,
    /// Why it is so.
    pub reason: &'static str,
    /// What keeps it out, whatever its source says.
    pub held: Option<Held>,
    /// When the row was last changed, RFC 3339.
    pub updated: String,
    /// The groups, each with the way to it.
    pub groups: Vec<InGroup>,
    /// What the application has been told.
    pub told: Vec<Told>,
    /// What each lane of evidence says of when the user was last seen, the newest first.
    pub last_seen: Vec<LastSeen>,
    /// When somebody last tried to let it in while it was inactive.
    pub last_attempt: Option<LastAttempt>,
    /// When it last came back and stayed held, and why.
    pub return_refused: Option<ReturnRefused>,
}

/// What is known of a user's use.
#[derive(Debug, Default)]
pub struct Use {
    /// What each lane says, the newest first.
    pub seen: Vec<Seen>,
    /// The last attempt while it was inactive.
    pub attempt: Option<Attempt>,
    /// The last return that was refused.
    pub refused: Option<ReturnRefused>,
}

/// What is known of the reads of sources.
#[derive(Debug, Default)]
pub struct Reads {
    /// By directory: what a user's fields are made of.
    pub mappings: BTreeMap<DirectoryId, BTreeMap<&'static str, String>>,
    /// Who waits for the name.
    pub waiting: Vec<(DirectoryId, ExternalId)>,
}

/// Somebody who waits for a name.
#[derive(Debug, Serialize)]
pub struct Waits {
    /// The directory.
    pub directory: String,
    /// The Crowd key that it has, or will have.
    pub key: String,
    /// Why it does not have the name.
    pub reason: String,
}

/// A return that was refused.
#[derive(Debug, Serialize)]
pub struct ReturnRefused {
    /// When, RFC 3339.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// When a lane of evidence last saw a user.
#[derive(Debug, Serialize)]
pub struct LastSeen {
    /// When, RFC 3339.
    pub at: String,
    /// The lane.
    pub lane: &'static str,
    /// What the user did, and in which application.
    #[serde(flatten)]
    pub origin: Origin,
    /// The same in words.
    pub words: String,
}

/// When somebody tried to let an inactive user in.
#[derive(Debug, Serialize)]
pub struct LastAttempt {
    /// When, RFC 3339.
    pub at: String,
    /// How, and by which application.
    #[serde(flatten)]
    pub origin: Origin,
}

/// A hold, for people.
#[derive(Debug, Serialize)]
pub struct Held {
    /// Why.
    pub reason: String,
    /// The cleanup policy that asked for it.
    pub policy: Option<String>,
    /// Who did it.
    pub by: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Until when, RFC 3339.
    pub until: Option<String>,
    /// Whether new use ends it.
    pub release_on_return: bool,
}

impl Held {
    fn of(hold: &Hold) -> Self {
        Self {
            reason: hold.reason.to_string(),
            policy: hold.policy.as_ref().map(ToString::to_string),
            by: hold.actor.to_string(),
            since: rfc3339(hold.since),
            until: hold.until.map(rfc3339),
            release_on_return: hold.release_on_return,
        }
    }
}

/// One group that a user is in.
#[derive(Debug, Serialize)]
pub struct InGroup {
    /// Its name.
    pub name: String,
    /// The groups that lead to it, the direct one first, itself last.
    pub path: Vec<String>,
}

/// One answer that the application had, and whether the user's present state was in it.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Which answer: the whole listing, or the events since one.
    pub answer: Answer,
    /// When, RFC 3339.
    pub at: String,
    /// Whether it told the user as it is now.
    pub up_to_date: bool,
}

/// A user whom the application does not see.
#[derive(Debug, Serialize)]
pub struct Hidden {
    /// Its directory.
    pub directory: String,
    /// Its Crowd key.
    pub key: String,
    /// Why.
    pub reason: String,
}

/// A name that its bearer no longer has.
#[derive(Debug, Serialize)]
pub struct Past {
    /// The directory.
    pub directory: String,
    /// The bearer's Crowd key.
    pub key: String,
    /// What became of it.
    pub what: String,
}

/// Explains a name in a view, by what is known of use and reads; `tellings` are the answers that the application had, `of_use` what is known of the use of the user
/// that it sees under the name.
pub fn explain(
    view: &View,
    name: &str,
    tellings: &[Telling],
    audit: Vec<AuditRecord>,
    of_use: Use,
    mut reads: Reads,
) -> Explained {
    let folded = fold(name);
    let seen = view.user(name);
    let key = seen.map(|user| user.key());
    let hidden = view.snapshots().iter().filter_map(|snapshot| {
        let row = snapshot.user_named(&folded)?;
        let own = format!("{}:{}", snapshot.directory(), row.external_id);
        let reason = match &seen {
            Some(_) if key.as_ref() == Some(&own) => return None,
            _ if held_out(snapshot, row) => "a hold keeps it from being told to any application".to_owned(),
            Some(user) => format!(
                "directory `{}` comes first for this application and has the name",
                user.snapshot().directory()
            ),
            None => "it is in none of the groups of the application's `access`".to_owned(),
        };
        let directory = snapshot.directory().to_string();
        Some(Hidden {
            directory,
            key: own,
            reason,
        })
    });
    Explained {
        name: name.to_owned(),
        application: view.application().name.to_string(),
        hidden: hidden.collect(),
        waiting: waiting(view, &folded, &reads.waiting),
        past: view
            .snapshots()
            .iter()
            .flat_map(|snapshot| past(snapshot, &folded))
            .collect(),
        user: seen.map(|user| Present {
            mapping: mapping(&user, &mut reads),
            ..present(view, &user, tellings, of_use)
        }),
        audit,
    }
}

/// Who of the application's directories waits for a name.
fn waiting(view: &View, folded: &str, waiting: &[(DirectoryId, ExternalId)]) -> Vec<Waits> {
    let of_view = |(directory, user): &(DirectoryId, ExternalId)| {
        let snapshots = view.snapshots().iter();
        let snapshot = snapshots
            .map(AsRef::as_ref)
            .find(|snapshot: &&Snapshot| snapshot.directory() == directory)?;
        let reason = match snapshot.user_named(folded) {
            Some(row) => format!("user {} of directory `{directory}` has the name", row.external_id),
            None => "the name is free: the next run of its directory gives it".to_owned(),
        };
        Some(Waits {
            directory: directory.to_string(),
            key: format!("{directory}:{user}"),
            reason,
        })
    };
    waiting.iter().filter_map(of_view).collect()
}

/// What a user's fields are made of, where its source is read.
fn mapping(user: &UserRef<'_>, reads: &mut Reads) -> Option<BTreeMap<&'static str, String>> {
    let read = user.row().owner == Owner::Source;
    reads
        .mappings
        .remove(user.snapshot().directory())
        .filter(|_| read)
}

fn held_out(snapshot: &Snapshot, row: &UserRow) -> bool {
    let hold = snapshot.details().hold(row.id);
    hold.is_some_and(|hold| hold.removed)
}

fn present(view: &View, user: &UserRef<'_>, tellings: &[Telling], of_use: Use) -> Present {
    let row = user.row();
    let attributes = user.attributes();
    let of_links = |name: &str| attributes.values(name).first().map(ToString::to_string);
    let by = of_links(links::LINKED_BY);
    let groups = paths::of(view, user).into_iter().map(|path| InGroup {
        name: path.last().cloned().unwrap_or_default(),
        path,
    });
    let told = tellings.iter().map(|telling| Told {
        answer: telling.answer,
        at: rfc3339(telling.at),
        up_to_date: telling.seq(view, user) >= Some(changed(user)),
    });
    Present {
        name: user.name().into_owned(),
        key: user.key(),
        directory: user.snapshot().directory().to_string(),
        owner: row.owner,
        external_id: row.external_id.to_string(),
        mapping: None,
        linked: if by.is_some() {
            links::members(user.snapshot(), row)
        } else {
            Vec::new()
        },
        linked_by: by,
        not_linked: of_links(links::NOT_LINKED),
        active: user.active(),
        reason: match (row.vanished, row.source_active) {
            (true, _) => "its source no longer has it; it stays, inactive, with its last memberships",
            (false, false) => "its source says that it is disabled",
            (false, true) => "its source says that it is enabled",
        },
        held: user.hold().map(|hold| Held::of(hold)),
        updated: rfc3339(row.updated_at),
        groups: groups.collect(),
        told: told.collect(),
        last_seen: of_use.seen.into_iter().map(last_seen).collect(),
        last_attempt: of_use.attempt.map(|attempt| LastAttempt {
            at: rfc3339(attempt.at),
            origin: attempt.origin,
        }),
        return_refused: of_use.refused.filter(|_| user.hold().is_some()),
    }
}

fn last_seen(seen: Seen) -> LastSeen {
    LastSeen {
        at: rfc3339(seen.at),
        lane: seen.lane.name(),
        words: seen.origin.to_string(),
        origin: seen.origin,
    }
}

/// The last commit that an event would tell of.
fn changed(user: &UserRef<'_>) -> Seq {
    let seqs = &user.row().seqs;
    seqs.changed.max(seqs.groups)
}

/// Who of a directory had the name before.
fn past(snapshot: &Snapshot, folded: &str) -> Vec<Past> {
    let had = |former: &[FormerName]| former.iter().any(|name| fold(&name.name) == folded);
    let of = |external: &str, what: String| Past {
        directory: snapshot.directory().to_string(),
        key: format!("{}:{external}", snapshot.directory()),
        what,
    };
    // A name that never ended here needs no walk over all rows.
    if !snapshot.had_user_named(folded) {
        return Vec::new();
    }
    let renamed = snapshot
        .users()
        .filter(|row| had(&row.former) && fold(&row.name) != folded)
        .map(|row| of(row.external_id.as_str(), format!("is named `{}` now", row.name)));
    let removed = snapshot
        .removed_users()
        .filter(|gone| had(&gone.former))
        .map(|gone| {
            of(
                gone.external_id.as_str(),
                format!("was removed by commit {}", gone.ended),
            )
        });
    renamed.chain(removed).collect()
}
