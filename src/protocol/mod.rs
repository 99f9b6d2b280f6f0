//! FOREIGN TONGUES: pure codecs.

pub mod crowd;
pub mod ldap;
pub mod scim;
