//! `/activity`: evidence from elsewhere, and the slow lane on demand.

mod endpoint;
mod lines;

pub(super) use endpoint::{read_source, report};
