//! A whole list: passes over it until one is proven to have seen everything, or they agree.

use std::collections::HashSet;

use super::Scim;
use super::page::Row;
use super::pass::{List, Pass, Take, walk};
use crate::connector::api::Batch;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::ExternalId;

/// How many passes are made over a list that moves.
const PASSES: u32 = 3;

/// How a list was read.
#[derive(Debug)]
pub(super) struct Whole {
    /// The last pass.
    pub(super) pass: Pass,
    /// What earlier passes told and the last one, which is complete, did not.
    pub(super) gone: Vec<ExternalId>,
    /// Nothing can be missing.
    pub(super) complete: bool,
}

/// Reads a list; of an object that comes again, what was taken last counts.
pub(super) async fn read<R: Row>(
    scim: &Scim,
    out: &Out,
    mut list: List,
    take: &mut Take<'_, R>,
) -> Result<Whole, RestError> {
    let mut told: HashSet<ExternalId> = HashSet::new();
    let mut before: Option<Pass> = None;
    let mut passes = 0;
    loop {
        passes += 1;
        let pass = match walk(scim, &list, Some(out), take).await {
            Ok(pass) => pass,
            Err(error) if list.count > 1 && is_too_much(&error) => {
                list.count /= 2;
                passes -= 1;
                continue;
            }
            // A cursor does not live for ever; nor does the list that it leads through.
            Err(RestError::Bad(_, kind)) if passes < PASSES && kind.ends_with("Cursor") => continue,
            Err(error) => return Err(error),
        };
        let complete = pass.is_whole();
        let agree = before.as_ref().is_some_and(|before| same(before, &pass));
        if complete || agree || passes >= PASSES {
            let complete = settle(&list, &pass, complete, agree, out).await;
            // A pass that is not proven whole proves nobody gone.
            let gone = told.difference(&pass.ids).filter(|_| complete);
            let gone = gone.cloned().collect();
            return Ok(Whole { pass, gone, complete });
        }
        told.extend(pass.ids.iter().cloned());
        before = Some(pass);
    }
}

/// Says why a pass is not proven whole. Two passes that agree are not of a moving list: what they repeat, the server repeats.
async fn settle(list: &List, pass: &Pass, complete: bool, agree: bool, out: &Out) -> bool {
    if complete {
        return true;
    }
    let (distinct, what) = (pass.ids.len() as u64, list.what);
    // As many rows as are counted are not enough: a server that tells one page again and again may count to that as well.
    let all = pass.last == Some(distinct);
    let batch = if agree && all {
        let twice = pass.rows - distinct;
        Batch::Notice(format!("the SCIM server tells {twice} {what} more than once"))
    } else if agree {
        let total = pass.last.unwrap_or_default();
        Batch::Incomplete(format!(
            "the SCIM server says that there are {total} {what}, and tells {distinct} of them"
        ))
    } else {
        Batch::Incomplete(format!(
            "the list of {what} moves while it is read, {PASSES} times in a row"
        ))
    };
    let complete = matches!(batch, Batch::Notice(_));
    drop(out.send(Ok(batch)).await);
    complete
}

fn same(one: &Pass, two: &Pass) -> bool {
    one.ids == two.ids && one.rows == two.rows && one.last == two.last && one.first == two.first
}

fn is_too_much(error: &RestError) -> bool {
    match error {
        RestError::TooLong(_) => true,
        RestError::Bad(_, kind) => kind == "invalidCount" || kind == "tooMany",
        _ => false,
    }
}
