//! The directory's entities in the protocol's words.

use std::borrow::Cow;

use super::query::Expand;
use crate::directory::{Event as Told, EventToken, GroupRef, UserRef};
use crate::model::{Attributes, Epoch, Seq};
use crate::protocol::crowd::{Event, Group, Token, User};

/// A user without custom attributes.
pub(super) fn user<'a>(user: &UserRef<'a>) -> User<'a> {
    let row = user.row();
    User {
        name: user.name(),
        first_name: Cow::Borrowed(&row.first_name),
        last_name: Cow::Borrowed(&row.last_name),
        display_name: Cow::Borrowed(&row.display_name),
        email: Cow::Borrowed(&row.email),
        key: Cow::Owned(user.key()),
        active: user.active(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        attributes: Attributes::default(),
    }
}

/// A user as asked for.
pub(super) fn asked_user<'a>(asked: &UserRef<'a>, expand: Expand) -> User<'a> {
    let mut user = user(asked);
    if expand.attributes {
        user.attributes = asked.attributes();
    }
    user
}

/// A group without custom attributes.
pub(super) fn group<'a>(group: &GroupRef<'a>) -> Group<'a> {
    Group {
        name: group.name(),
        description: Cow::Borrowed(&group.row().description),
        active: true,
        attributes: Attributes::default(),
    }
}

/// A group as asked for.
pub(super) fn asked_group<'a>(asked: &GroupRef<'a>, expand: Expand) -> Group<'a> {
    let mut group = group(asked);
    if expand.attributes {
        group.attributes = asked.attributes();
    }
    group
}

pub(super) fn event<'a>(event: &'a Told<'a>) -> Event<'a> {
    match event {
        Told::UserDeleted(name) => Event::UserDeleted(Cow::Borrowed(name)),
        Told::GroupDeleted(name) => Event::GroupDeleted(Cow::Borrowed(name)),
        Told::UserUpdated(updated) => Event::UserUpdated(user(updated)),
        Told::GroupUpdated(updated) => Event::GroupUpdated(group(updated)),
        Told::GroupMembership {
            group,
            parents,
            children,
        } => Event::GroupMembership {
            group: group.name(),
            parents: names(parents),
            children: names(children),
        },
        Told::UserMembership { user, groups } => Event::UserMembership {
            user: user.name(),
            groups: names(groups),
        },
    }
}

pub(super) fn to_text(token: &EventToken) -> String {
    wire(token).encode()
}

/// The same, for a client that sent no cookie.
pub(super) fn to_text_without_cookie(token: &EventToken) -> String {
    Token {
        without_cookie: true,
        ..wire(token)
    }
    .encode()
}

/// Whether a token was made for a client that sent no cookie.
pub(super) fn was_without_cookie(text: &str) -> bool {
    Token::decode(text).is_some_and(|token| token.without_cookie)
}

fn wire(token: &EventToken) -> Token {
    Token {
        epoch: token.epoch.0,
        view: token.view,
        seqs: token.seqs.iter().map(|seq| seq.0).collect(),
        after_full: token.after_full,
        without_cookie: false,
    }
}

pub(super) fn from_text(text: &str) -> Option<EventToken> {
    let token = Token::decode(text)?;
    Some(EventToken {
        epoch: Epoch(token.epoch),
        view: token.view,
        seqs: token.seqs.into_iter().map(Seq).collect(),
        after_full: token.after_full,
    })
}

fn names<'a>(groups: &[GroupRef<'a>]) -> Vec<Cow<'a, str>> {
    groups.iter().map(GroupRef::name).collect()
}
