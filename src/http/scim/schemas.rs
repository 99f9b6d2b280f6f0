//! What discovery serves of a directory without schemas of its own, for `schemas/scim`.

use serde_json::Value;

use super::config::PushConfig;
use super::discovery::ABILITIES;
use crate::protocol::scim::discovery::service_provider_config;

/// Each file's name with its contents; addresses begin at the directory's own.
pub fn schemas() -> Vec<(String, Value)> {
    let config = PushConfig::default();
    let mut files = vec![(
        "ServiceProviderConfig".to_owned(),
        service_provider_config("", ABILITIES),
    )];
    for kind in [config.users(), config.groups()] {
        files.push((format!("ResourceType.{}", kind.name), kind.render("")));
        files.push((format!("Schema.{}", kind.schema.name), kind.schema.render("")));
        for extension in &kind.extensions {
            let schema = &extension.schema;
            files.push((format!("Schema.{}", schema.name), schema.render("")));
        }
    }
    files
}
