//! Stand-in identity providers with a stand-in Jira, over real HTTP.

pub mod entra;
pub mod google;
pub mod jira;
pub mod keycloak;
pub mod ldap;
pub mod okta;
pub mod scim;
mod serve;
mod time;
