//! Patches of SCIM: applied whole or refused; what they leave is a resource.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::protocol::scim::{ResourceType, Tolerances, json, patch, resource};

fuzz_target!(|body: &[u8]| {
    for tolerances in [Tolerances::default(), Tolerances::none()] {
        let Ok(body) = json::object(body) else { return };
        let Ok(operations) = patch::read(body, tolerances) else { continue };
        for kind in [ResourceType::user(Vec::new()), ResourceType::group(Vec::new())] {
            let before = serde_json::json!({ "userName": "a", "displayName": "a", "emails": [{ "value": "a@x", "type": "work" }] });
            let before = before.as_object().expect("written so").clone();
            let before = resource(&kind, before, Tolerances::default()).expect("a resource").attributes;
            if let Ok(patched) = patch::apply(&kind, "1", &before, operations.clone(), tolerances)
                && let Some(after) = patched.attributes
            {
                assert_ne!(after, before);
                let read = resource(&kind, after.clone(), Tolerances::default()).expect("still a resource");
                assert_eq!(read.attributes, after);
            }
        }
    }
});
