//! History: what applied plans changed, kept so that it can be undone and so that a directory can be shown as it was.

mod added;
mod asof;
mod export;
mod kept;
mod members;
mod past;
mod repeated;
mod restore;
mod undone;

pub use asof::AsOf;
pub use export::export;
pub use past::{Past, PastDetail};

pub(super) use asof::{led_back, since};
pub(super) use kept::History;
pub(super) use restore::{Restoration, restoration};
pub(super) use undone::{Repeats, Undone};
