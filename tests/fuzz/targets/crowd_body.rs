//! Bodies of the Crowd protocol: restrictions and passwords, in XML and JSON. What is understood can be asked of anybody.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use throng::model::filter::{Filterable, Prepared, Property};
use throng::protocol::crowd::{Format, password, restriction};

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
        for error in [restriction(body, format).err(), password(body, format).err()].into_iter().flatten() {
            assert!(!error.to_string().is_empty());
        }
    }
});
