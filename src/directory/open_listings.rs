//! The user listings that clients without cookies may still have to be told the changes since.
//!
//! One list for all clients that cannot be told apart. A modern client keeps the token of the `GET /event` that closes its
//! full sync; that answer must not be newer than its user listing, whosever listings there are besides. So every answer
//! without a cookie is the token of the *oldest* open listing, and no answer closes one: the `GET /event` that opens one
//! client's sync looks like the one that closes another's. What closes a listing is a client that goes on from a token
//! which such an answer gave it: that client has ended its sync. Which listing was its own is not known; when as many
//! have gone on as there are listings, all are closed. A sync that died leaves its listing until it is too old.

use serde::{Deserialize, Serialize};

/// How long a full sync may take, in milliseconds.
pub(super) const LIFE: i64 = 6 * 60 * 60 * 1_000;

/// How many listings are kept apart.
const MOST: usize = 16;

/// Listings from the oldest to the newest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenListings {
    open: Vec<Listing>,
    /// How many clients have gone on.
    closed: usize,
    /// Whether it has been said that clients share this list.
    told: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listing {
    token: String,
    at: i64,
}

impl OpenListings {
    /// A whole user listing was given, of the snapshot of this token.
    pub(super) fn listed(&mut self, token: &str, now: i64) {
        self.expire(now);
        let is_full = self.open.len() == MOST;
        match self.open.last_mut() {
            // The last one is older than the new one, so it also serves the new one: it only has to live as long.
            Some(last) if is_full => last.at = now,
            _ => self.open.push(Listing {
                token: token.to_owned(),
                at: now,
            }),
        }
    }

    /// What `GET /event` answers to a client without a cookie, if any listing is open.
    pub(super) fn oldest(&mut self, now: i64) -> Option<&str> {
        self.expire(now);
        self.open.first().map(|listing| listing.token.as_str())
    }

    /// A client came back with the cookie of its listing.
    pub(super) fn brought_back(&mut self, token: &str, now: i64) {
        self.expire(now);
        let own = self.open.iter().rposition(|listing| listing.token == token);
        own.map(|own| self.open.remove(own));
        self.settle();
    }

    /// A client without a cookie went on from a token of [`Self::oldest`].
    pub(super) fn went_on(&mut self, now: i64) {
        self.expire(now);
        self.closed += 1;
        self.settle();
    }

    /// Whether it is time to say that clients share this list: once.
    pub(super) fn tell_shared(&mut self) -> bool {
        let shared = self.open.len() > self.closed + 1 && !self.told;
        self.told |= shared;
        shared
    }

    /// When the last listing is too old; `None` when none is open.
    pub(super) fn ends_at(&self) -> Option<i64> {
        self.open.last().map(|listing| listing.at + LIFE)
    }

    fn expire(&mut self, now: i64) {
        let before = self.open.len();
        self.open.retain(|listing| listing.at + LIFE > now);
        // Whether those that went on were of these is not known; an entry that lives too long does no harm.
        self.closed = self.closed.saturating_sub(before - self.open.len());
        self.settle();
    }

    fn settle(&mut self) {
        if self.closed >= self.open.len() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_client_closes_its_listing_by_going_on() {
        let mut listings = OpenListings::default();
        listings.listed("a", 0);
        assert_eq!(listings.oldest(1), Some("a"));
        assert!(!listings.tell_shared());
        listings.went_on(2);
        assert_eq!(listings.oldest(2), None);
        assert_eq!(listings.ends_at(), None);
    }

    #[test]
    fn the_opening_of_another_closes_nothing() {
        let mut listings = OpenListings::default();
        listings.listed("a", 0);
        assert_eq!(listings.oldest(1), Some("a")); // another client begins
        listings.listed("b", 2);
        assert!(listings.tell_shared() && !listings.tell_shared());
        listings.went_on(3);
        assert_eq!(listings.oldest(4), Some("a"));
        listings.went_on(5);
        assert_eq!(listings.oldest(6), None);
    }

    #[test]
    fn a_cookie_closes_its_own() {
        let mut listings = OpenListings::default();
        listings.listed("a", 0);
        listings.listed("b", 1);
        listings.brought_back("a", 2);
        assert_eq!(listings.oldest(2), Some("b"));
        listings.brought_back("x", 2);
        assert_eq!(listings.oldest(2), Some("b"));
    }

    #[test]
    fn a_listing_that_nobody_closes_grows_old() {
        let mut listings = OpenListings::default();
        listings.listed("dead", 0);
        listings.listed("b", 10);
        listings.went_on(20);
        assert_eq!(listings.oldest(LIFE - 1), Some("dead"));
        assert_eq!(listings.oldest(LIFE), Some("b"));
        assert_eq!(listings.oldest(LIFE + 10), None);
    }

    #[test]
    fn many_listings_are_one_short_list() {
        let mut listings = OpenListings::default();
        for at in 0..1_000 {
            listings.listed(&at.to_string(), at);
        }
        assert_eq!(listings.open.len(), MOST);
        assert_eq!(listings.oldest(999), Some("0"));
        // The last kept one serves all later ones, and lives as long as they do.
        assert_eq!(listings.oldest(LIFE + 998), Some("15"));
        assert_eq!(listings.oldest(LIFE + 999), None);
    }
}
