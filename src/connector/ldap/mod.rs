//! LDAP directories: Active Directory, OpenLDAP.

mod changes;
mod check;
mod config;
mod error;
mod full;
mod members;
mod names;
mod password;
mod place;
mod posix;
mod primary;
mod returning;
mod rows;
mod seen;
mod source;
mod state;
mod talk;
mod usn;
mod wire;

pub use config::{Flavour, LdapConfig};
pub use source::LdapSource;
