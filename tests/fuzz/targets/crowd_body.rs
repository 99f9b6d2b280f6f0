//! Bodies of the Crowd protocol: restrictions and passwords, in XML and JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::protocol::crowd::{Format, password, restriction};

fuzz_target!(|body: &[u8]| {
    for format in [Format::Xml, Format::Json] {
        for error in [restriction(body, format).err(), password(body, format).err()].into_iter().flatten() {
            assert!(!error.to_string().is_empty());
        }
    }
});
