//! NOTIFICATIONS: tells others what happened, decides nothing.
//!
//! A [`Pinger`] sends pings that say nothing; the [`Outbox`] keeps documents and mails until their receivers have them.

pub mod config;
mod kept;
mod letter;
mod line;
mod mail;
mod notices;
pub mod outbox;
mod section;
mod signed;
mod smtp;
mod target;
mod template;
mod webhook;

pub use config::SmtpConfig;
pub use letter::{Ended, Letter, MAIL, WARNING};
pub use mail::{Mail, id_for, is_address};
pub use notices::{Notice, NoticeState, Page};
pub use outbox::{Fate, Outbox};
pub use section::{NotifyConfig, no_address};
pub use signed::Signed;
pub use smtp::{Mailer, SmtpError};
pub use target::Target;
pub use template::{Template, TemplateConfig, Value};
pub use webhook::{Pinger, admits};
