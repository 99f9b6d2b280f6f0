//! LDAP version 3 as bytes: messages, filters, names, values. Knows no socket.

pub mod ber;
pub mod control;
pub mod dn;
pub mod filter;
pub mod message;
mod operation;
pub mod value;

pub use ber::BerError;
pub use control::Control;
pub use filter::Filter;
pub use message::{Entry, Message, Outcome, Request, Response, Scope, Search};

/// Whatever comes: the parsers of what meets the network answer. For fuzzing.
#[doc(hidden)]
pub fn read_as_anything(bytes: &[u8]) {
    ber::length(bytes, 1 << 20).ok();
    if let Ok(message) = Message::<Response>::read(bytes) {
        for control in &message.controls {
            control::Page::read(control).ok();
            control::SyncState::read(control).ok();
            control::SyncDone::read(control).ok();
        }
        if let Response::Intermediate { value, .. } = &message.op {
            control::SyncInfo::read(value).ok();
        }
        if let Response::Entry(entry) = &message.op {
            dn::key(&entry.dn);
            for (name, values) in &entry.attributes {
                value::Ranged::of(name);
                for value in values {
                    value::guid(value);
                    value::uuid(value);
                }
            }
        }
    }
    Message::<Request>::read(bytes).ok();
    if let Ok(text) = std::str::from_utf8(bytes) {
        dn::key(text);
        value::generalized_time(text);
        value::file_time(text);
        value::Ranged::of(text);
        if let Ok(filter) = Filter::parse(text) {
            let mut written = ber::Writer::default();
            filter.write(&mut written);
            let again = Filter::read(&mut ber::Reader::new(&written.finish()));
            assert_eq!(again, Ok(filter), "a filter changes on the wire");
        }
    }
}
