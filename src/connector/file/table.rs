//! `users.csv`, `groups.csv`, `memberships.csv`: tables with a line of headers (RFC 4180).
//!
//! | file | needed columns | others |
//! |---|---|---|
//! | users | `id`, `userName` | SCIM names of attributes, see [`Column`] |
//! | groups | `id`, `displayName` | `nickName`, `description` |
//! | memberships | `group`, `member`: ids | `type`: `User` or `Group` |

use super::collect::{Collect, Place};
use super::column::Column;
use super::folder::Content;
use super::lines::{lines, wrong};
use crate::connector::api::Result;
use crate::connector::resource::{Resource, UserRows, id};
use crate::model::MemberKind;
use crate::model::record::SourceGroup;

/// Reads the files: users, groups, memberships.
pub(super) fn read(files: &[Content], rows: &UserRows, into: &mut Collect<'_>) -> Result<()> {
    if let Some(file) = files.first() {
        users(file, rows, into)?;
    }
    if let Some(file) = files.get(1) {
        groups(file, into)?;
    }
    files.get(2).map_or(Ok(()), |file| memberships(file, into))
}

fn users(file: &Content, rows: &UserRows, into: &mut Collect<'_>) -> Result<()> {
    let mut table = Table::open(file, &["id", "userName"])?;
    let mut columns = Vec::new();
    for header in &table.headers {
        columns.push(Column::parse(header).map_err(|what| wrong(file.name, 1, &what))?);
    }
    while let Some((place, cells)) = table.next(into) {
        let mut resource = Resource::new();
        for (column, cell) in columns.iter().zip(&cells) {
            column.fill(&mut resource, cell);
        }
        let told = id(&resource, &["id"]).and_then(|id| rows.user(id, &resource));
        into.user(place, told);
    }
    Ok(())
}

fn groups(file: &Content, into: &mut Collect<'_>) -> Result<()> {
    let mut table = Table::open(file, &["id", "displayName"])?;
    table.only(&["id", "displayName", "nickName", "description"])?;
    while let Some((place, cells)) = table.next(into) {
        let cell = |name: &str| table.cell(&cells, name);
        let (id, name) = (cell("id"), cell("displayName"));
        if id.is_empty() || name.is_empty() {
            into.problem(place, "`id` or `displayName` is missing");
            continue;
        }
        into.announce(place, &id.into());
        into.group(SourceGroup {
            id: id.into(),
            name: name.into(),
            nickname: cell("nickName").into(),
            description: cell("description").into(),
            created_at: None,
        });
    }
    Ok(())
}

fn memberships(file: &Content, into: &mut Collect<'_>) -> Result<()> {
    let mut table = Table::open(file, &["group", "member"])?;
    table.only(&["group", "member", "type"])?;
    while let Some((place, cells)) = table.next(into) {
        let cell = |name: &str| table.cell(&cells, name);
        let kind = match cell("type").to_lowercase().as_str() {
            "" => None,
            "user" => Some(MemberKind::User),
            "group" => Some(MemberKind::Group),
            _ => {
                into.problem(place, "`type` is neither `User` nor `Group`");
                continue;
            }
        };
        match into.known_group(cell("group")) {
            Some(group) => into.member(place, &group, cell("member"), kind),
            None => into.stray(place, cell("group")),
        }
    }
    Ok(())
}

/// A table, row by row.
struct Table<'a> {
    file: &'static str,
    headers: Vec<String>,
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Table<'a> {
    /// Reads the headers.
    fn open(file: &'a Content, needed: &[&str]) -> Result<Self> {
        let mut numbered = lines(file.name, &file.bytes)?; // ends with a line end, no line too long
        if numbered.next().is_none() {
            return Err(wrong(file.name, 1, &"the line of headers is missing"));
        }
        let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let headers = reader
            .headers()
            .map_err(|error| wrong(file.name, 1, &sentence(&error)))?;
        let headers: Vec<String> = headers.iter().map(str::to_owned).collect();
        for (at, header) in headers.iter().enumerate() {
            if headers[..at]
                .iter()
                .any(|before| before.eq_ignore_ascii_case(header))
            {
                return Err(wrong(file.name, 1, &format!("column `{header}` stands twice")));
            }
        }
        let table = Self {
            file: file.name,
            headers,
            reader,
        };
        match needed.iter().find(|name| table.column(name).is_none()) {
            Some(name) => Err(wrong(table.file, 1, &format!("column `{name}` is missing"))),
            None => Ok(table),
        }
    }

    /// Refuses columns of other names.
    fn only(&self, known: &[&str]) -> Result<()> {
        let is_known = |header: &String| known.iter().any(|known| known.eq_ignore_ascii_case(header));
        match self.headers.iter().find(|header| !is_known(header)) {
            None => Ok(()),
            Some(header) => {
                let what = format!(
                    "column `{header}` is not known; hint: the columns are {}",
                    known.join(", ")
                );
                Err(wrong(self.file, 1, &what))
            }
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.headers
            .iter()
            .position(|header| header.eq_ignore_ascii_case(name))
    }

    fn cell<'c>(&self, cells: &'c csv::StringRecord, name: &str) -> &'c str {
        self.column(name).and_then(|at| cells.get(at)).unwrap_or_default()
    }

    /// The next row that can be read, with its line.
    fn next(&mut self, into: &mut Collect<'_>) -> Option<(Place, csv::StringRecord)> {
        while !into.is_idle() {
            let mut cells = csv::StringRecord::new();
            match self.reader.read_record(&mut cells) {
                Ok(false) => return None,
                Ok(true) => {
                    let place = (self.file, line(cells.position()));
                    // A quote that is not closed swallows the lines below.
                    if let Some(at) = cells.iter().position(|cell| cell.contains(['\n', '\r'])) {
                        let column = self.headers.get(at).map_or("", String::as_str);
                        into.problem(place, &format!("`{column}` has a line end within it"));
                        continue;
                    }
                    return Some((place, cells));
                }
                Err(error) => {
                    into.problem((self.file, line(error.position())), &sentence(&error));
                    if error.is_io_error() {
                        return None;
                    }
                }
            }
        }
        None
    }
}

fn line(position: Option<&csv::Position>) -> usize {
    position.map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX))
}

fn sentence(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("there are {len} cells, not {expected_len} as in the line of headers")
        }
        csv::ErrorKind::Utf8 { .. } => "this is no UTF-8".to_owned(),
        _ => "this is no row of a table".to_owned(),
    }
}
