//! The Enterprise User extension (RFC 7643 §4.3).

use super::Schema;
use super::attribute::{Attribute, Mutability};

/// Its URN.
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The Enterprise User extension.
pub(super) fn enterprise() -> Schema {
    let text = Attribute::text;
    Schema {
        urn: ENTERPRISE_URN.to_owned(),
        name: "EnterpriseUser".to_owned(),
        description: "The user as an employee.".to_owned(),
        attributes: vec![
            text("employeeNumber", "Number in the organisation."),
            text("costCenter", "Cost centre."),
            text("organization", "Organisation."),
            text("division", "Division."),
            text("department", "Department."),
            Attribute::complex(
                "manager",
                "The user's manager.",
                vec![
                    text("value", "The manager's id.").exact(),
                    Attribute::reference("$ref", "Where the manager is.", &["User"]),
                    text("displayName", "The manager's name.").mutable(Mutability::ReadOnly),
                ],
            ),
        ],
    }
}
