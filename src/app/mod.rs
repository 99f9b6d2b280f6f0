//! The composition root: open, build, wire, drain.

mod activity;
mod alerts;
pub mod backup;
pub mod check;
mod cleanup;
mod daemon;
pub mod demo;
mod error;
mod linked;
mod make_up;
mod notices;
mod open;
mod push;
pub mod schemas;
pub mod secrets;
mod served_on;
mod session_key;
pub mod signals;
pub mod simulator;
mod trial;
mod webhooks;
mod wire;

pub use alerts::Alerts;
pub use daemon::Daemon;
pub use error::AppError;
