//! The named tolerances: where clients of this world leave the RFC, and we follow them unless told not to.

use schemars::JsonSchema;
use serde::Deserialize;

/// Each tolerance is on unless its directory switches it off; with all of them off, the face is RFC 7643 and 7644 to the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the configuration, by name"
)]
pub struct Tolerances {
    /// `"True"` and `"False"` are truth values (Entra's `active`, `roles[primary eq "True"]`).
    pub string_booleans: bool,
    /// A text for a complex attribute is its `value`, one object for a list is a list of one, a list of one for an object
    /// is that object (Entra's `manager`, OneLogin's groups).
    pub plain_values: bool,
    /// A number for a text attribute is its digits.
    pub numbers_as_text: bool,
    /// Attributes that no schema has are left out instead of refused.
    pub unknown_attributes: bool,
    /// Bodies may lack `schemas`, or name others (OneLogin).
    pub loose_schemas: bool,
    /// `externalId eq jyoung`: a bare word in a filter is a text.
    pub unquoted_values: bool,
    /// `replace emails[type eq "work"].value` makes the e-mail where there is none, for the types that the schema names (Entra).
    pub create_by_path: bool,
    /// Keys of a patch without path may be paths: `name.givenName`, `emails[type eq "work"].value` (Entra).
    pub path_keys: bool,
    /// `remove members` with a `value` removes those only (Entra, authentik, JumpCloud); off, such a removal is refused.
    pub remove_by_value: bool,
    /// To remove a member that is none is no error.
    pub remove_absent_members: bool,
    /// A PUT of a group without `members` keeps them (Keycloak's plug-ins rename thus).
    pub put_keeps_members: bool,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self::all(true)
    }
}

impl Tolerances {
    /// RFC 7643 and 7644 to the letter.
    pub fn none() -> Self {
        Self::all(false)
    }

    fn all(on: bool) -> Self {
        Self {
            string_booleans: on,
            plain_values: on,
            numbers_as_text: on,
            unknown_attributes: on,
            loose_schemas: on,
            unquoted_values: on,
            create_by_path: on,
            path_keys: on,
            remove_by_value: on,
            remove_absent_members: on,
            put_keeps_members: on,
        }
    }
}
