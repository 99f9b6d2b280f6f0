//! The Group schema (RFC 7643 §4.2).

use super::Schema;
use super::attribute::{Attribute, Mutability, Returned};

/// Its URN.
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The Group schema. `displayName` is unique, since Crowd knows groups by their names.
pub(super) fn group() -> Schema {
    let once = Mutability::Immutable;
    let members = Attribute::complex(
        "members",
        "The members, users or groups.",
        vec![
            Attribute::text("value", "The member's id.").exact().mutable(once),
            Attribute::reference("$ref", "Where the member is.", &["User", "Group"]).mutable(once),
            Attribute::text("type", "What the member is.")
                .usually(&["User", "Group"])
                .mutable(once),
            Attribute::text(
                "display",
                "The member's name; shown where it is asked for by name.",
            )
            .mutable(Mutability::ReadOnly)
            .shown(Returned::Request),
        ],
    );
    Schema {
        urn: GROUP_URN.to_owned(),
        name: "Group".to_owned(),
        description: "A group.".to_owned(),
        attributes: vec![
            Attribute::text(
                "displayName",
                "The group's name; unique in the directory, without case.",
            )
            .required()
            .unique(),
            members.list(),
        ],
    }
}
