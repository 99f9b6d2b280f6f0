//! The SCIM face from outside: a real daemon, real HTTP, clients that send what identity providers send.

mod brake;
mod bulk;
mod client;
mod discovery;
mod entra;
mod forgotten;
mod gate;
mod logins;
mod okta;
mod parallel;
mod passwords;
mod protected;
mod quirks;
mod recorder;
mod resources;
mod search;
mod tokens;

pub(crate) use client::{Pushed, TOKEN};
