//! NOTIFICATIONS: tells others what happened, decides nothing.

mod webhook;

pub use webhook::{Pinger, admits};
