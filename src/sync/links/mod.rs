//! LINKS: several directories as the source of one, in which a person whom they all have is one user.
//!
//! Who is one person say explicit rules, never a name; which key a person has is kept from read to read. What follows from
//! that is planned, judged and applied as what any source tells.

mod follow;
mod identity;
mod people;
#[cfg(test)]
mod people_tests;
mod records;
mod source;

pub use follow::follow;
pub use identity::{LINKED, LINKED_BY, members};
pub use people::{By, LinkRules};
pub use source::Linked;
