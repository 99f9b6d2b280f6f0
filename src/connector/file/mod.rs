//! A folder of files: people and groups as somebody exported or wrote them.

mod collect;
mod column;
mod config;
mod folder;
mod jsonl;
mod lines;
mod source;
mod table;

pub use config::FileConfig;
pub use source::FileSource;
