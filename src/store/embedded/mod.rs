//! The embedded engine: sled behind six rules.
