//! Stand-in identity providers with a stand-in Jira, over real HTTP.

pub mod entra;
pub mod jira;
pub mod okta;
mod serve;
