//! Operations on a group's members: turned into what to do to a set, without ever seeing it.

use serde_json::Value;

use super::super::error::{ScimError, ScimType};
use super::super::filter::{Filter, Literal, Operator};
use super::super::members::{Absent, MemberOp, refs};
use super::super::schema::Located;
use super::super::tolerances::Tolerances;
use super::operation::Op;

/// Appends what an operation on `members` comes to; neighbours of one kind become one.
pub(super) fn push(
    done: &mut Vec<MemberOp>,
    op: Op,
    located: Located<'_>,
    filter: Option<&Filter>,
    value: Value,
    tolerances: Tolerances,
) -> Result<(), ScimError> {
    if let Some(part) = located.part {
        return Err(ScimError::mutability(format!(
            "attribute `members.{}` cannot be changed; hint: remove the member and add another",
            part.name
        )));
    }
    let next = match (op, filter) {
        (Op::Add, None) => MemberOp::Add(refs(value, tolerances)?),
        (Op::Replace, None) => MemberOp::Set(refs(value, tolerances)?),
        (Op::Remove, None) => unnamed(value, tolerances)?,
        (Op::Remove, Some(filter)) => {
            let absent = if tolerances.remove_absent_members {
                Absent::IsFine
            } else {
                Absent::IsNoTarget
            };
            match ids(filter) {
                Some(ids) => MemberOp::Remove(ids, absent),
                None => MemberOp::RemoveMatching(filter.bind_element(located.attribute, tolerances)?, absent),
            }
        }
        (Op::Replace, Some(filter)) => {
            let which = filter.bind_element(located.attribute, tolerances)?;
            MemberOp::ReplaceMatching(which, refs(value, tolerances)?)
        }
        (Op::Add, Some(_)) => {
            return Err(ScimError::new(
                ScimType::InvalidPath,
                "members are added to `members`, without brackets",
            ));
        }
    };
    match (done.last_mut(), next) {
        (Some(MemberOp::Add(before)), MemberOp::Add(more)) => before.extend(more),
        (Some(MemberOp::Remove(before, absent)), MemberOp::Remove(more, now)) if *absent == now => {
            before.extend(more);
        }
        (_, next) => done.push(next),
    }
    Ok(())
}

/// `remove members`: all of them, or those that its value names. Who ignores the value empties groups.
fn unnamed(value: Value, tolerances: Tolerances) -> Result<MemberOp, ScimError> {
    if value.is_null() {
        return Ok(MemberOp::Set(Vec::new()));
    }
    if !tolerances.remove_by_value {
        return Err(ScimError::syntax(
            "the removal of `members` has a `value`; hint: name them as `members[value eq \"…\"]`",
        ));
    }
    let named = refs(value, tolerances)?;
    let ids = named.into_iter().map(|member| member.id).collect();
    Ok(MemberOp::Remove(ids, Absent::IsFine))
}

/// The ids of `value eq "a" or value eq "b"`.
fn ids(filter: &Filter) -> Option<Vec<String>> {
    let parts = match filter {
        Filter::Or(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let id = |part: &Filter| match part {
        Filter::Compare(name, Operator::Eq, Literal::Text(id)) if name.eq_ignore_ascii_case("value") => {
            Some(id.clone())
        }
        _ => None,
    };
    parts.iter().map(id).collect()
}
