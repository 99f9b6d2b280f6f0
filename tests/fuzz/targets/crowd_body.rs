//! Bodies of the Crowd protocol: restrictions, passwords, sessions, webhooks, in XML and JSON. What is understood can be
//! asked of anybody.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use throng::model::filter::{Filterable, Prepared, Property};
use throng::protocol::crowd::{Format, authentication_context, password, restriction, validation_factors, webhook};

struct Somebody;

impl Filterable for Somebody {
    fn text(&self, _: &Property) -> Vec<Cow<'_, str>> {
        vec!["İnce & Söhne".into(), "".into()]
    }

    fn truth(&self, property: &Property) -> Option<bool> {
        (*property == Property::Active).then_some(true)
    }

    fn date(&self, property: &Property) -> Option<i64> {
        (*property == Property::CreatedDate).then_some(0)
    }
}

fuzz_target!(|body: &[u8]| {
    for format in [Format::Xml, Format::Json] {
        if let Ok(filter) = restriction(body, format) {
            assert!(filter.cost() <= 1_000);
            Prepared::new(&filter).accepts(&Somebody);
        }
        let errors = [
            restriction(body, format).err(),
            password(body, format).err(),
            authentication_context(body, format).err(),
            validation_factors(body, format).err(),
            webhook(body, format).err(),
        ];
        for error in errors.into_iter().flatten() {
            assert!(!error.to_string().is_empty());
        }
    }
});
