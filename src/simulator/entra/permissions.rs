//! Which permissions the simulated application has, and which request needs which.

use std::collections::BTreeSet;

use super::reply::Reply;

/// What an application is usually granted.
const USUAL: [&str; 4] = [
    "Application.Read.All",
    "AuditLog.Read.All",
    "GroupMember.Read.All",
    "User.Read.All",
];
/// What shows the members of groups that hide them.
pub(crate) const HIDDEN: &str = "Member.Read.Hidden";

/// What the application lacks; a new one lacks nothing of what is usual.
#[derive(Debug, Default)]
pub(crate) struct Permissions {
    /// By their names at the provider.
    pub(crate) revoked: BTreeSet<String>,
    /// What is granted besides what is usual.
    pub(crate) granted: BTreeSet<String>,
    /// The tenant has no premium licence.
    pub(crate) basic: bool,
}

impl Permissions {
    /// What a token tells.
    pub(crate) fn roles(&self) -> Vec<&str> {
        let granted = self.granted.iter().map(String::as_str);
        let roles = USUAL.into_iter().chain(granted);
        roles.filter(|role| !self.revoked.contains(*role)).collect()
    }

    /// Refuses a request of this class for which a permission is missing.
    pub(crate) fn judge(&self, class: &str, path: &str, query: &str) -> Result<(), Reply> {
        let needed = match class {
            "users" | "user" | "users/delta" => "User.Read.All",
            "memberOf" if path.starts_with("/v1.0/users") => "User.Read.All",
            "groups" | "group" | "groups/delta" | "members" | "memberOf" => "GroupMember.Read.All",
            "servicePrincipals" | "appRoleAssignedTo" => "Application.Read.All",
            _ => return Ok(()),
        };
        let sign_ins = query.contains("signInActivity");
        if sign_ins && self.basic {
            let text = "Neither tenant is B2C or tenant doesn't have premium license";
            return Err(Reply::error(
                403,
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                text,
            ));
        }
        if self.revoked.contains(needed) || (sign_ins && self.revoked.contains("AuditLog.Read.All")) {
            let text = "Insufficient privileges to complete the operation.";
            return Err(Reply::error(403, "Authorization_RequestDenied", text));
        }
        Ok(())
    }
}
