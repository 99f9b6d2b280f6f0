//! Why the daemon does not start or did not end well.

use crate::client::ClientError;
use crate::config::ConfigError;
use crate::connector::ConnectorError;
use crate::directory::DirectoryError;
use crate::http::admin::AdminGateError;
use crate::http::crowd::GateError;
use crate::http::scim::ScimGateError;
use crate::notify::SmtpError;
use crate::store::StoreError;

/// Each variant names what could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store cannot be opened or read.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The configuration names what is not there.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// A directory cannot be begun.
    #[error("{0}")]
    Directory(#[from] DirectoryError),
    /// A directory's source cannot be built.
    #[error("directory `{directory}`: {source}")]
    Source {
        /// Which.
        directory: String,
        /// Why.
        source: ConnectorError,
    },
    /// A secret of a directory's source cannot be read.
    #[error("directory `{directory}`: {message}")]
    SourceSecret {
        /// Which.
        directory: String,
        /// Why.
        message: String,
    },
    /// The secret that signs notices cannot be read.
    #[error("{of}: {message}")]
    NoticeSecret {
        /// Of what.
        of: String,
        /// Why.
        message: String,
    },
    /// The mail server cannot be used.
    #[error("{0}")]
    Smtp(#[from] SmtpError),
    /// The gate of the Crowd face cannot be built.
    #[error("{0}")]
    Gate(#[from] GateError),
    /// The gate of the admin face cannot be built.
    #[error("{0}")]
    AdminGate(#[from] AdminGateError),
    /// The gate of a pushed directory cannot be built.
    #[error("{0}")]
    ScimGate(#[from] ScimGateError),
    /// An outgoing client cannot be made.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// The key of single sign-on cannot be read or made.
    #[error(
        "key file `{path}` cannot be used: {what}; hint: take it away, a new one is made and everybody signs in again"
    )]
    SessionKey {
        /// The file.
        path: String,
        /// Why not.
        what: String,
    },
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes")]
    Random,
    /// An address cannot be listened on.
    #[error("{0}")]
    Listen(String),
}

impl AppError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Source { source, .. } => source.code(),
            Self::SourceSecret { .. } => "SOURCE_SECRET_UNREADABLE",
            Self::NoticeSecret { .. } => "NOTICE_SECRET_UNREADABLE",
            Self::Smtp(error) => error.code(),
            Self::Gate(error) => error.code(),
            Self::AdminGate(error) => error.code(),
            Self::ScimGate(error) => error.code(),
            Self::Client(error) => error.code(),
            Self::SessionKey { .. } => "SESSION_KEY_UNUSABLE",
            Self::Random => "RANDOM_UNAVAILABLE",
            Self::Listen(_) => "LISTEN_FAILED",
        }
    }
}
