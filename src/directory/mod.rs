//! VERBS: one live directory, its rules, its one writer.
