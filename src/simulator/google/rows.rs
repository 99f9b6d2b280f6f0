//! Users, groups and members as Google tells them.

use serde_json::{Value, json};

use super::log::{Activity, event};
use super::{CUSTOMER, Options};
use crate::simulator::built;
use crate::simulator::entra::world::{DOMAIN, Node, State, World};
use crate::simulator::okta::time::{Dates, text};

/// How rows are told.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) world: &'a World,
    pub(super) options: &'a Options,
}

/// A row before it is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// A user in this state, or a group.
    Listed(Node, State),
    Member(Node),
    /// All of the customer's users, as a member.
    Everybody,
    /// A user of another organisation, as a member of this group.
    Stranger(u32),
    /// What is no user, as a member.
    Thing,
    Activity(Activity),
}

/// Whether a disabled user is archived; else suspended.
fn archives(slot: u32) -> bool {
    slot % 2 == 1
}

fn etag(kind: char, slot: u32, touched: u64) -> String {
    format!("\"{kind}{slot}.{touched}\"")
}

/// A group's address, which never changes here.
pub(super) fn address(world: &World, slot: u32) -> String {
    let nickname = world.group(slot).map_or("", |group| &group.nickname);
    format!("{nickname}@{DOMAIN}")
}

impl<'a> Rows<'a> {
    pub(super) fn of(self, item: Item) -> Option<Value> {
        built::row();
        match item {
            Item::Listed(Node::User(slot), state) => self.user(slot, state),
            Item::Listed(Node::Group(slot), _) => self.group(slot),
            Item::Activity(activity) => Some(event(self.world, activity)),
            item => self.membership(item),
        }
    }

    /// A user that is in this state.
    pub(super) fn user(self, slot: u32, state: State) -> Option<Value> {
        let user = self.world.user(slot).filter(|user| user.state == state)?;
        let given = user.given.as_deref().filter(|text| !text.is_empty());
        let family = user.surname.as_deref().filter(|text| !text.is_empty());
        let never = || "1970-01-01T00:00:00.000Z".to_owned();
        let mut row = json!({
            "kind": "admin#directory#user", "id": &*user.id, "etag": etag('u', slot, user.touched),
            "primaryEmail": user.upn, "customerId": CUSTOMER, "orgUnitPath": "/", "isAdmin": false, "isDelegatedAdmin": false,
            // Who has one name has a space of no width for the other.
            "name": { "givenName": given.unwrap_or("\u{200b}"), "familyName": family.unwrap_or("\u{200b}"), "fullName": user.display },
            "suspended": !user.enabled && !archives(slot), "archived": !user.enabled && archives(slot),
            "creationTime": text(Dates::created(Node::User(slot))), "lastLoginTime": self.world.seen(slot).unwrap_or_else(never),
            "agreedToTerms": true, "changePasswordAtNextLogin": false, "ipWhitelisted": false, "isMailboxSetup": true,
            "includeInGlobalAddressList": true, "isEnrolledIn2Sv": false, "isEnforcedIn2Sv": false,
            "emails": [{ "address": user.upn, "primary": true }],
        });
        if let Some(object) = row.as_object_mut() {
            if let Some(department) = user.department.as_deref().filter(|text| !text.is_empty()) {
                let organisation = json!([{ "department": department, "primary": true, "customType": "" }]);
                object.insert("organizations".to_owned(), organisation);
            }
            if user.guest {
                object.insert("isGuestUser".to_owned(), json!(true));
            }
            if state == State::Soft {
                object.insert("deletionTime".to_owned(), json!("2026-11-25T00:00:00.000Z"));
            }
        }
        Some(row)
    }

    pub(super) fn group(self, slot: u32) -> Option<Value> {
        let group = self
            .world
            .group(slot)
            .filter(|_| self.world.live(Node::Group(slot)))?;
        let people = group
            .members
            .iter()
            .filter(|member| matches!(member, Node::User(_)));
        let count = people.filter(|member| self.world.live(**member)).count();
        Some(json!({
            "kind": "admin#directory#group", "id": &*group.id, "etag": etag('g', slot, group.touched),
            "email": address(self.world, slot), "name": group.display,
            "description": group.description.as_deref().unwrap_or_default(),
            // A number as text, as Google has it.
            "directMembersCount": count.to_string(), "adminCreated": true,
            "nonEditableAliases": [format!("{}.test-google-a.com", address(self.world, slot))],
        }))
    }

    /// The members of a group, in order.
    pub(super) fn members(self, slot: u32) -> impl Iterator<Item = Item> + 'a {
        let group = self.world.group(slot).into_iter();
        let members = group.flat_map(|group| &group.members).copied();
        let there = members.filter(move |member| self.world.live(*member));
        let everybody = (self.options.everybody == Some(slot)).then_some(Item::Everybody);
        let strangers = self.options.strangers;
        let strangers = strangers.then_some([Item::Stranger(slot), Item::Thing]);
        let others = everybody.into_iter().chain(strangers.into_iter().flatten());
        there.map(Item::Member).chain(others)
    }

    fn membership(self, item: Item) -> Option<Value> {
        let mut row = match item {
            Item::Member(node) => self.member(node),
            Item::Everybody => {
                json!({ "id": CUSTOMER, "type": "CUSTOMER", "role": "MEMBER", "status": "ACTIVE" })
            }
            Item::Stranger(slot) => {
                json!({ "id": format!("stranger-{slot}"), "email": "someone@else.example", "type": "USER", "role": "MEMBER", "status": "ACTIVE" })
            }
            Item::Thing => json!({ "email": "thing@else.example", "type": "EXTERNAL", "role": "MEMBER" }),
            Item::Listed(..) | Item::Activity(_) => return None,
        };
        row["kind"] = json!("admin#directory#member");
        row["etag"] = json!("\"m\"");
        Some(row)
    }

    fn member(self, node: Node) -> Value {
        let (kind, email, active) = match node {
            Node::User(slot) => {
                let user = self.world.user(slot);
                (
                    "USER",
                    user.map(|user| user.upn.to_string()).unwrap_or_default(),
                    user.is_some_and(|user| user.enabled),
                )
            }
            Node::Group(slot) => ("GROUP", address(self.world, slot), true),
        };
        let status = if active { "ACTIVE" } else { "SUSPENDED" };
        json!({ "id": self.world.id(node), "email": email, "role": "MEMBER", "type": kind, "status": status })
    }
}
