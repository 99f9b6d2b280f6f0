//! `[smtp]`: the mail server that takes what is to be mailed.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Span;
use crate::secret::SecretSource;

/// `[smtp]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Where the server is: `smtps://mail.corp.example`, or `smtp://mail.corp.example?tls=required`, which begins TLS by STARTTLS.
    pub url: String,
    /// Whose name stands on the mails: `throng <throng@corp.example>`.
    pub from: String,
    /// The account that sends, where the server asks for one.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<SecretSource>,
    /// A file with the certificate authority (PEM) that alone is trusted; else the web's and this machine's.
    pub ca_file: Option<PathBuf>,
    /// How long the sending of one mail may take in all.
    #[serde(default = "two_minutes")]
    pub timeout: Span,
}

fn two_minutes() -> Span {
    Span(Duration::from_mins(2))
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// From the first byte on.
    Whole,
    /// By STARTTLS, without which nothing is sent.
    Begun,
    /// Never: to this machine only.
    None,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
}

impl SmtpConfig {
    /// Whether all can be used.
    ///
    /// # Errors
    /// A sentence.
    pub fn verify(&self) -> Result<(), String> {
        self.place()?;
        self.sender()?;
        if self.username.is_some() != self.password.is_some() {
            return Err(
                "`username` and `password` go together; hint: add the other, or take both out".to_owned(),
            );
        }
        if !(Duration::from_secs(1)..=Duration::from_mins(15)).contains(&self.timeout.0) {
            return Err(format!(
                "`timeout` is {}; hint: write between a second and fifteen minutes, `2m`",
                self.timeout
            ));
        }
        Ok(())
    }

    /// Whose name stands on the mails.
    pub(super) fn sender(&self) -> Result<Mailbox, String> {
        self.from.parse().map_err(|_| {
            "`from` is no address; hint: write `throng <throng@corp.example>`, or the address alone"
                .to_owned()
        })
    }

    pub(super) fn place(&self) -> Result<Place, String> {
        // The address is not repeated: somebody may have written a password into it.
        let wrong = |why: &str| {
            let form = "write it as `smtps://mail.corp.example`, or `smtp://mail.corp.example?tls=required`";
            format!("`url` cannot be used: {why}; hint: {form}")
        };
        let url = url::Url::parse(&self.url).map_err(|error| wrong(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "`url` holds a name or a password; hint: they belong into `username` and `password`"
                    .to_owned(),
            );
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host
            .ok_or_else(|| wrong("it names no host"))?
            .trim_matches(['[', ']']);
        if !matches!(url.path(), "" | "/") {
            return Err(wrong("something follows the host"));
        }
        let security = match (url.scheme(), url.query()) {
            ("smtps", None) => Security::Whole,
            ("smtp", Some("tls=required")) => Security::Begun,
            ("smtp", None) if is_loopback(host) => Security::None,
            ("smtp", None) => return Err(wrong("without TLS mail goes to this machine only")),
            ("smtp" | "smtps", Some(_)) => {
                return Err(wrong("only `?tls=required` may follow, after `smtp://`"));
            }
            _ => return Err(wrong("only `smtps://` and `smtp://` are spoken")),
        };
        let usual = match security {
            Security::Whole => 465,
            Security::Begun => 587,
            Security::None => 25,
        };
        Ok(Place {
            host: host.to_owned(),
            port: url.port().unwrap_or(usual),
            security,
        })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, more: &str) -> SmtpConfig {
        toml::from_str(&format!(
            "url = \"{url}\"\nfrom = \"throng <t@corp.example>\"\n{more}"
        ))
        .unwrap()
    }

    #[test]
    fn an_address_says_when_tls_begins() {
        let place = |url| {
            let place = config(url, "").place().unwrap();
            (place.host, place.port, place.security)
        };
        assert_eq!(
            place("smtps://mail.corp.example"),
            ("mail.corp.example".to_owned(), 465, Security::Whole)
        );
        assert_eq!(
            place("smtp://m:2525?tls=required"),
            ("m".to_owned(), 2525, Security::Begun)
        );
        assert_eq!(place("smtp://[::1]"), ("::1".to_owned(), 25, Security::None));
        assert_eq!(place("smtp://localhost:1025/").2, Security::None);
    }

    #[test]
    fn what_would_show_mail_or_password_to_the_network_is_refused_and_not_repeated() {
        for (url, why) in [
            ("smtp://mail.corp.example", "to this machine only"),
            (
                "smtp://mail.corp.example?tls=opportunistic",
                "only `?tls=required`",
            ),
            ("smtps://mail.corp.example?tls=no", "only `?tls=required`"),
            ("smtps://a:hunter2@mail.corp.example", "belong into `username`"),
            ("smtps://hunter2@mail.corp.example", "belong into `username`"),
            ("smtps://mail.corp.example/hunter2", "something follows"),
            ("https://mail.corp.example", "only `smtps://`"),
            ("mail.corp.example", "cannot be used"),
        ] {
            let told = config(url, "").verify().unwrap_err();
            assert!(told.contains(why) && !told.contains("hunter2"), "{told}");
        }
        let alone = config("smtps://m", "username = \"throng\"").verify().unwrap_err();
        assert!(alone.contains("go together"), "{alone}");
        let mut nameless = config("smtps://m", "");
        nameless.from = "throng".to_owned();
        assert!(nameless.verify().unwrap_err().contains("`from` is no address"));
        let hasty = config("smtps://m", "timeout = \"0s\"").verify().unwrap_err();
        assert!(hasty.contains("`timeout` is"), "{hasty}");
    }
}
