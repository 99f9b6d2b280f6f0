//! Whatever an LDAP server sends, the parsers return: messages, controls, names, filters, ranges, ids.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    throng::protocol::ldap::read_as_anything(bytes);
});
