//! SYNC: from what a source reported to one guarded commit.
