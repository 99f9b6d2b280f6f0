//! Lists: pages that lead to each other by links in their headers.

use reqwest::header::{HeaderMap, LINK};
use serde_json::value::RawValue;

use super::api::Okta;
use super::error::OktaError;
use crate::client::{Meter, Trail, server_time};

/// Walks a list; a link seen before is a loop.
pub(super) struct Pages {
    next: Option<String>,
    trail: Trail,
    counter: &'static str,
    /// Okta's time at the first page, milliseconds since 1970.
    pub(super) begun: Option<i64>,
}

impl Pages {
    /// Of this path. `counter` is which of Okta's limits it falls under.
    pub(super) fn new(okta: &Okta, path: &str, counter: &'static str) -> Self {
        Self {
            next: Some(okta.api.url(path)),
            trail: Trail::default(),
            counter,
            begun: None,
        }
    }

    /// The rows of the next page as they stand; `None` after the last. A page that is no list is an error, never an empty one.
    pub(super) async fn page(&mut self, okta: &Okta) -> Result<Option<Vec<Box<RawValue>>>, OktaError> {
        let Some(link) = self.next.take() else {
            return Ok(None);
        };
        self.trail.follow(&link).map_err(|why| okta.api.refuse(why))?;
        let (rows, answer): (Vec<Box<RawValue>>, _) = okta.get(&link, self.counter).await?;
        Meter::page();
        self.begun = self.begun.or_else(|| server_time(&answer.headers));
        self.next = next(&answer.headers);
        Ok(Some(rows))
    }
}

/// The link to the next page: one of several headers, or of several links in one (RFC 8288).
fn next(headers: &HeaderMap) -> Option<String> {
    let values = headers
        .get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(",<").flat_map(|part| part.split(", <")))
        .find_map(|link| {
            let (address, parameters) = link.trim().trim_start_matches('<').split_once('>')?;
            let is_next = parameters.split(';').any(|one| {
                let one = one.trim().replace('"', "");
                one.eq_ignore_ascii_case("rel=next")
            });
            is_next.then(|| address.to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_wherever_it_stands() {
        let of = |values: &[&str]| {
            let pairs = values.iter().map(|value| (LINK, value.parse().unwrap()));
            next(&pairs.collect())
        };
        let (own, more) = (
            "<https://o/u?limit=2>; rel=\"self\"",
            "<https://o/u?after=a,b&limit=2>; rel=\"next\"",
        );
        let found = Some("https://o/u?after=a,b&limit=2".to_owned());
        assert_eq!(of(&[own, more]), found);
        assert_eq!(of(&[&format!("{own}, {more}")]), found);
        assert_eq!(of(&[&format!("{own},{more}")]), found);
        assert_eq!(of(&[own]), None);
        assert_eq!(of(&["<", "", "rel=next", ",<,"]), None);
    }
}
