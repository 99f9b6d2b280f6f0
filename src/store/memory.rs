//! The store that forgets: for tests.
