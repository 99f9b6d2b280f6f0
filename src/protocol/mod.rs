//! FOREIGN TONGUES: pure codecs.

pub mod crowd;
