//! One pass over a list, page by page.

use std::collections::HashSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Scim;
use super::page::{Page, Row};
use crate::client::{Meter, Trail};
use crate::connector::api::Batch;
use crate::connector::resource::id;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::ExternalId;
use crate::model::record::Record;

/// After so many pages of nothing new the server is not believed to get anywhere.
const STALE: u32 = 3;
/// What an index or a cursor page may begin with beside this.
pub(super) const IDS: [&str; 1] = ["id"];

/// Which list, and what of it.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// `Users` or `Groups`.
    pub(super) path: &'static str,
    /// What they are in messages.
    pub(super) what: &'static str,
    /// A filter, or empty.
    pub(super) filter: String,
    /// By cursors.
    pub(super) cursor: bool,
    /// How many objects a page shall have.
    pub(super) count: u32,
}

/// What a pass saw.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// The objects, each once.
    pub(super) ids: HashSet<ExternalId>,
    /// How many objects came, repetitions included.
    pub(super) rows: u64,
    /// How many there are, as the first page says.
    pub(super) first: Option<u64>,
    /// How many there are, as the last page says.
    pub(super) last: Option<u64>,
    /// The server's time at the first page.
    pub(super) date: Option<i64>,
}

impl Pass {
    /// Whether this was all there is, at one moment as far as can be told.
    pub(super) fn is_whole(&self) -> bool {
        let distinct = self.ids.len() as u64;
        self.first == self.last && self.rows == distinct && self.last.is_none_or(|total| total == distinct)
    }
}

/// Where a pass is.
enum At {
    Index(u64),
    Cursor(String),
}

impl List {
    fn query(&self, at: &At) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut query = match at {
            At::Index(start) => format!("/{}?startIndex={start}&count={}", self.path, self.count),
            At::Cursor(cursor) => format!("/{}?cursor={}&count={}", self.path, encode(cursor), self.count),
        };
        if !self.filter.is_empty() {
            query.push_str("&filter=");
            query.push_str(&encode(&self.filter));
        }
        query
    }
}

/// Takes a page's rows; answers what is to be told of them.
pub(super) type Take<'a, R> = dyn FnMut(Vec<R>) -> Result<Vec<Record>, RestError> + Send + 'a;

/// Walks the list once.
pub(super) async fn walk<R: Row>(
    scim: &Scim,
    list: &List,
    out: Option<&Out>,
    take: &mut Take<'_, R>,
) -> Result<Pass, RestError> {
    let mut pass = Pass::default();
    let (mut trail, mut stale) = (Trail::default(), 0);
    let mut at = if list.cursor {
        At::Cursor(String::new())
    } else {
        At::Index(1)
    };
    loop {
        let got = scim.rest.get::<Page<R>>(&list.query(&at), &scim.clock).await?;
        let mut page = got.body;
        let rows = page.rows(list.what)?;
        Meter::page();
        if pass.date.is_none() {
            (pass.date, pass.first) = (got.date, page.total);
        }
        pass.last = page.total.or(pass.last);
        let new = pass.note(&rows, list.what)?;
        let (count, empty) = (rows.len() as u64, rows.is_empty());
        let records = take(rows)?;
        if let Some(out) = out.filter(|_| !records.is_empty()) {
            drop(out.send(Ok(Batch::Records(records))).await);
        }
        stale = if new == 0 { stale + 1 } else { 0 };
        if stale >= STALE {
            return Err(again(list.what));
        }
        at = match (at, page.next.filter(|next| !next.is_empty())) {
            // A server whose usual way are cursors answers one unasked.
            (_, Some(next)) => {
                trail.follow(&next).map_err(|_| again(list.what))?;
                At::Cursor(next)
            }
            (At::Cursor(_), None) => return Ok(pass),
            (At::Index(start), None) => {
                let Some(total) = page.total else {
                    let what = format!(
                        "the SCIM server answered a list of {} without `totalResults`",
                        list.what
                    );
                    return Err(RestError::Malformed(what));
                };
                // Servers cap pages silently: what came counts, not what was asked for. Repetitions do not count.
                let start = start + if new > 0 { new } else { count };
                if empty || start > total {
                    return Ok(pass);
                }
                At::Index(start)
            }
        };
    }
}

impl Pass {
    /// Notes the rows; answers how many of them are new.
    fn note<R: Row>(&mut self, rows: &[R], what: &str) -> Result<u64, RestError> {
        let before = self.ids.len();
        for row in rows {
            let id = id(row.attributes(), &IDS).map_err(|why| {
                RestError::Malformed(format!("the SCIM server answered {what} of which {why}"))
            })?;
            self.ids.insert(id);
        }
        self.rows += rows.len() as u64;
        Ok((self.ids.len() - before) as u64)
    }
}

fn again(what: &str) -> RestError {
    RestError::Malformed(format!(
        "the SCIM server sends the same page of {what} again and again"
    ))
}
