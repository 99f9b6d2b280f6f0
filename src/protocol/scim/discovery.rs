//! What the service can do, as `/ServiceProviderConfig` says it (RFC 7643 §5, RFC 9865 §4).

use serde_json::{Value, json};

/// The URN of the service's configuration.
pub const SERVICE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// What is promised; nothing here is told that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// The most operations of one bulk request. authentik cuts its patches into chunks of this size, whether it sends any bulk or not.
    pub bulk_operations: usize,
    /// The most bytes of one request.
    pub bytes: usize,
    /// The longest page.
    pub page: usize,
    /// The usual page.
    pub usual_page: usize,
    /// How long a walk by cursors may rest, in seconds.
    pub cursor_seconds: u64,
    /// Whether passwords are kept.
    pub passwords: bool,
}

/// The service's configuration, below this base address.
pub fn service_provider_config(base: &str, can: Abilities) -> Value {
    json!({
        "schemas": [SERVICE_URN],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": can.bulk_operations,
            "maxPayloadSize": can.bytes,
        },
        "filter": { "supported": true, "maxResults": can.page },
        "changePassword": { "supported": can.passwords },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": can.usual_page,
            "maxPageSize": can.page,
            "cursorTimeout": can.cursor_seconds,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of the directory, in the header `Authorization: Bearer …`.",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}
