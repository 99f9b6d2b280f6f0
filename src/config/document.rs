//! A TOML document with the place of each key.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text with its tree. Paths have no indexes: `directory.sync.schedule`, whichever directory.
pub(super) struct Document<'a> {
    text: &'a str,
    pub(super) root: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    /// Parses a text.
    pub(super) fn parse(text: &'a str) -> Result<Self, toml::de::Error> {
        let root = DeTable::parse(text)?;
        Ok(Self { text, root })
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        line(self.text, offset)
    }

    /// The path of the innermost key whose name or value covers an offset.
    pub(super) fn path_at(&self, offset: usize) -> String {
        let mut best: Option<(usize, String)> = None;
        search_table(self.root.get_ref(), "", offset, &mut best);
        best.map(|(_, path)| path).unwrap_or_default()
    }
}

/// The line of an offset in a text, from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}

fn search_table(table: &DeTable<'_>, path: &str, offset: usize, best: &mut Option<(usize, String)>) {
    for (key, value) in table {
        let path = if path.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{path}.{}", key.get_ref())
        };
        consider(&key.span(), &path, offset, best);
        consider(&value.span(), &path, offset, best);
        search_value(value, &path, offset, best);
    }
}

fn search_value(value: &Spanned<DeValue<'_>>, path: &str, offset: usize, best: &mut Option<(usize, String)>) {
    match value.get_ref() {
        DeValue::Table(table) => search_table(table, path, offset, best),
        DeValue::Array(items) => {
            for item in items {
                consider(&item.span(), path, offset, best);
                search_value(item, path, offset, best);
            }
        }
        _ => {}
    }
}

fn consider(span: &Range<usize>, path: &str, offset: usize, best: &mut Option<(usize, String)>) {
    let smaller = best.as_ref().is_none_or(|(length, _)| span.len() < *length);
    if span.contains(&offset) && smaller {
        *best = Some((span.len(), path.to_owned()));
    }
}
