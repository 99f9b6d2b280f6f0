//! Writes: decided by the directory's writer itself, on the very picture that they change.

mod create;
mod members;
mod password;
mod patch;
mod push;
mod remove;
mod replace;
mod taken;
mod trail;
mod uuid;

pub(super) use create::create;
pub(super) use patch::patch;
pub(super) use push::{Asking, Link, emails as resource_emails, link};
pub(super) use remove::remove;
pub(super) use replace::replace;
