//! The SCIM face from outside: a real daemon, real HTTP, clients that send what identity providers send.

mod bulk;
mod client;
mod discovery;
mod entra;
mod gate;
mod okta;
mod parallel;
mod quirks;
mod resources;
mod search;

pub(crate) use client::{Pushed, TOKEN};
