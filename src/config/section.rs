//! One table of the document, read key by key.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::problem::Problem;
use super::wording::{reworded, unknown_key};

/// A table whose keys are taken one after the other; what is left is unknown.
pub(super) struct Section<'d, 'a> {
    document: &'d Document<'a>,
    table: DeTable<'a>,
    path: &'d str,
    offset: usize,
    known: Vec<&'d str>,
}

impl<'d, 'a> Section<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>, table: DeTable<'a>, path: &'d str, offset: usize) -> Self {
        Self {
            document,
            table,
            path,
            offset,
            known: Vec::new(),
        }
    }

    /// The line on which the section begins.
    pub(super) fn line(&self) -> usize {
        self.document.line(self.offset)
    }

    /// Takes a key's value as it stands, with its line.
    pub(super) fn raw(&mut self, key: &'d str) -> Option<(Spanned<DeValue<'a>>, usize)> {
        self.known.push(key);
        let (name, value) = self.table.remove_entry(key)?;
        let line = self.document.line(name.span().start);
        Some((value, line))
    }

    /// Takes a key's value; a value that does not fit is a problem, and then absent.
    pub(super) fn take<T: Deserialize<'a>>(
        &mut self,
        key: &'d str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let (value, _) = self.raw(key)?;
        let offset = value.span().start;
        match T::deserialize(value.into_deserializer()) {
            Ok(value) => Some(value),
            Err(error) => {
                problems.push(reworded(self.document, &error, offset));
                None
            }
        }
    }

    /// Whether the key is there still.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The line of a key, or of the section where it has none.
    pub(super) fn line_of(&self, key: &str) -> usize {
        let found = self.table.get_key_value(key);
        found.map_or_else(|| self.line(), |(name, _)| self.document.line(name.span().start))
    }

    /// The line of a key of a section below, or of that section, or of this one.
    pub(super) fn line_below(&self, section: &str, key: &str) -> usize {
        let below = self
            .table
            .get(section)
            .and_then(|value| value.get_ref().as_table());
        let found = below.and_then(|table| place(table, key));
        found.map_or_else(|| self.line_of(section), |offset| self.document.line(offset))
    }

    /// Takes a section of which this version may not have everything: `unsupported` names the first such key.
    pub(super) fn take_built<T: Deserialize<'a>>(
        &mut self,
        key: &'d str,
        unsupported: impl Fn(&T) -> Option<&'static str>,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let (value, _) = self.raw(key)?;
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        built(self.document, value, &path, unsupported, problems)
    }

    /// Takes a key that must be there.
    pub(super) fn need<T: Deserialize<'a>>(
        &mut self,
        key: &'d str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        if self.table.contains_key(key) {
            return self.take(key, problems);
        }
        self.known.push(key);
        let problem = Problem::new(self.line(), format!("`{}` lacks the key `{key}`", self.path));
        problems.push(problem.hint(format!("add `{key} = …`")));
        None
    }

    /// Reads all that is left as one value, as [`Self::take_built`] does.
    pub(super) fn rest_built<T: Deserialize<'a>>(
        self,
        unsupported: impl Fn(&T) -> Option<&'static str>,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let value = Spanned::new(self.offset..self.offset, DeValue::Table(self.table));
        built(self.document, value, self.path, unsupported, problems)
    }

    /// Says of every key that nobody took that it is not known.
    pub(super) fn finish(self, problems: &mut Vec<Problem>) {
        for (key, _) in &self.table {
            let path = if self.path.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{}.{}", self.path, key.get_ref())
            };
            let line = self.document.line(key.span().start);
            problems.push(unknown_key(line, &path, &self.known));
        }
    }
}

fn built<'a, T: Deserialize<'a>>(
    document: &Document<'a>,
    value: Spanned<DeValue<'a>>,
    path: &str,
    unsupported: impl Fn(&T) -> Option<&'static str>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let offset = value.span().start;
    let places = value.get_ref().as_table().cloned().unwrap_or_default();
    let read = match T::deserialize(value.into_deserializer()) {
        Ok(read) => read,
        Err(error) => {
            problems.push(reworded(document, &error, offset));
            return None;
        }
    };
    if let Some(key) = unsupported(&read) {
        let place = place(&places, key).unwrap_or(offset);
        let what = format!("this version does not have what `{path}.{key}` asks for");
        problems.push(Problem::new(document.line(place), what).hint("take the key out to have its default"));
    }
    Some(read)
}

/// Where a key stands, by its path below a table; of a path that is not written out, as far as it is.
fn place(table: &DeTable<'_>, path: &str) -> Option<usize> {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, value) = table.get_key_value(key)?;
    let below = value.get_ref().as_table().and_then(|table| place(table, rest));
    Some(below.unwrap_or(name.span().start))
}
