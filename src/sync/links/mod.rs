//! LINKS: several directories as the source of one, in which a person whom they all have is one user.
//!
//! Who is one person say explicit rules, never a name; which key a person has is kept from read to read. What follows from
//! that is planned, judged and applied as what any source tells.

mod evidence;
mod follow;
mod identity;
mod map_file;
mod people;
#[cfg(test)]
mod people_tests;
mod records;
#[cfg(test)]
mod size_tests;
mod source;

pub(super) use evidence::carried;
pub use follow::follow;
pub use identity::{LINKED, LINKED_BY, NOT_LINKED, members};
pub(super) use map_file::{is_key, read as read_map};
pub use people::{By, LinkRules};
pub use source::Linked;
