//! The protocol's reasons for saying no.

/// A reason, as it stands in an error entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user is not let into this application.
    ApplicationAccessDenied,
    /// The application may not do that.
    ApplicationPermissionDenied,
    /// The token is unknown, too old, or of another view: read everything.
    EventTokenExpired,
    /// The password must be changed first.
    ExpiredCredential,
    /// No such group.
    GroupNotFound,
    /// A parameter or a body that makes no sense.
    IllegalArgument,
    /// The user is not active.
    InactiveAccount,
    /// A password or hash that is not taken.
    InvalidCredential,
    /// No address to write to.
    InvalidEmail,
    /// A group that cannot be.
    InvalidGroup,
    /// A membership that cannot be.
    InvalidMembership,
    /// No such single sign-on session.
    InvalidSsoToken,
    /// A user that cannot be.
    InvalidUser,
    /// Wrong password, or none that could be right.
    InvalidUserAuthentication,
    /// The membership is there already.
    MembershipAlreadyExists,
    /// No such membership.
    MembershipNotFound,
    /// The application does without groups in groups.
    NestedGroupsNotSupported,
    /// It should have worked.
    OperationFailed,
    /// Not in this version.
    UnsupportedOperation,
    /// No such user.
    UserNotFound,
    /// No such webhook.
    WebhookNotFound,
}

impl Reason {
    /// Its name on the wire; clients map exceptions by it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApplicationAccessDenied => "APPLICATION_ACCESS_DENIED",
            Self::ApplicationPermissionDenied => "APPLICATION_PERMISSION_DENIED",
            Self::EventTokenExpired => "EVENT_TOKEN_EXPIRED",
            Self::ExpiredCredential => "EXPIRED_CREDENTIAL",
            Self::GroupNotFound => "GROUP_NOT_FOUND",
            Self::IllegalArgument => "ILLEGAL_ARGUMENT",
            Self::InactiveAccount => "INACTIVE_ACCOUNT",
            Self::InvalidCredential => "INVALID_CREDENTIAL",
            Self::InvalidEmail => "INVALID_EMAIL",
            Self::InvalidGroup => "INVALID_GROUP",
            Self::InvalidMembership => "INVALID_MEMBERSHIP",
            Self::InvalidSsoToken => "INVALID_SSO_TOKEN",
            Self::InvalidUser => "INVALID_USER",
            Self::InvalidUserAuthentication => "INVALID_USER_AUTHENTICATION",
            Self::MembershipAlreadyExists => "MEMBERSHIP_ALREADY_EXISTS",
            Self::MembershipNotFound => "MEMBERSHIP_NOT_FOUND",
            Self::NestedGroupsNotSupported => "NESTED_GROUPS_NOT_SUPPORTED",
            Self::OperationFailed => "OPERATION_FAILED",
            Self::UnsupportedOperation => "UNSUPPORTED_OPERATION",
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::WebhookNotFound => "WEBHOOK_NOT_FOUND",
        }
    }
}
