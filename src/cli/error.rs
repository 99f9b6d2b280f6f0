//! What can be wrong between the command line and the daemon, and which code an error has.

use crate::app::AppError;
use crate::app::backup::{RestoreError, RestoringError};
use crate::client::ClientError;
use crate::config::ConfigError;

/// Why the daemon did not do as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum OperatorError {
    /// Nobody answers.
    #[error(
        "no daemon answers at `{base}`; hint: start it with `throng serve`, or name its configuration with `--config`"
    )]
    Unreachable {
        base: String,
        #[source]
        source: reqwest::Error,
    },
    /// Somebody answers who is not throng.
    #[error("`{base}` answered {status} without a reason; hint: is it throng's admin face?")]
    Foreign { base: String, status: u16 },
    /// The daemon refuses, and says why.
    #[error("{detail}")]
    Refused { code: String, detail: String },
    /// No token.
    #[error("{0}")]
    Token(String),
}

impl OperatorError {
    fn code(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "DAEMON_UNREACHABLE",
            Self::Foreign { .. } => "DAEMON_FOREIGN",
            Self::Refused { code, .. } => code,
            Self::Token(_) => "ADMIN_SECRET_UNREADABLE",
        }
    }
}

/// The catalogue's code of an error, where it has one.
pub fn code(error: &anyhow::Error) -> Option<&str> {
    error.chain().find_map(|cause| {
        None.or_else(|| cause.downcast_ref::<OperatorError>().map(OperatorError::code))
            .or_else(|| cause.downcast_ref::<ConfigError>().map(ConfigError::code))
            .or_else(|| cause.downcast_ref::<AppError>().map(AppError::code))
            .or_else(|| cause.downcast_ref::<RestoringError>().map(RestoringError::code))
            .or_else(|| cause.downcast_ref::<RestoreError>().map(RestoreError::code))
            .or_else(|| cause.downcast_ref::<ClientError>().map(ClientError::code))
    })
}
