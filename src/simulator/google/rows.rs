//! Users, groups and members as Google tells them.

use serde_json::{Value, json};

use super::{CUSTOMER, Options};
use crate::simulator::entra::world::{DOMAIN, Node, State, World};
use crate::simulator::okta::time::{Dates, text};

/// How rows are told.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) world: &'a World,
    pub(super) options: &'a Options,
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

impl Rows<'_> {
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
    pub(super) fn members(self, slot: u32) -> Vec<Value> {
        let Some(group) = self.world.group(slot) else {
            return Vec::new();
        };
        let there = group.members.iter().filter(|member| self.world.live(**member));
        let mut rows: Vec<Value> = there.map(|member| self.member(*member)).collect();
        if self.options.everybody == Some(slot) {
            let everybody =
                json!({ "id": CUSTOMER, "type": "CUSTOMER", "role": "MEMBER", "status": "ACTIVE" });
            rows.push(everybody);
        }
        if self.options.strangers {
            rows.push(json!({ "id": format!("stranger-{slot}"), "email": "someone@else.example", "type": "USER", "role": "MEMBER", "status": "ACTIVE" }));
            rows.push(json!({ "email": "thing@else.example", "type": "EXTERNAL", "role": "MEMBER" }));
        }
        for row in &mut rows {
            row["kind"] = json!("admin#directory#member");
            row["etag"] = json!("\"m\"");
        }
        rows
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
