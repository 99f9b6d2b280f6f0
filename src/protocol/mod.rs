//! FOREIGN TONGUES: pure codecs.

pub mod crowd;
pub mod scim;
