//! Stand-in identity providers with a stand-in Jira, over real HTTP.

mod built;
pub mod entra;
pub mod google;
pub mod jira;
pub mod keycloak;
pub mod ldap;
pub mod okta;
mod quota;
pub mod scim;
mod serve;
mod time;
