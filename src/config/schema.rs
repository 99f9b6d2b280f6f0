//! The JSON Schema of the configuration, for editors; generated, kept in `schemas/`.

use super::sections::Config;

/// The schema's text as kept in `schemas/config.schema.json`.
pub fn config() -> String {
    let schema = schemars::schema_for!(Config);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
