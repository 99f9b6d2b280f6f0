//! A chain of pages: each leads to the next, none comes twice.

use super::graph::{Graph, GraphError};
use super::page::Page;
use crate::client::{Meter, Trail};

/// Walks a chain of pages; a link seen before is a loop.
pub(super) struct Chain<P> {
    next: Option<String>,
    first: Option<P>,
    trail: Trail,
}

impl<P: Page> Chain<P> {
    /// Begins at a link, whose page may be at hand already.
    pub(super) fn new(link: String, first: Option<P>) -> Self {
        Self {
            next: Some(link),
            first,
            trail: Trail::default(),
        }
    }

    /// The next page; `None` after the last. A list ends without a link, a delta round with its delta link.
    pub(super) async fn page(&mut self, graph: &Graph) -> Result<Option<P>, GraphError> {
        let Some(link) = self.next.take() else {
            return Ok(None);
        };
        self.trail.follow(&link).map_err(|why| graph.refuse(why))?;
        let page: P = match self.first.take() {
            Some(page) => page,
            None => graph.get(&link).await?,
        };
        page.check()?;
        Meter::page();
        self.next = page.next().map(str::to_owned);
        Ok(Some(page))
    }
}
