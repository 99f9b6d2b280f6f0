//! Members of a group as clients name them: never a list to be changed, always what to do to a set.

use std::collections::HashSet;

use serde_json::Value;

use super::error::ScimError;
use super::filter::Bound;
use super::json::member;
use super::tolerances::Tolerances;

/// A member as named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberRef {
    /// Its id.
    pub id: String,
    /// What it is, where the client says so.
    pub kind: Option<MemberType>,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberType {
    /// A user.
    User,
    /// A group.
    Group,
}

impl MemberType {
    /// As bodies spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// What to do to the set of a group's members, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberOp {
    /// These are members; those who are already stay.
    Add(Vec<MemberRef>),
    /// These are not.
    Remove(Vec<String>, Absent),
    /// Nobody is whom this matches: asked of elements with `value`, `type` and `display`.
    RemoveMatching(Bound, Absent),
    /// Whom this matches is replaced by these.
    ReplaceMatching(Bound, Vec<MemberRef>),
    /// These and nobody else.
    Set(Vec<MemberRef>),
}

/// What it is to remove a member that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// No error: it is as wished.
    IsFine,
    /// `noTarget`.
    IsNoTarget,
}

/// Reads the value of `members`: a list of objects, where tolerated one object or plain ids.
///
/// # Errors
/// `invalidValue` when an element names nobody.
pub(super) fn refs(value: Value, tolerances: Tolerances) -> Result<Vec<MemberRef>, ScimError> {
    let items = match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        single if tolerances.plain_values => vec![single],
        _ => return Err(ScimError::value("attribute `members` must be a list")),
    };
    let mut seen = HashSet::with_capacity(items.len());
    let mut members = Vec::with_capacity(items.len());
    for item in items {
        let member = reference(&item, tolerances)?;
        if seen.insert(member.id.clone()) {
            members.push(member);
        }
    }
    Ok(members)
}

fn reference(item: &Value, tolerances: Tolerances) -> Result<MemberRef, ScimError> {
    let (id, kind) = match item {
        Value::String(id) if tolerances.plain_values => (Some(id.as_str()), None),
        Value::Object(parts) => {
            let text = |name: &str| member(parts, name).and_then(Value::as_str);
            let told = text("type").and_then(by_name);
            let kind = told.or_else(|| text("$ref").and_then(by_address));
            (text("value"), kind)
        }
        _ => (None, None),
    };
    match id {
        Some(id) if !id.is_empty() => Ok(MemberRef {
            id: id.to_owned(),
            kind,
        }),
        _ => Err(ScimError::value(
            "attribute `members` has an element without `value`; hint: `value` is the member's id",
        )),
    }
}

fn by_name(name: &str) -> Option<MemberType> {
    [MemberType::User, MemberType::Group]
        .into_iter()
        .find(|kind| kind.name().eq_ignore_ascii_case(name))
}

fn by_address(address: &str) -> Option<MemberType> {
    let (before, _) = address.trim_end_matches('/').rsplit_once('/')?;
    match before {
        _ if before.ends_with("Users") => Some(MemberType::User),
        _ if before.ends_with("Groups") => Some(MemberType::Group),
        _ => None,
    }
}
