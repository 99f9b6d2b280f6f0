//! The embedded store: sled behind a wrapper that makes it durable and honest.
//!
//! A request goes from `store` by a channel to the `writer`'s thread, the only one that uses sled, which
//! gathers requests into a `group`, writes it as one batch, syncs, notes the new heads outside of the database, then
//! acknowledges. A big commit goes by a `redo` file that is `fold`ed in later.

mod audit;
mod codec;
mod commit;
mod disk;
mod encode;
mod engine;
mod entries;
mod files;
mod fold;
mod folder;
mod group;
mod heads;
mod load;
mod open;
mod reads;
mod redo;
mod request;
mod space;
mod staging;
mod step;
mod store;
mod writer;

pub use disk::FreeSpace;
pub use step::{Step, StepHook};
pub use store::{EmbeddedStore, Options};
