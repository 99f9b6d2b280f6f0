//! The event feed: state, not a log (rules R1-R9).
//!
//! A feed collects every name touched since a token, then tells each once in its present state in the view, so that
//! clients which apply events in order end with the server's picture. The rules were proven against real clients.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::refs::{GroupRef, UserRef};
use super::touched::Touched;
use super::view::{View, ViewData};
use crate::model::{Epoch, Seq};

/// A feed of fewer events than this is always worth more than a full sync (R9).
const ALWAYS_WORTH: usize = 10_000;

/// A place in the feed of one view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventToken {
    /// The store's epoch.
    pub epoch: Epoch,
    /// The view's hash.
    pub view: u64,
    /// The directories' heads, in the view's order.
    pub seqs: Vec<Seq>,
    /// Handed out by `GET /event` after a full sync: the feed also repairs what that sync revived (R8).
    pub after_full: bool,
}

/// One event, in present state.
pub enum Event<'a> {
    /// No visible user has this name.
    UserDeleted(Arc<str>),
    /// No visible group has this name.
    GroupDeleted(Arc<str>),
    /// A user, new or changed.
    UserUpdated(UserRef<'a>),
    /// A group, new or changed.
    GroupUpdated(GroupRef<'a>),
    /// The whole direct nesting of a group.
    GroupMembership {
        /// The group.
        group: GroupRef<'a>,
        /// The groups it is in.
        parents: Vec<GroupRef<'a>>,
        /// The groups in it.
        children: Vec<GroupRef<'a>>,
    },
    /// The whole direct group set of a user.
    UserMembership {
        /// The user.
        user: UserRef<'a>,
        /// The groups it is in; may be empty.
        groups: Vec<GroupRef<'a>>,
    },
}

/// What happened since a token, in the order of R4.
pub struct Feed<'a> {
    /// The events.
    pub events: Vec<Event<'a>>,
    /// The token of the snapshots they were told from.
    pub token: EventToken,
}

/// The client must sync in full: 410, `EVENT_TOKEN_EXPIRED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    /// Another store, another view, or beyond the head.
    Foreign,
    /// A user was renamed or forgotten, a key returned, or a user became unshadowed (R5); to an application that has groups
    /// flattened: a group came into another, left one, or has another name there.
    Reset,
    /// More events than a full sync is worth (R9).
    TooMany,
}

impl View {
    /// The token of these snapshots.
    pub fn token(&self) -> EventToken {
        let seqs = self.snapshots.iter().map(|snapshot| snapshot.seq()).collect();
        EventToken {
            epoch: self.epoch,
            view: self.hash,
            seqs,
            after_full: false,
        }
    }

    /// Whether a token is of this store, of this view, not beyond the head.
    pub fn knows(&self, token: &EventToken) -> bool {
        token.epoch == self.epoch
            && token.view == self.hash
            && token.seqs.len() == self.snapshots.len()
            && token
                .seqs
                .iter()
                .zip(&self.snapshots)
                .all(|(seq, snapshot)| *seq <= snapshot.seq())
    }

    /// Everything since a token.
    ///
    /// # Errors
    /// [`Expired`] where only a full sync helps.
    pub fn feed(&self, token: &EventToken) -> Result<Feed<'_>, Expired> {
        if !self.knows(token) {
            return Err(Expired::Foreign);
        }
        if self.application.flatten_groups && self.is_nested_anew(&token.seqs) {
            return Err(Expired::Reset);
        }
        let touched = Touched::since(self, token);
        if touched.forgot {
            return Err(Expired::Reset);
        }
        let events = self.tell(&touched, token)?;
        Ok(Feed {
            events,
            token: self.token(),
        })
    }

    fn tell(&self, touched: &Touched, token: &EventToken) -> Result<Vec<Event<'_>>, Expired> {
        let (mut users_gone, mut users, mut groups_gone, mut groups) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for name in touched.users.union(&touched.revived) {
            match self.user_folded(name) {
                None => users_gone.push(Event::UserDeleted(Arc::clone(name))),
                Some(user) if touched.users.contains(name) && self.is_reset(&user, token) => {
                    return Err(Expired::Reset);
                }
                // R5b: while it was outside the client was not told under which names its key went.
                Some(user) if touched.entered.contains(name) && !user.live.row.former.is_empty() => {
                    return Err(Expired::Reset);
                }
                Some(user) => users.push(user),
            }
        }
        for name in &touched.groups {
            match self.group_folded(name) {
                None => groups_gone.push(Event::GroupDeleted(Arc::clone(name))),
                Some(group) => groups.push(group),
            }
        }
        // What only repairs a full sync is not counted: another full sync would have to be repaired as well.
        let repaired = touched.revived.difference(&touched.users).count();
        let told = users.len() - repaired + groups.len();
        if self.is_worth_a_full_sync(users_gone.len() + groups_gone.len() + 2 * told) {
            return Err(Expired::TooMany);
        }
        let mut events = users_gone;
        events.append(&mut groups_gone);
        for user in &users {
            events.push(Event::UserUpdated(*user));
            let returned = [&touched.entered, &touched.revived].map(|names| names.contains(user.folded()));
            if self.revives(user, token) || (!user.active() && returned.contains(&true)) {
                events.push(Event::UserUpdated(*user));
            }
        }
        events.extend(groups.iter().map(|group| Event::GroupUpdated(*group)));
        events.extend(groups.iter().map(|group| Event::GroupMembership {
            group: *group,
            parents: self.named(&self.told_parents(group.folded())),
            children: self.named(&self.told_children(group.folded())),
        }));
        events.extend(users.iter().map(|user| Event::UserMembership {
            user: *user,
            groups: self.named(&self.names_of_groups(user.folded(), false)),
        }));
        Ok(events)
    }

    fn named(&self, names: &BTreeSet<Arc<str>>) -> Vec<GroupRef<'_>> {
        names.iter().filter_map(|name| self.group_folded(name)).collect()
    }
}

impl ViewData {
    /// R9. Counts the view only where it must: that merges whole listings.
    fn is_worth_a_full_sync(&self, events: usize) -> bool {
        events > ALWAYS_WORTH && events > (self.users().len() + self.groups().len()) / 4
    }

    /// R5: a rename, a returning key, or a namesake in an earlier directory that went away.
    fn is_reset(&self, user: &UserRef<'_>, token: &EventToken) -> bool {
        let since = token.seqs[user.at.directory];
        let row = &user.live.row;
        let unshadowed = || {
            let earlier = self.snapshots.iter().zip(&token.seqs).take(user.at.directory);
            row.seqs.created <= since
                && earlier.into_iter().any(|(snapshot, since)| {
                    snapshot
                        .ended_users
                        .get(user.folded())
                        .is_some_and(|ended| ended > since)
                })
        };
        row.seqs.reset > since || unshadowed()
    }
}
