//! Filters of SCIM: what is read is printed and read again, and asked of a user.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::protocol::scim::{Filter, ResourceType, ScimType, Tolerances};

fuzz_target!(|text: &str| {
    let Ok(filter) = Filter::parse(text) else { return };
    match Filter::parse(&filter.to_string()) {
        // Printing writes brackets that the text did without: what was just within the caps may then be beyond them.
        Err(error) if error.kind == ScimType::TooMany => {}
        again => assert_eq!(again, Ok(filter.clone())),
    }
    for kind in [ResourceType::user(Vec::new()), ResourceType::group(Vec::new())] {
        let user = serde_json::json!({ "userName": "a", "active": true, "emails": [{ "value": "a@x", "type": "work" }] });
        let user = user.as_object().expect("written so");
        if let Ok(bound) = filter.bind_among(&kind, Tolerances::default()) {
            let negated = Filter::Not(Box::new(filter.clone()));
            if let Ok(negated) = negated.bind_among(&kind, Tolerances::default()) {
                assert_ne!(bound.matches(user, &|_| true), negated.matches(user, &|_| true));
            }
        }
    }
});
