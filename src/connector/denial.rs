//! The usual mistakes with credentials and permissions, of which sources tell which one it is.

use crate::client::Broken;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The secret is wrong.
    SecretWrong,
    /// The secret's id was given for the secret.
    SecretId,
    /// The secret has expired.
    SecretExpired,
    /// The certificate or key is not registered with the application.
    CertificateUnknown,
    /// The certificate has expired.
    CertificateExpired,
    /// A token of another issuer is not what the application trusts.
    FederationUnknown,
    /// This machine's clock and the source's differ.
    ClockSkew,
    /// There is no such application.
    ApplicationUnknown,
    /// There is no such tenant.
    TenantUnknown,
    /// A policy of the tenant blocks the application.
    PolicyBlocked,
    /// A permission was not granted.
    PermissionMissing,
    /// The tenant's licence does not have what was asked for.
    LicenceMissing,
    /// The account that reads is disabled, locked or at its end.
    AccountDisabled,
    /// The server's own certificate has expired, or is not valid yet.
    ServerExpired,
    /// The server's own certificate is of no authority that is trusted, or of another name.
    ServerUntrusted,
}

impl From<Broken> for Denial {
    /// Of a certificate that is not trusted.
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Expired => Self::ServerExpired,
            _ => Self::ServerUntrusted,
        }
    }
}

impl Denial {
    /// The catalogue's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SecretWrong => "SOURCE_SECRET_WRONG",
            Self::SecretId => "SOURCE_SECRET_ID",
            Self::SecretExpired => "SOURCE_SECRET_EXPIRED",
            Self::CertificateUnknown => "SOURCE_CERTIFICATE_UNKNOWN",
            Self::CertificateExpired => "SOURCE_CERTIFICATE_EXPIRED",
            Self::FederationUnknown => "SOURCE_FEDERATION_UNKNOWN",
            Self::ClockSkew => "SOURCE_CLOCK_SKEW",
            Self::ApplicationUnknown => "SOURCE_APPLICATION_UNKNOWN",
            Self::TenantUnknown => "SOURCE_TENANT_UNKNOWN",
            Self::PolicyBlocked => "SOURCE_POLICY_BLOCKED",
            Self::PermissionMissing => "SOURCE_PERMISSION_MISSING",
            Self::LicenceMissing => "SOURCE_LICENCE_MISSING",
            Self::AccountDisabled => "SOURCE_ACCOUNT_DISABLED",
            Self::ServerExpired => "SOURCE_SERVER_EXPIRED",
            Self::ServerUntrusted => "SOURCE_UNTRUSTED",
        }
    }
}
