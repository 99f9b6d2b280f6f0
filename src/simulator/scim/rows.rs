//! Users and groups as SCIM resources.

use serde_json::{Value, json};

use super::Options;
use super::time::Dates;
use crate::simulator::built;
use crate::simulator::entra::world::{Node, World};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// How rows are told.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) world: &'a World,
    pub(super) options: &'a Options,
    pub(super) dates: &'a Dates,
    pub(super) base: &'a str,
}

impl Rows<'_> {
    /// A resource; of a list some attributes are left out.
    pub(super) fn of(&self, node: Node, listed: bool, only_id: bool) -> Value {
        built::row();
        if only_id {
            return json!({ "schemas": [schema(node)], "id": self.world.id(node) });
        }
        match node {
            Node::User(slot) => self.user(node, slot),
            Node::Group(slot) => self.group(node, slot, listed),
        }
    }

    fn meta(&self, node: Node) -> Value {
        let (created, changed) = self.dates.get(node);
        let (kind, folder) = match node {
            Node::User(_) => ("User", "Users"),
            Node::Group(_) => ("Group", "Groups"),
        };
        let date = |date: chrono::DateTime<chrono::Utc>| date.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        json!({
            "resourceType": kind, "created": date(created), "lastModified": date(changed),
            "location": format!("{}/{folder}/{}", self.base, self.world.id(node)),
        })
    }

    fn user(&self, node: Node, slot: u32) -> Value {
        let Some(user) = self.world.user(slot) else {
            return Value::Null;
        };
        let filled = |text: &Option<Box<str>>| text.clone().filter(|text| !text.is_empty());
        let mut row = json!({
            "schemas": [USER], "id": &*user.id, "userName": user.upn, "displayName": user.display,
            "active": user.enabled, "name": { "formatted": user.display }, "meta": self.meta(node),
        });
        if let Some(given) = filled(&user.given) {
            row["name"]["givenName"] = json!(given);
        }
        if let Some(family) = filled(&user.surname) {
            row["name"]["familyName"] = json!(family);
        }
        if let Some(mail) = filled(&user.mail) {
            row["emails"] = json!([{ "value": mail, "type": "work", "primary": true }]);
        }
        if let Some(department) = filled(&user.department) {
            row["schemas"] = json!([USER, ENTERPRISE]);
            row[ENTERPRISE] = json!({ "department": department });
        }
        row
    }

    fn group(&self, node: Node, slot: u32, listed: bool) -> Value {
        let Some(group) = self.world.group(slot) else {
            return Value::Null;
        };
        let mut row = json!({
            "schemas": [GROUP], "id": &*group.id, "displayName": group.display, "nickName": group.nickname,
            "meta": self.meta(node),
        });
        if let Some(description) = group.description.as_deref().filter(|text| !text.is_empty()) {
            row["description"] = json!(description);
        }
        if self.options.inline || !listed {
            let live = group.members.iter().filter(|member| self.world.live(**member));
            let members = live.take(self.options.shown).map(|member| self.member(*member));
            row["members"] = members.collect();
        }
        row
    }

    fn member(&self, member: Node) -> Value {
        let id = self.world.id(member);
        let (kind, folder) = match member {
            Node::User(_) => ("User", "Users"),
            Node::Group(_) => ("Group", "Groups"),
        };
        if self.options.typed {
            json!({ "value": id, "type": kind, "$ref": format!("../{folder}/{id}") })
        } else {
            json!({ "value": id })
        }
    }
}

fn schema(node: Node) -> &'static str {
    match node {
        Node::User(_) => USER,
        Node::Group(_) => GROUP,
    }
}
