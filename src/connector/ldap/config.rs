//! The configuration of an LDAP directory as a source.

use std::net::IpAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::protocol::ldap::Filter;
use crate::secret::SecretSource;

/// Whose schema and whose way of telling changes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Active Directory.
    Ad,
    /// OpenLDAP, and others that keep `entryUUID` (RFC 4530).
    OpenLdap,
}

/// `[directory.source]` with `kind = "ldap"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LdapConfig {
    /// Where the server is: `ldaps://dc1.corp.example`, or `ldap://…` with `start_tls`.
    pub url: String,
    /// The name of the account that reads.
    pub bind_dn: String,
    /// Its password.
    pub bind_password: SecretSource,
    /// Below what users and groups are.
    pub base_dn: String,
    /// Which kind of server it is.
    pub flavour: Flavour,
    /// Whether TLS begins after the connection stands, on the port without it.
    #[serde(default)]
    pub start_tls: bool,
    /// A file with the certificate authority (PEM) that alone is trusted; else the web's and this machine's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Below what users are, where that is not all of `base_dn`.
    #[serde(default)]
    pub user_base: Option<String>,
    /// Below what groups are, where that is not all of `base_dn`.
    #[serde(default)]
    pub group_base: Option<String>,
    /// Which objects are users.
    #[serde(default)]
    pub user_filter: Option<String>,
    /// Which objects are groups.
    #[serde(default)]
    pub group_filter: Option<String>,
    /// The attribute that has a group's name.
    #[serde(default = "common_name")]
    pub group_name: String,
    /// How many objects are asked for at once.
    #[serde(default = "usual_page")]
    #[schemars(range(min = 1, max = 10_000))]
    pub page_size: u32,
    /// Whether last logins are read, as evidence of use.
    #[serde(default)]
    pub sign_in_activity: bool,
    /// Whether users may sign in to applications with their password of this server.
    #[serde(default)]
    pub check_passwords: bool,
}

fn common_name() -> String {
    "cn".to_owned()
}

fn usual_page() -> u32 {
    1000
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    /// TLS from the first byte on.
    pub(super) tls: bool,
}

impl LdapConfig {
    /// Whether all can be used.
    ///
    /// # Errors
    /// A sentence.
    pub fn verify(&self) -> Result<(), String> {
        let place = self.place()?;
        if place.tls && self.start_tls {
            return Err(
                "`start_tls` is for `ldap://`; hint: `ldaps://` has TLS from the first byte on".to_owned(),
            );
        }
        if !place.tls && !self.start_tls && !is_loopback(&place.host) {
            return Err(format!(
                "`url` would show passwords to the network on the way to `{}`; hint: use `ldaps://`, or `start_tls = true`",
                place.host
            ));
        }
        if !(1..=10_000).contains(&self.page_size) {
            return Err("`page_size` must be between 1 and 10000".to_owned());
        }
        if self.bind_dn.is_empty() || self.base_dn.is_empty() {
            return Err("an LDAP source needs its `bind_dn` and its `base_dn`".to_owned());
        }
        let filters = [
            ("user_filter", &self.user_filter),
            ("group_filter", &self.group_filter),
        ];
        for (key, filter) in filters {
            if let Some(Err(why)) = filter.as_deref().map(Filter::parse) {
                return Err(format!(
                    "`{key}` is no filter: {why}; hint: write it as `(objectClass=person)`"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn place(&self) -> Result<Place, String> {
        let wrong =
            |why: &str| format!("`url` cannot be used: {why}; hint: write it as `ldaps://dc1.corp.example`");
        let url = url::Url::parse(&self.url).map_err(|error| wrong(&error.to_string()))?;
        let tls = match url.scheme() {
            "ldaps" => true,
            "ldap" => false,
            _ => return Err(wrong("only `ldaps://` and `ldap://` are spoken")),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| wrong("it names no host"))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(wrong(
                "what follows the host belongs into `base_dn` and the filters",
            ));
        }
        Ok(Place {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(if tls { 636 } else { 389 }),
            tls,
        })
    }

    /// The certificate authority that is trusted, if one is named.
    ///
    /// # Errors
    /// A sentence where the file cannot be read.
    pub fn authority(&self) -> Result<Option<Vec<u8>>, String> {
        let read = self.ca_file.as_ref().map(|path| {
            std::fs::read(path)
                .map_err(|error| format!("`ca_file` `{}` cannot be read: {error}", path.display()))
        });
        read.transpose()
    }

    pub(super) fn users(&self) -> Filter {
        self.filter(
            self.user_filter.as_deref(),
            match self.flavour {
                Flavour::Ad => "(&(objectCategory=person)(objectClass=user))",
                Flavour::OpenLdap => "(objectClass=inetOrgPerson)",
            },
        )
    }

    pub(super) fn groups(&self) -> Filter {
        self.filter(
            self.group_filter.as_deref(),
            match self.flavour {
                Flavour::Ad => "(objectClass=group)",
                Flavour::OpenLdap => {
                    "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
                }
            },
        )
    }

    #[expect(clippy::unused_self, reason = "reads as a question to the configuration")]
    fn filter(&self, own: Option<&str>, usual: &str) -> Filter {
        // Both have been parsed before: `verify` refuses what is no filter.
        Filter::parse(own.unwrap_or(usual)).unwrap_or_else(|_| Filter::Or(Vec::new()))
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, more: &str) -> LdapConfig {
        let text = format!(
            "url = \"{url}\"\nbind_dn = \"cn=t\"\nbind_password = {{ value = \"s\" }}\nbase_dn = \"dc=x\"\nflavour = \"ad\"\n{more}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn passwords_are_not_shown_to_the_network() {
        for good in [
            "ldaps://dc1.corp.example",
            "ldap://127.0.0.1:389",
            "ldap://localhost",
            "ldap://[::1]:1389",
        ] {
            assert_eq!(config(good, "").verify(), Ok(()), "{good}");
        }
        assert_eq!(
            config("ldap://dc1.corp.example", "start_tls = true").verify(),
            Ok(())
        );
        let told = config("ldap://dc1.corp.example", "").verify().unwrap_err();
        assert!(
            told.contains("hint: use `ldaps://`, or `start_tls = true`"),
            "{told}"
        );
        for wrong in ["https://dc1", "dc1", "ldap://", "ldaps://dc1/dc=corp"] {
            assert!(config(wrong, "").verify().is_err(), "{wrong}");
        }
        assert!(config("ldaps://dc1", "start_tls = true").verify().is_err());
    }

    #[test]
    fn ports_and_filters_have_their_usual_values() {
        let usual = config("ldaps://dc1", "");
        assert_eq!(usual.place().unwrap().port, 636);
        assert_eq!(usual.groups(), Filter::equal("objectClass", b"group"));
        let own = config("ldaps://dc1:3269", "group_filter = \"(cn=jira-*)\"");
        assert_eq!(own.place().unwrap().port, 3269);
        assert!(matches!(own.groups(), Filter::Parts(..)));
        assert!(config("ldaps://dc1", "group_filter = \"cn=x\"").verify().is_err());
        assert!(config("ldaps://dc1", "page_size = 0").verify().is_err());
    }
}
