//! FACES: each a translator with one error file.

pub mod address;
pub mod admin;
pub mod crowd;
pub mod health;
pub mod hosts;
pub mod layers;
mod leftover;
pub mod origin;
pub mod scim;
pub mod server;
mod stall;
