//! THE CONFIGURATION: one file, composed of the rooms' own sections.
//!
//! Every problem is told with file, line and key; a near miss gets a hint. Only `app` and `cli` come here.

mod check;
mod document;
mod links;
mod policies;
mod problem;
mod read;
pub mod schema;
mod section;
mod sections;
mod settings;
mod telling;
mod wording;

pub use problem::{ConfigError, Problem};
pub use sections::{Config, DirectoryConfig, Missing, SourceConfig};
pub use settings::TRIED;

#[cfg(test)]
mod tests;
