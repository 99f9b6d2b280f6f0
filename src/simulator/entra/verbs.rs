//! One method per edit, for tests that read well.

use super::edits::{Edit, EditError};
use super::tenant::Tenant;

/// What an edit answers: the id of the object (of the group, for memberships).
type Done = Result<String, EditError>;

impl Tenant {
    /// A new user: a sign-in name, or a name that becomes one in the company's domain.
    pub fn create_user(&self, name: &str) -> Done {
        self.edit(&Edit::CreateUser {
            name: name.to_owned(),
        })
    }

    /// Gives a user another sign-in name; its address stays.
    pub fn rename_user(&self, user: &str, upn: &str) -> Done {
        self.edit(&Edit::RenameUser {
            user: user.to_owned(),
            upn: upn.to_owned(),
        })
    }

    /// Gives a user another display name.
    pub fn set_display_name(&self, user: &str, name: &str) -> Done {
        self.edit(&Edit::SetDisplayName {
            user: user.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Gives a user another address, or none.
    pub fn set_mail(&self, user: &str, mail: Option<&str>) -> Done {
        self.edit(&Edit::SetMail {
            user: user.to_owned(),
            mail: mail.map(str::to_owned),
        })
    }

    /// Lets a user sign in no more.
    pub fn disable_user(&self, user: &str) -> Done {
        self.edit(&Edit::DisableUser {
            user: user.to_owned(),
        })
    }

    /// Lets a user sign in again.
    pub fn enable_user(&self, user: &str) -> Done {
        self.edit(&Edit::EnableUser {
            user: user.to_owned(),
        })
    }

    /// Puts a user into the bin.
    pub fn delete_user(&self, user: &str) -> Done {
        self.edit(&Edit::DeleteUser {
            user: user.to_owned(),
        })
    }

    /// Takes a user out of the bin, by its id.
    pub fn restore_user(&self, id: &str) -> Done {
        self.edit(&Edit::RestoreUser { user: id.to_owned() })
    }

    /// Deletes a user for good.
    pub fn purge_user(&self, user: &str) -> Done {
        self.edit(&Edit::PurgeUser {
            user: user.to_owned(),
        })
    }

    /// A new security group.
    pub fn create_group(&self, name: &str) -> Done {
        self.edit(&Edit::CreateGroup {
            name: name.to_owned(),
            unified: false,
        })
    }

    /// A new Microsoft 365 group, which can be restored after its deletion.
    pub fn create_unified_group(&self, name: &str) -> Done {
        self.edit(&Edit::CreateGroup {
            name: name.to_owned(),
            unified: true,
        })
    }

    /// Gives a group another display name.
    pub fn rename_group(&self, group: &str, name: &str) -> Done {
        self.edit(&Edit::RenameGroup {
            group: group.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Deletes a group: a security group for good, a Microsoft 365 group into the bin.
    pub fn delete_group(&self, group: &str) -> Done {
        self.edit(&Edit::DeleteGroup {
            group: group.to_owned(),
        })
    }

    /// Takes a Microsoft 365 group out of the bin, by its id.
    pub fn restore_group(&self, id: &str) -> Done {
        self.edit(&Edit::RestoreGroup { group: id.to_owned() })
    }

    /// Hides the members of a group from readers, or shows them again.
    pub fn hide_members(&self, group: &str, hidden: bool) -> Done {
        self.edit(&Edit::HideMembers {
            group: group.to_owned(),
            hidden,
        })
    }

    /// Puts a user into a group.
    pub fn join(&self, group: &str, member: &str) -> Done {
        self.edit(&Edit::Join {
            group: group.to_owned(),
            member: member.to_owned(),
        })
    }

    /// Takes a user out of a group.
    pub fn leave(&self, group: &str, member: &str) -> Done {
        self.edit(&Edit::Leave {
            group: group.to_owned(),
            member: member.to_owned(),
        })
    }

    /// Puts a group into a group.
    pub fn nest(&self, parent: &str, child: &str) -> Done {
        self.edit(&Edit::Nest {
            parent: parent.to_owned(),
            child: child.to_owned(),
        })
    }

    /// Takes a group out of a group.
    pub fn unnest(&self, parent: &str, child: &str) -> Done {
        self.edit(&Edit::Unnest {
            parent: parent.to_owned(),
            child: child.to_owned(),
        })
    }
}
