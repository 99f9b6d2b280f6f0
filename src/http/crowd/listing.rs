//! Lists of a view, written in chunks while the client reads them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::stream;

use super::adapter;
use super::query::{Expand, Page};
use crate::directory::{GroupAt, UserAt, View};
use crate::model::filter::Filter;
use crate::protocol::crowd::{Entity, Writer};

/// The size at which a chunk is handed on, in bytes.
const CHUNK: usize = 64 * 1024;

/// What a list is of.
enum Entries {
    Users(Arc<[UserAt]>),
    Groups(Arc<[GroupAt]>),
}

impl Entries {
    fn len(&self) -> usize {
        match self {
            Self::Users(all) => all.len(),
            Self::Groups(all) => all.len(),
        }
    }
}

/// A list of users or groups of one view.
pub(super) struct Listing {
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
    /// The part `page` of all that `filter` accepts. Looks at every entity: call it off the async threads.
    pub(super) fn new(
        view: View,
        writer: Writer,
        kind: Entity,
        expand: Expand,
        filter: &Filter,
        page: Page,
    ) -> Self {
        let entries = match kind {
            Entity::User => Entries::Users(users(&view, filter)),
            Entity::Group => Entries::Groups(groups(&view, filter)),
        };
        let end = page.end(entries.len());
        let first = page.start.min(end);
        Self {
            view,
            writer,
            kind,
            expand,
            entries,
            first,
            next: first,
            end,
            state: Progress::Before,
        }
    }

    /// The body; in one piece if it is small.
    pub(super) fn into_body(mut self) -> Body {
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

fn users(view: &View, filter: &Filter) -> Arc<[UserAt]> {
    let all = view.users();
    if *filter == Filter::All {
        return all;
    }
    let wanted = |at: &&UserAt| view.user_at(**at).is_some_and(|user| filter.accepts(&user));
    all.iter().filter(wanted).copied().collect()
}

fn groups(view: &View, filter: &Filter) -> Arc<[GroupAt]> {
    let all = view.groups();
    if *filter == Filter::All {
        return all;
    }
    let wanted = |at: &&GroupAt| view.group_at(**at).is_some_and(|group| filter.accepts(&group));
    all.iter().filter(wanted).copied().collect()
}
