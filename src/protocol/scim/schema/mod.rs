//! Schemas: what resources may have.

mod attribute;
mod common;
mod enterprise;
mod group;
mod located;
mod render;
mod resource_type;
mod user;

pub use attribute::{Attribute, Kind, Mutability, Returned, Uniqueness};
pub use enterprise::ENTERPRISE_URN;
pub use group::GROUP_URN;
pub use located::{Found, Located};
pub use render::{RESOURCE_TYPE_URN, SCHEMA_URN};
pub use resource_type::{Extension, ResourceType, Schema};
pub use user::USER_URN;
