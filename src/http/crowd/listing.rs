//! Lists of a view, written in chunks while the client reads them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::stream;

use super::adapter;
use super::call::Call;
use super::error::Refusal;
use super::query::{Expand, Page};
use crate::directory::{GroupAt, UserAt, View};
use crate::protocol::crowd::{Entity, Writer};

/// The size at which a chunk is handed on, in bytes.
const CHUNK: usize = 64 * 1024;

/// What a list is of.
pub(super) enum Entries {
    Users(Arc<[UserAt]>),
    Groups(Arc<[GroupAt]>),
}

/// The list of what `entries` finds, with the paging and expansion that the client asks for. Finding may look at every
/// entity, so that it happens off the async threads.
pub(super) async fn answer<F>(call: Call, entries: F) -> Result<Response, Refusal>
where
    F: FnOnce(&Call) -> Result<Entries, Refusal> + Send + 'static,
{
    let page = call.query.page()?;
    let body = tokio::task::spawn_blocking(move || {
        let entries = entries(&call)?;
        let expand = call.query.expand(entries.kind());
        Ok::<_, Refusal>(Listing::new(call.view, call.writer, entries, expand, page).into_body())
    });
    Ok(Response::new(body.await.map_err(|_| Refusal::Failed)??))
}

impl Entries {
    fn kind(&self) -> Entity {
        match self {
            Self::Users(_) => Entity::User,
            Self::Groups(_) => Entity::Group,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Users(all) => all.len(),
            Self::Groups(all) => all.len(),
        }
    }
}

/// A list of users or groups of one view.
struct Listing {
    view: View,
    writer: Writer,
    kind: Entity,
    expand: Expand,
    entries: Entries,
    first: usize,
    next: usize,
    end: usize,
    state: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Before,
    Within,
    After,
}

impl Listing {
    /// The part `page` of the entries.
    fn new(view: View, writer: Writer, entries: Entries, expand: Expand, page: Page) -> Self {
        let kind = entries.kind();
        let range = page.range(entries.len());
        Self {
            view,
            writer,
            kind,
            expand,
            entries,
            first: range.start,
            next: range.start,
            end: range.end,
            state: Progress::Before,
        }
    }

    /// The body; in one piece if it is small.
    fn into_body(mut self) -> Body {
        let head = Iterator::next(&mut self).unwrap_or_default();
        if self.state == Progress::After {
            return Body::from(head);
        }
        Body::from_stream(stream::iter(
            std::iter::once(head).chain(self).map(Ok::<_, Infallible>),
        ))
    }

    fn write_entry(&self, at: usize, out: &mut String) {
        match &self.entries {
            Entries::Users(all) => {
                let Some(user) = all.get(at).and_then(|at| self.view.user_at(*at)) else {
                    return;
                };
                self.separate(at, out);
                if self.expand.entity {
                    self.writer.user(out, &adapter::asked_user(&user, self.expand));
                } else {
                    self.writer.minimal(out, self.kind, &user.name());
                }
            }
            Entries::Groups(all) => {
                let Some(group) = all.get(at).and_then(|at| self.view.group_at(*at)) else {
                    return;
                };
                self.separate(at, out);
                if self.expand.entity {
                    self.writer.group(out, &adapter::asked_group(&group, self.expand));
                } else {
                    self.writer.minimal(out, self.kind, &group.name());
                }
            }
        }
    }

    fn separate(&self, at: usize, out: &mut String) {
        if at > self.first {
            self.writer.separator(out);
        }
    }
}

impl Iterator for Listing {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        match self.state {
            Progress::After => return None,
            Progress::Before => {
                self.writer.start(&mut out);
                self.writer.list_start(&mut out, self.kind);
                self.state = Progress::Within;
            }
            Progress::Within => out.reserve(CHUNK + 4096),
        }
        while self.next < self.end && out.len() < CHUNK {
            self.write_entry(self.next, &mut out);
            self.next += 1;
        }
        if self.next == self.end {
            self.writer.list_end(&mut out, self.kind);
            self.state = Progress::After;
        }
        Some(out.into())
    }
}
