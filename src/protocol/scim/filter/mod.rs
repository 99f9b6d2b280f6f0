//! Filters of RFC 7644 §3.4.2.2: read, printed, bound to a schema, asked of whole resources.

mod bind;
mod bound;
mod lexer;
mod parser;
mod test;
mod text;
mod tree;

pub(super) use bind::truth;
pub use bound::{Bound, Lookup};
pub use parser::{MAX_DEPTH, MAX_NODES, MAX_TEXT};
pub(super) use test::{compare, instant};
pub use tree::{Filter, Literal, Operator, Path};

#[cfg(test)]
mod tests;
