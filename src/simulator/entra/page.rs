//! Pages: the envelope around rows, the opaque tokens in its links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::reply::Reply;
use super::rows::Row;

/// A way in which a page is made wrong on request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bend {
    /// No `value`.
    MissingValue,
    /// A next link to this host.
    ForeignLink(String),
    /// A next link to the page itself.
    Loop,
    /// No rows, and a next link to where it would have begun.
    Empty,
    /// The last object comes again on the next page (on this one, where there is no next).
    Duplicate,
    /// No rows, and no link to any.
    Short,
}

/// Where the request came to, what its links begin with.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// `http://host:port`.
    pub(crate) origin: String,
    /// The path and query as they came.
    pub(crate) asked: String,
    /// The path alone.
    pub(crate) path: String,
    /// What to make wrong.
    pub(crate) bend: Option<Bend>,
}

/// A page.
pub(crate) struct Page<'a> {
    /// What `@odata.context` ends in.
    pub(crate) context: String,
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) count: Option<usize>,
    /// `@odata.nextLink` or `@odata.deltaLink`, and its query.
    pub(crate) link: Option<(&'static str, String)>,
}

/// The name of the link to the next page.
pub(crate) const NEXT: &str = "@odata.nextLink";
/// The name of the link to the next round.
pub(crate) const DELTA: &str = "@odata.deltaLink";

impl Page<'_> {
    /// As an answer, bent where that was asked for.
    pub(crate) fn reply(&self, place: &Place) -> Reply {
        serde_json::to_string(&Envelope(self, place)).map_or_else(
            |error| Reply::error(500, "InternalServerError", &error.to_string()),
            |body| Reply::json(200, body),
        )
    }
}

struct Envelope<'a>(&'a Page<'a>, &'a Place);

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(page, place) = self;
        let mut map = serializer.serialize_map(None)?;
        let context = format!("{}/v1.0/$metadata#{}", place.origin, page.context);
        map.serialize_entry("@odata.context", &context)?;
        if let Some(count) = page.count {
            map.serialize_entry("@odata.count", &count)?;
        }
        match &place.bend {
            Some(Bend::Loop) => map.serialize_entry(NEXT, &format!("{}{}", place.origin, place.asked))?,
            Some(Bend::ForeignLink(host)) => {
                map.serialize_entry(NEXT, &format!("{host}{}?$skiptoken=elsewhere", place.path))?;
            }
            _ => {
                if let Some((name, query)) = &page.link {
                    map.serialize_entry(*name, &format!("{}{}?{query}", place.origin, place.path))?;
                }
            }
        }
        if place.bend != Some(Bend::MissingValue) {
            map.serialize_entry("value", &page.rows)?;
        }
        map.end()
    }
}

/// A token that only the simulator can read.
pub(crate) fn seal(state: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(state).unwrap_or_default())
}

/// What [`seal`] was given, if this is such a token.
pub(crate) fn open<T: DeserializeOwned>(token: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}
