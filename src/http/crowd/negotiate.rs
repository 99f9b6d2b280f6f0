//! Which path a client means, which form it wants, which form it sends.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

use super::error::Refusal;
use crate::protocol::crowd::Format;

/// The path with single slashes and none at its end, as the reference server reads it: some clients put a base that
/// ends in a slash before a path that begins with one.
pub(super) fn plain(path: &str) -> Cow<'_, str> {
    let trimmed = path.trim_end_matches('/');
    if !trimmed.contains("//") {
        return Cow::Borrowed(trimmed);
    }
    let parts = trimmed.split('/').filter(|part| !part.is_empty());
    Cow::Owned(parts.fold(String::new(), |path, part| path + "/" + part))
}

/// The path without a `.json` or `.xml` that overrides `Accept`, and the form it asks for.
///
/// Only the last segment counts, so that tokens with other dots stay whole.
pub(super) fn suffix(path: &str) -> (&str, Option<Format>) {
    for (ending, format) in [(".json", Format::Json), (".xml", Format::Xml)] {
        if let Some(rest) = path.strip_suffix(ending)
            && !rest.ends_with('/')
        {
            return (rest, Some(format));
        }
    }
    (path, None)
}

/// The form of the answer: the best of `Accept`; XML when there is none, when anything will do, when nothing fits.
pub(super) fn accepted(headers: &HeaderMap) -> Format {
    let mut best = (0.0, 0, Format::Xml);
    let values = headers
        .get_all(ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let (specific, format) = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/json" => (2, Format::Json),
            "application/xml" | "text/xml" => (2, Format::Xml),
            "application/*" | "text/*" => (1, Format::Xml),
            "*/*" | "*" => (0, Format::Xml),
            _ => continue,
        };
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let is_weight = name.trim().eq_ignore_ascii_case("q");
            is_weight.then(|| value.trim().parse::<f32>().ok()).flatten()
        });
        let weight = weight.unwrap_or(1.0);
        if weight > best.0 || (weight > 0.0 && weight >= best.0 && specific > best.1) {
            best = (weight, specific, format);
        }
    }
    best.2
}

/// The form of a request's body; by its first character where the client does not say.
pub(super) fn sent(headers: &HeaderMap, body: &[u8]) -> Result<Format, Refusal> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        return Ok(if first == Some(&b'{') {
            Format::Json
        } else {
            Format::Xml
        });
    };
    let given = String::from_utf8_lossy(value.as_bytes());
    let media_type = given
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match media_type.as_str() {
        "application/xml" | "text/xml" => Ok(Format::Xml),
        "application/json" => Ok(Format::Json),
        _ => Err(Refusal::MediaType { given: media_type }),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn form(accept: &'static str) -> Format {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        accepted(&headers)
    }

    #[test]
    fn xml_is_the_default() {
        assert_eq!(accepted(&HeaderMap::new()), Format::Xml);
        for accept in [
            "*/*",
            "",
            "text/html",
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            "application/json;q=0",
            "application/json; Q = 0.1, application/xml; Q=0.2",
        ] {
            assert_eq!(form(accept), Format::Xml, "{accept}");
        }
    }

    #[test]
    fn json_is_for_those_who_prefer_it() {
        for accept in [
            "application/json",
            "*/*, application/json",
            "application/json, application/xml",
            "application/xml;q=0.5, application/json;q=0.9",
            "APPLICATION/JSON; charset=utf-8",
        ] {
            assert_eq!(form(accept), Format::Json, "{accept}");
        }
        assert_eq!(form("application/xml, application/json"), Format::Xml);
    }

    #[test]
    fn slashes_are_single() {
        for (path, expected) in [
            (
                "/crowd//rest/usermanagement/1/user/",
                "/crowd/rest/usermanagement/1/user",
            ),
            ("//user", "/user"),
            ("/user", "/user"),
            ("/event/a%2F%2Fb", "/event/a%2F%2Fb"),
            ("///", ""),
            ("", ""),
        ] {
            assert_eq!(plain(path), expected, "{path}");
        }
    }

    #[test]
    fn only_exact_suffixes_override() {
        assert_eq!(
            suffix("/config/cookie.json"),
            ("/config/cookie", Some(Format::Json))
        );
        assert_eq!(suffix("/event/a.b"), ("/event/a.b", None));
        assert_eq!(suffix("/session/a.b.json"), ("/session/a.b", Some(Format::Json)));
        assert_eq!(suffix("/event/.xml"), ("/event/.xml", None));
    }
}
