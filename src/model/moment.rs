//! A moment that may be absent: milliseconds since 1970, written as RFC 3339.

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes it.
///
/// # Errors
/// What the writer says.
pub fn serialize<S: Serializer>(at: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
    let at = at.and_then(DateTime::from_timestamp_millis);
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .serialize(to)
}

/// Reads it.
///
/// # Errors
/// When the text is no moment.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let parse = |text: String| DateTime::parse_from_rfc3339(&text).map_err(serde::de::Error::custom);
    Ok(text.map(parse).transpose()?.map(|at| at.timestamp_millis()))
}
