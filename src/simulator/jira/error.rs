//! What the client's user would be shown.

/// Why the client could not go on.
#[derive(Debug, thiserror::Error)]
pub enum JiraError {
    /// No answer.
    #[error("cannot reach `{url}`: {source}; hint: is the Crowd face listening there?")]
    Unreachable {
        /// Where.
        url: String,
        /// What the network said.
        source: reqwest::Error,
    },
    /// An answer without the header that the client looks at before the status.
    #[error("`{0}` is not a Crowd service: its answer has no X-Embedded-Crowd-Version")]
    NotCrowd(String),
    /// A refusal.
    #[error("`{url}` answered {status}: {body}")]
    Refused {
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// An answer that the client cannot read.
    #[error("`{url}` answered something unreadable: {what}")]
    Unreadable {
        /// Where.
        url: String,
        /// What is wrong with it.
        what: String,
    },
}
