//! SCIM 2.0 (RFC 7643, 7644, 9865), with the named tolerances that identity providers need.
//!
//! Pure: bodies, paths and filters in, values out. Who may ask, what is stored, status numbers, headers: the face's.

pub mod body;
mod coerce;
pub mod error;
pub mod filter;
pub mod json;
pub mod members;
pub mod patch;
pub mod schema;
pub mod tolerances;

pub use body::{Wished, resource};
pub use error::{ScimError, ScimType, error_body};
pub use filter::{Bound, Filter};
pub use members::{Absent, MemberOp, MemberRef, MemberType};
pub use schema::{Attribute, ResourceType, Schema};
pub use tolerances::Tolerances;
