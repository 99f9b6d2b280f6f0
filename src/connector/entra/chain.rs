//! A chain of pages: each leads to the next, none comes twice.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::graph::{Graph, GraphError};
use super::rows::Page;

/// More pages than any round has.
const PAGES: usize = 100_000;

/// Walks a chain of pages; a link seen before is a loop.
pub(super) struct Chain<P> {
    next: Option<String>,
    first: Option<P>,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl<P: Page> Chain<P> {
    /// Begins at a link, whose page may be at hand already.
    pub(super) fn new(link: String, first: Option<P>) -> Self {
        Self {
            next: Some(link),
            first,
            seen: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

    /// The next page; `None` after the last. A list ends without a link, a delta round with its delta link.
    pub(super) async fn page(&mut self, graph: &Graph) -> Result<Option<P>, GraphError> {
        let Some(link) = self.next.take() else {
            return Ok(None);
        };
        if !self.seen.insert(self.hasher.hash_one(&link)) || self.seen.len() > PAGES {
            let what = "Graph sends the same page again and again".to_owned();
            return Err(GraphError::Malformed(what));
        }
        let page: P = match self.first.take() {
            Some(page) => page,
            None => graph.get(&link).await?,
        };
        page.check()?;
        self.next = page.next().map(str::to_owned);
        Ok(Some(page))
    }
}
