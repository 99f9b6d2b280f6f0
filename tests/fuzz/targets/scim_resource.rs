//! Bodies of SCIM resources: what is read is read again as it is, and shown without the password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::protocol::scim::{Projection, ResourceType, Tolerances, json, resource};

fuzz_target!(|body: &[u8]| {
    let Ok(body) = json::object(body) else { return };
    for kind in [ResourceType::user(Vec::new()), ResourceType::group(Vec::new())] {
        for tolerances in [Tolerances::default(), Tolerances::none()] {
            let Ok(read) = resource(&kind, body.clone(), tolerances) else { continue };
            let again = resource(&kind, read.attributes.clone(), tolerances).expect("it was read before");
            assert_eq!(again.attributes, read.attributes);
            let shown = Projection::default().apply(&kind, read.attributes);
            assert!(!shown.contains_key("password"));
        }
    }
});
