//! EXPLAINING: one user's path from its source to an application, as facts with reasons.

mod paths;
mod user;

pub use user::{
    Explained, Hidden, InGroup, LastAttempt, LastSeen, Past, Present, Reads, ReturnRefused, Told, Use, Waits,
    explain,
};
