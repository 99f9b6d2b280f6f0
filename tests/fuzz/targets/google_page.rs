//! Whatever Google answers, the connector's parsers return.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    throng::connector::google::pages::read_as_anything(body);
});
