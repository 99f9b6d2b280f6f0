//! The query language of `GET /search`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::model::filter::Filter;
use throng::protocol::crowd::Entity;
use throng::protocol::crowd::cql::query;

fuzz_target!(|text: &str| {
    for kind in [Entity::User, Entity::Group] {
        if let Ok(filter) = query(text, kind) {
            // Only an empty text wants everything.
            assert_eq!(filter == Filter::All, text.trim().is_empty());
        }
    }
});
