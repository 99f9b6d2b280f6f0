//! The configuration: composes the rooms' own sections.
