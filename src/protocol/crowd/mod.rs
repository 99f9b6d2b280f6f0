//! The Crowd REST protocol, in XML or JSON.
//!
//! Pure codecs: values in, text out, or the other way round. Who may see what, status numbers, headers: the face's.

pub mod body;
pub mod cql;
mod date;
pub mod event;
pub mod input;
pub(crate) mod json;
mod lexer;
pub mod links;
pub mod reason;
pub mod restriction;
pub mod session;
mod term;
pub mod token;
mod tree;
pub mod webhook;
pub mod wire;
pub mod writer;
pub(crate) mod xml;

pub use body::{BodyError, password};
pub use event::Event;
pub use input::{SentGroup, SentUser};
pub use links::Links;
pub use reason::Reason;
pub use restriction::restriction;
pub use session::{
    AuthenticationContext, Factor, Session, SessionUser, authentication_context, validation_factors,
};
pub use token::Token;
pub use webhook::{Webhook, WebhookWish, webhook};
pub use wire::{CookieConfig, Entity, Format, Group, User};
pub use writer::Writer;

pub use crate::model::xml::escape_attribute;
