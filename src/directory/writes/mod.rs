//! WRITES: what applications and operators change, and which directory it is kept in.
//!
//! New users go to the first directory of an application that takes users, new groups there too or else to its first
//! directory. Whoever or whatever exists is written where it is served from. A membership lives in the directory that
//! serves the *member*: where that has no group of the name, a local group of the same id and name is made there, since
//! views join memberships by name. What a source owns is refused, and so is a local member of a source's group.

mod attributes;
mod audit;
mod error;
mod groups;
mod input;
mod members;
mod nesting;
mod passwords;
mod users;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use error::Unwritten;
pub use input::{GroupInput, NewUser, UserInput};

use super::applications::Applications;
use super::snapshot::Snapshot;
use super::view::View;
use super::writer::Directory;
use super::{Edit, EditError};
use crate::model::{Application, Epoch, ExternalId};

/// What a directory takes from applications and operators, beside groups and attributes, which each takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Takes {
    /// New users: it has no source.
    pub users: bool,
    /// Passwords, also of users whom a source owns.
    pub passwords: bool,
}

/// The writes of one actor, on one picture of the directories it sees. Each is decided anew by the directory's writer.
pub struct Writes {
    view: View,
    /// The directories of the view, in its order.
    places: Vec<(Arc<Directory>, Takes)>,
    actor: String,
}

impl Writes {
    /// The writes of an application. `takes` says it of each directory.
    pub fn of_application(
        applications: &Applications,
        name: &str,
        takes: impl Fn(&Directory) -> Takes,
    ) -> Option<Self> {
        let directories = applications.directories(name)?;
        let places = directories
            .iter()
            .map(|directory| (Arc::clone(directory), takes(directory)));
        Some(Self {
            view: applications.view(name)?,
            places: places.collect(),
            actor: format!("application {name}"),
        })
    }

    /// The writes of an operator to one directory.
    pub fn of_operator(name: &str, directory: &Arc<Directory>, takes: Takes) -> Option<Self> {
        let alone = Application {
            name: name.into(),
            directories: vec![directory.id().clone()],
            nested_groups: true,
            flatten_groups: false,
            lower_case: false,
            access: BTreeSet::new(),
        };
        let directories = [Arc::clone(directory)];
        Some(Self {
            view: Applications::new(Epoch([0; 16]), vec![alone], &directories).view(name)?,
            places: vec![(Arc::clone(directory), takes)],
            actor: format!("operator {name}"),
        })
    }

    /// What was seen before anything was written.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The directory that new users go to.
    fn first_for_users(&self) -> Result<&Arc<Directory>, Unwritten> {
        let first = self.places.iter().find(|(_, takes)| takes.users);
        first.map(|(directory, _)| directory).ok_or(Unwritten::NoPlace)
    }

    /// The directory that new groups go to.
    fn first_for_groups(&self) -> Result<&Arc<Directory>, Unwritten> {
        let first = self.places.first().map(|(directory, _)| directory);
        self.first_for_users().ok().or(first).ok_or(Unwritten::NoPlace)
    }

    /// Hands a decision to a directory's writer. Where the rules refuse what it decided, `refused` names the sentence.
    async fn edit(
        &self,
        directory: &Directory,
        refused: fn(String) -> Unwritten,
        decide: impl FnOnce(&Snapshot) -> Result<Edit, Unwritten> + Send + 'static,
    ) -> Result<(), Unwritten> {
        let decide = move |snapshot: &Snapshot| decide(snapshot).map(|edit| (edit, ()));
        directory
            .edit(decide)
            .await
            .map_or_else(|error| Err(refusal(error, refused)), |_| Ok(()))
    }
}

/// Why an edit was not made, in a sentence.
fn refusal(error: EditError<Unwritten>, refused: fn(String) -> Unwritten) -> Unwritten {
    match error {
        EditError::Declined(why) => why,
        EditError::Rules(all) => {
            let told: Vec<_> = all
                .iter()
                .map(|refused| format!("{}: {}", refused.what, refused.reason))
                .collect();
            refused(told.join("; "))
        }
        EditError::Directory(error) => Unwritten::Directory(error),
    }
}

/// A random id (UUID version 4, RFC 9562 §5.4): the Crowd key of what is made here stays when its name changes.
fn fresh_id() -> Result<ExternalId, Unwritten> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Unwritten::Random)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let digits = format!("{number:032x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    Ok(parts.join("-").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_4_and_never_the_same() {
        let id = fresh_id().unwrap().to_string();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
        assert_ne!(fresh_id().unwrap().to_string(), id);
    }
}
