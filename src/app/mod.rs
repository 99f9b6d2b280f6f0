//! The composition root: open, build, wire, drain.
