//! Sessions in few words: begun without a password, validated from an address.

use super::face::{Face, XML};
use super::said::Said;

pub(super) const JSON: (&str, &str) = ("content-type", "application/json");
pub(super) const WANTS_JSON: (&str, &str) = ("accept", "application/json");
/// The path that begins one for whoever has signed in by other means.
pub(super) const BEGIN: &str = "/session?validate-password=false";

/// Validation factors as the Java client sends them: the peer, with what a proxy told.
pub(super) fn factors(address: &str, forwarded: Option<&str>) -> String {
    let factor = |name: &str, value: &str| {
        format!("<validation-factor><name>{name}</name><value>{value}</value></validation-factor>")
    };
    let forwarded = forwarded.map_or_else(String::new, |list| factor("X-Forwarded-For", list));
    let address = factor("remote_address", address);
    format!("<validation-factors>{address}{forwarded}</validation-factors>")
}

/// An authentication context without a password.
pub(super) fn context(user: &str, factors: &str) -> String {
    format!("<authentication-context><username>{user}</username>{factors}</authentication-context>")
}

impl Face {
    /// The token of a new session of a user at an address.
    pub(super) async fn sign_in(&self, user: &str, address: &str) -> String {
        let said = self.post(BEGIN, context(user, &factors(address, None))).await;
        assert_eq!(said.status, 201, "{}", said.body);
        token(&said)
    }

    /// What a validation from an address says.
    pub(super) async fn validate(&self, token: &str, address: &str) -> Said {
        self.ask(
            "POST",
            &format!("/session/{token}"),
            &[XML],
            factors(address, None),
        )
        .await
    }
}

/// The token of a session in XML.
pub(super) fn token(said: &Said) -> String {
    let rest = said.body.split("<token>").nth(1).unwrap();
    rest.split("</token>").next().unwrap().to_owned()
}

/// Status and reason of a refusal in XML.
pub(super) fn refusal(said: &Said) -> (u16, &str) {
    let rest = said.body.split("<reason>").nth(1).unwrap_or_default();
    (
        said.status.as_u16(),
        rest.split("</reason>").next().unwrap_or_default(),
    )
}
