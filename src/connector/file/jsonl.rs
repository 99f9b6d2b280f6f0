//! `users.jsonl` and `groups.jsonl`: one SCIM resource a line, members within their group.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::collect::Collect;
use super::folder::Content;
use super::lines::lines;
use crate::connector::api::Result;
use crate::connector::resource::{GroupRow, Resource, UserRows, id};

/// What is never changed about a user or a group: the first of these that is there.
const IDS: [&str; 2] = ["id", "externalId"];

/// Reads the files, users first.
pub(super) fn read(files: &[Content], rows: &UserRows, into: &mut Collect<'_>) -> Result<()> {
    if let Some(file) = files.first() {
        users(file, rows, into)?;
    }
    files.get(1).map_or(Ok(()), |file| groups(file, into))
}

fn users(file: &Content, rows: &UserRows, into: &mut Collect<'_>) -> Result<()> {
    for (line, text) in lines(file.name, &file.bytes)? {
        if into.is_idle() {
            break;
        }
        let told = parse::<Resource>(text, "user").and_then(|told| rows.user(id(&told, &IDS)?, &told));
        into.user((file.name, line), told);
    }
    Ok(())
}

/// Twice over the lines: a member may be a group that stands below.
fn groups(file: &Content, into: &mut Collect<'_>) -> Result<()> {
    let lines = lines(file.name, &file.bytes)?;
    for (line, text) in lines.clone() {
        // What is wrong is told when the line is read as a whole.
        if let Ok(Ok(group)) = parse::<Identity>(text, "group").map(|told| told.0.id(&IDS)) {
            into.announce((file.name, line), &group);
        }
    }
    for (line, text) in lines {
        let place = (file.name, line);
        if into.is_idle() {
            break;
        }
        let told = parse::<GroupRow>(text, "group").and_then(|row| Ok((row.group(&IDS)?, row.members)));
        match told {
            Err(what) => into.problem(place, &what),
            Ok((group, _)) if !into.counts(&group.id, line) => {}
            Ok((group, members)) => {
                let id = group.id.clone();
                into.group(group);
                for member in members.into_iter().flatten() {
                    if member.id.is_empty() {
                        into.problem(place, "a member has no `value`");
                        break;
                    }
                    into.member(place, &id, &member.id, member.kind);
                }
            }
        }
    }
    Ok(())
}

/// A group of which only the id is wanted.
struct Identity(GroupRow);

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut row = GroupRow::deserialize(from)?;
        row.members = None;
        Ok(Self(row))
    }
}

/// What serde says may repeat the value, which is nobody's business: only the place is told.
fn parse<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(text).map_err(|error| {
        if error.is_data() {
            format!("this is no {what} (column {})", error.column())
        } else {
            format!("this is no JSON (column {})", error.column())
        }
    })
}
