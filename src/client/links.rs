//! Links that an API sends: of its own origin only, none of them twice.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// More pages than any list has.
const PAGES: usize = 200_000;

/// Why a link is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It would carry our credentials elsewhere.
    #[error("sent a link to another host, `{0}`")]
    Foreign(String),
    /// It was followed before, or there are too many.
    #[error("sends the same page again and again")]
    Loop,
}

/// Whether a link leads to this origin; it is followed with credentials.
///
/// # Errors
/// `Foreign` if not.
pub fn check_origin(link: &str, origin: &url::Origin) -> Result<(), LinkError> {
    if url::Url::parse(link).is_ok_and(|link| link.origin() == *origin) {
        return Ok(());
    }
    let host = link.split('?').next().unwrap_or_default();
    Err(LinkError::Foreign(host.chars().take(200).collect()))
}

/// The links followed so far.
#[derive(Debug, Default)]
pub struct Trail {
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Trail {
    /// Notes a link before it is followed.
    ///
    /// # Errors
    /// `Loop` where it was followed before.
    pub fn follow(&mut self, link: &str) -> Result<(), LinkError> {
        if self.seen.insert(self.hasher.hash_one(link)) && self.seen.len() <= PAGES {
            Ok(())
        } else {
            Err(LinkError::Loop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_same_scheme_host_and_port_are_followed() {
        let origin = url::Url::parse("https://graph.example/v1.0").unwrap().origin();
        assert_eq!(
            check_origin("https://graph.example:443/v1.0/users?$skiptoken=x", &origin),
            Ok(())
        );
        for foreign in [
            "http://graph.example/v1.0",
            "https://graph.example:8443/",
            "https://graph.example.evil/",
            "https://graph.example@evil/",
            "/v1.0/users",
            "",
        ] {
            assert!(
                matches!(check_origin(foreign, &origin), Err(LinkError::Foreign(_))),
                "{foreign}"
            );
        }
        let LinkError::Foreign(shown) = check_origin("https://evil/x?token=secret", &origin).unwrap_err()
        else {
            panic!("not a loop");
        };
        assert_eq!(shown, "https://evil/x", "what the link carries is not shown");
    }

    #[test]
    fn a_link_that_comes_twice_is_a_loop() {
        let mut trail = Trail::default();
        assert_eq!(
            (trail.follow("a"), trail.follow("b"), trail.follow("a")),
            (Ok(()), Ok(()), Err(LinkError::Loop))
        );
    }
}
