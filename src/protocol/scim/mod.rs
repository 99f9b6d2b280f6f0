//! SCIM 2.0 (RFC 7643, 7644, 9865), with the named tolerances that identity providers need.
//!
//! Pure: bodies, paths and filters in, values out. Who may ask, what is stored, status numbers, headers: the face's.

pub mod body;
#[cfg(test)]
mod body_tests;
pub mod bulk;
mod coerce;
pub mod discovery;
pub mod error;
pub mod etag;
pub mod filter;
pub mod json;
pub mod list;
pub mod members;
pub mod patch;
pub mod projection;
pub mod query;
pub mod schema;
pub mod sort;
pub mod tolerances;

pub use body::{Wished, resource};
pub use error::{ScimError, ScimType, error_body};
pub use filter::{Bound, Filter};
pub use list::{Page, list_response};
pub use members::{Absent, MemberOp, MemberRef, MemberType};
pub use projection::Projection;
pub use query::Query;
pub use schema::{Attribute, ResourceType, Schema};
pub use sort::{SortKey, Sorting};
pub use tolerances::Tolerances;
