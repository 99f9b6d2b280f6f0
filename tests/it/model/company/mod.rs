//! The sources of the model: one small adapter each, which puts edits and faults to its simulator and tells what a reader must see.

mod entra;
mod file;
mod google;
mod keycloak;
mod ldap;
mod okta;
mod scim;

use std::collections::BTreeSet;
use std::sync::Arc;

use throng::connector::Connector;
use throng::simulator::entra::{Edit, Fault, FaultKind, Tenant, Truth};
use throng::sync::Mapping;

use super::chance::Chance;

/// How large the companies are: users, groups, memberships.
const SIZE: (usize, usize, usize) = (8, 6, 20);
/// How many rows a page has, where that can be said.
const PAGE: usize = 5;

/// Which source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Entra,
    File,
    Google,
    Keycloak,
    Ldap,
    Okta,
    Scim,
}

/// What a read by this source can meet.
pub(super) struct Habits {
    /// Its requests, by kind.
    pub(super) requests: &'static [&'static str],
    /// Those of which a refusal may make the read incomplete; of the others it is an answer that the read lives with.
    pub(super) refusable: &'static [&'static str],
    /// Which of the usual passing faults it is not to meet: they mean something else there, or nothing.
    pub(super) spared: &'static [Passing],
    /// Those that it can meet only once in a read.
    pub(super) once: &'static [Passing],
}

/// Faults that a read must outlive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    Throttled,
    Unavailable,
    Dropped,
    Truncated,
    Html,
    EmptyPage,
    Duplicate,
    Unauthorized,
}

impl Passing {
    pub(super) const ALL: [Self; 8] = [
        Self::Throttled,
        Self::Unavailable,
        Self::Dropped,
        Self::Truncated,
        Self::Html,
        Self::EmptyPage,
        Self::Duplicate,
        Self::Unauthorized,
    ];
}

/// A simulated company, as its source has it. What the source cannot express is left out of the edits.
pub(super) trait Company: Send + Sync {
    /// The company that is edited.
    fn tenant(&self) -> &Tenant;

    /// What a complete, correct reader sees of it now.
    fn truth(&self) -> Truth {
        self.tenant().truth()
    }

    fn habits(&self) -> Habits;

    /// The edits as this source can express them.
    fn expressed(&self, edits: Vec<Edit>) -> Vec<Edit> {
        edits
    }

    /// What lasts and makes a read incomplete, or ends it, how often.
    fn lasting(&self) -> Vec<(FaultKind, u32)> {
        vec![
            (FaultKind::Error { status: 503 }, 1_000),
            (FaultKind::Error { status: 403 }, 1),
            (FaultKind::MissingValue, 1),
            (FaultKind::Loop, 50),
        ]
    }

    /// Makes the source refuse to go on where the last read ended; answers whether it knows that. Else the next read is asked to be whole.
    fn forgets(&self, _: &mut Chance) -> bool {
        false
    }

    /// A reader of a source that moves sees one moment of it.
    fn is_atomic(&self) -> bool {
        false
    }

    fn trouble(&self, fault: Fault) {
        self.tenant().faults().add(fault);
    }

    /// Ends all trouble.
    fn heal(&self) {
        self.tenant().faults().clear();
    }

    /// Puts the company as it is now where readers find it.
    fn publish(&self) {}
}

/// What a model reads: company, connector, how its users are mapped.
pub(super) struct Opened {
    pub(super) company: Box<dyn Company>,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) mapping: Mapping,
}

/// Opens a company with a connector.
pub(super) async fn open(source: Source, seed: u64) -> Opened {
    match source {
        Source::Entra => entra::open(seed).await,
        Source::File => file::open(seed).await,
        Source::Google => google::open(seed).await,
        Source::Keycloak => keycloak::open(seed).await,
        Source::Ldap => ldap::open(seed).await,
        Source::Okta => okta::open(seed).await,
        Source::Scim => scim::open(seed).await,
    }
}

/// A link, or a name, that leads elsewhere.
fn elsewhere() -> (FaultKind, u32) {
    let host = "http://127.0.0.1:9".to_owned();
    (FaultKind::ForeignLink { host }, 1)
}

/// Groups that were deleted do not return.
fn without_group_returns(edits: Vec<Edit>) -> Vec<Edit> {
    let returns = |edit: &Edit| matches!(edit, Edit::RestoreGroup { .. });
    edits.into_iter().filter(|edit| !returns(edit)).collect()
}

/// The truth of a source that does not tell how old groups are.
fn ageless(mut truth: Truth) -> Truth {
    for group in truth.groups.values_mut() {
        group.created = String::new();
    }
    truth
}

/// Names without case that these edits would take.
fn wanted_names(edit: &Edit) -> Option<String> {
    match edit {
        Edit::CreateUser { name } | Edit::RenameUser { upn: name, .. } => Some(name.to_lowercase()),
        _ => None,
    }
}

/// Names without case that somebody in the bin still bears.
fn names_in_the_bin(whole: &Truth, there: &Truth) -> BTreeSet<String> {
    let binned = whole
        .users
        .iter()
        .filter(|(id, _)| !there.users.contains_key(*id));
    binned.map(|(_, user)| user.upn.to_lowercase()).collect()
}
